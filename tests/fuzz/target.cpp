#include "tests/fuzz/target.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace troupe::fuzz {

namespace {

int hex(char c) { return c >= 'a' ? c - 'a' + 10 : c - '0'; }

std::string unescaped(const std::string& line) {
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\\' || i + 1 == line.size()) {
      out += line[i];
      continue;
    }
    switch (const char c = line[++i]; c) {
    case 'n': out += '\n'; break;
    case 'r': out += '\r'; break;
    case 't': out += '\t'; break;
    case 'x':
      if (i + 2 < line.size()) out += static_cast<char>(hex(line[i + 1]) * 16 + hex(line[i + 2]));
      i += 2;
      break;
    default: out += c;
    }
  }
  return out;
}

} // namespace

void claim(bool good, const char* promise) {
  if (good) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

std::vector<std::string> read_seeds(const char* path) {
  std::vector<std::string> out;
  std::ifstream in{path};
  for (std::string line; std::getline(in, line);)
    if (!line.empty() && line.rfind("# ", 0) != 0) out.push_back(unescaped(line));
  return out;
}

} // namespace troupe::fuzz
