// The one binary: reads the settings, hands them to the command.
#include "runtime/commands/commands.hpp"

#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <vector>

extern char** environ;

namespace {

std::map<std::string, std::string> environment() {
  std::map<std::string, std::string> out;
  for (char** entry = environ; *entry; ++entry)
    if (const char* equals = std::strchr(*entry, '='))
      out.emplace(std::string{static_cast<const char*>(*entry), equals}, equals + 1);
  return out;
}

int usage(const std::string& wrong) {
  if (!wrong.empty()) std::fprintf(stderr, "troupe: %s\n", wrong.c_str());
  std::fputs(troupe::commands_help().c_str(), wrong.empty() ? stdout : stderr);
  return wrong.empty() ? 0 : 2;
}

} // namespace

int main(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty()) return usage("a command is missing");
  const auto name = words.front();
  if (name == "help" || name == "--help") return usage("");
  if (name == "version" || name == "--version") return std::puts(troupe::version()) < 0;
  auto* command = troupe::find_command(name);
  if (!command) return usage("unknown command: " + name);
  words.erase(words.begin());
  for (auto& word : words)
    if (word == "--help" || word == "-h") {
      std::fputs(troupe::help_of(*command).c_str(), stdout);
      return 0;
    }
  auto read = troupe::read_settings(words, environment(), "config/troupe.ini", command->options);
  if (auto* wrong = std::get_if<troupe::settings_error>(&read)) {
    std::fprintf(stderr, "troupe %s: %s\n", name.c_str(), wrong->text.c_str());
    return 2;
  }
  return command->run(std::get<troupe::settings>(read));
}
