#include "runtime/settings.hpp"

#include <caf/actor_system_config.hpp>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <optional>

namespace troupe {

namespace {

using options = std::vector<option>;

const option* find_option(const options& among, const std::string& key) {
  for (auto& o : among)
    if (o.key == key) return &o;
  return nullptr;
}

template<class T>
std::optional<T> parse_number(const std::string& text) {
  T value{};
  const char* end = text.data() + text.size();
  auto [at, ec] = std::from_chars(text.data(), end, value);
  if (ec != std::errc{} || at != end) return std::nullopt;
  return value;
}

std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> out;
  std::string part;
  for (char c : text + by) {
    if (c != by) {
      part += c;
    } else if (!part.empty()) {
      auto first = part.find_first_not_of(' '), last = part.find_last_not_of(' ');
      if (first != std::string::npos) out.push_back(part.substr(first, last - first + 1));
      part.clear();
    }
  }
  return out;
}

std::string bounds(const option& o) {
  auto shown = [](double x) {
    auto text = std::to_string(x);
    return text.substr(0, text.find('.'));
  };
  return shown(o.min) + " to " + shown(o.max);
}

// What is wrong with a value for its option; empty when nothing is.
std::string complaint(const option& o, const std::string& text) {
  auto within = [&](double x) { return x >= o.min && x <= o.max; };
  switch (o.kind) {
  case option_kind::integer: {
    auto x = parse_number<std::int64_t>(text);
    if (!x) return "must be a whole number";
    return within(static_cast<double>(*x)) ? "" : "must be " + bounds(o);
  }
  case option_kind::number: {
    auto x = parse_number<double>(text);
    if (!x) return "must be a number";
    return within(*x) ? "" : "must be " + bounds(o);
  }
  case option_kind::flag: return text == "true" || text == "false" ? "" : "must be true or false";
  case option_kind::list: {
    auto n = split(text, ',').size();
    return within(static_cast<double>(n)) ? "" : "must have " + bounds(o) + " entries";
  }
  case option_kind::text: break;
  }
  if (o.choices.empty() || std::count(o.choices.begin(), o.choices.end(), text)) return "";
  std::string all;
  for (auto& c : o.choices) all += (all.empty() ? "" : ", ") + c;
  return "must be one of " + all;
}

// A file's value as text; nothing when it is of a shape no option has.
std::optional<std::string> file_text(const caf::config_value& v) {
  if (auto x = caf::get_if<std::string>(&v)) return *x;
  if (auto x = caf::get_if<std::int64_t>(&v)) return std::to_string(*x);
  if (auto x = caf::get_if<bool>(&v)) return *x ? "true" : "false";
  if (auto x = caf::get_if<double>(&v)) {
    char buffer[32];
    auto end = std::to_chars(buffer, buffer + sizeof buffer, *x).ptr;
    return std::string{buffer, end};
  }
  if (auto x = caf::get_if<caf::atom_value>(&v)) return caf::to_string(*x);
  if (auto x = caf::get_if<caf::config_value::list>(&v)) {
    std::string out;
    for (auto& entry : *x) {
      auto text = file_text(entry);
      if (!text) return std::nullopt;
      out += (out.empty() ? "" : ",") + *text;
    }
    return out;
  }
  return std::nullopt;
}

using flat_file = std::vector<std::pair<std::string, std::optional<std::string>>>;

void flatten(const caf::settings& from, const std::string& prefix, flat_file& out) {
  for (auto& [name, value] : from) {
    auto key = prefix.empty() ? std::string{name} : prefix + "." + std::string{name};
    if (auto inner = caf::get_if<caf::config_value::dictionary>(&value))
      flatten(*inner, key, out);
    else
      out.emplace_back(key, file_text(value));
  }
}

struct command_line {
  std::vector<std::pair<std::string, std::string>> values;
  std::vector<std::string> words;
  std::string error;
};

command_line read_command_line(const options& known, const std::vector<std::string>& arguments) {
  command_line out;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    auto& a = arguments[i];
    if (a.rfind("--", 0) != 0) {
      out.words.push_back(a);
      continue;
    }
    auto equals = a.find('=');
    auto key = a.substr(2, equals == std::string::npos ? std::string::npos : equals - 2);
    auto* o = find_option(known, key);
    if (!o) {
      out.error = "unknown option --" + key;
      return out;
    }
    if (equals != std::string::npos) {
      out.values.emplace_back(key, a.substr(equals + 1));
    } else if (o->kind == option_kind::flag
               && (i + 1 == arguments.size()
                   || (arguments[i + 1] != "true" && arguments[i + 1] != "false"))) {
      out.values.emplace_back(key, "true");
    } else if (i + 1 < arguments.size()) {
      out.values.emplace_back(key, arguments[++i]);
    } else {
      out.error = "option --" + key + " lacks its value";
      return out;
    }
  }
  return out;
}

constexpr std::string_view strategies_prefix = "signals.strategies.";

// `signals.strategies.NAME.FIELD`: the one dynamic group.
std::string take_strategy(const std::string& key, const std::optional<std::string>& text,
                          std::map<std::string, std::map<std::string, std::string>>& out) {
  auto parts = split(key.substr(strategies_prefix.size()), '.');
  if (parts.size() != 2) return "must be " + std::string{strategies_prefix} + "NAME.FIELD";
  const auto& field = parts[1];
  if (field != "margin-r" && field != "standard-errors" && field != "min-rr"
      && field != "always-in")
    return "is no field of a strategy (margin-r, standard-errors, min-rr, always-in)";
  const bool flag = field == "always-in";
  if (!text || (flag ? *text != "true" && *text != "false" : !parse_number<double>(*text)))
    return flag ? "must be true or false" : "must be a number";
  out[parts[0]][field] = *text;
  return "";
}

using value_map = std::map<std::string, setting>;
using strategy_map = std::map<std::string, std::map<std::string, std::string>>;

// Each of the three sources returns what is wrong with it, or nothing.
std::string take_file(const std::string& path, value_map& values, strategy_map& strategies) {
  if (!std::filesystem::exists(path)) return "cannot read settings file " + path + ": no such file";
  auto parsed = caf::actor_system_config::parse_config_file(path.c_str());
  if (!parsed) return "cannot read settings file " + path + ": it is not well-formed";
  flat_file entries;
  flatten(*parsed, "", entries);
  for (auto& [key, text] : entries) {
    std::string wrong;
    if (key.rfind(strategies_prefix, 0) == 0) {
      wrong = take_strategy(key, text, strategies);
    } else if (auto* o = find_option(declared_options(), key)) {
      wrong = text ? complaint(*o, *text) : "has a value of the wrong shape";
      if (wrong.empty()) values[key] = {*text, "file " + path};
    } else {
      wrong = "is no option";
    }
    if (!wrong.empty()) return path + ": " + key + " " + wrong;
  }
  return "";
}

std::string take_environment(const std::map<std::string, std::string>& environment,
                             value_map& values) {
  for (auto& o : declared_options()) {
    auto i = o.env.empty() ? environment.end() : environment.find(o.env);
    if (i == environment.end() || i->second.empty()) continue;
    auto wrong = complaint(o, i->second);
    if (!wrong.empty()) return "environment " + o.env + " " + wrong;
    values[o.key] = {i->second, "environment " + o.env};
  }
  return "";
}

std::string take_command_line(const options& known, const command_line& cli, value_map& values) {
  for (auto& [key, given] : cli.values) {
    const auto& o = *find_option(known, key);
    auto text = given;
    // A list may be given entry by entry.
    if (o.kind == option_kind::list && values[key].source == "command line")
      text = values[key].text + "," + text;
    auto wrong = complaint(o, text);
    if (!wrong.empty()) return "--" + key + " " + wrong;
    values[key] = {text, "command line"};
  }
  return "";
}

// The strategies of SPEC §8; a file may change them and add others.
strategy_map known_strategies() {
  return {
      {"conservative_filter", {{"margin-r", "0.20"}, {"standard-errors", "1"}, {"min-rr", "2"}}},
      {"aggressive_filter", {{"margin-r", "0.05"}}},
      {"always_in", {{"always-in", "true"}}}};
}

} // namespace

std::variant<settings, settings_error>
read_settings(const std::vector<std::string>& arguments,
              const std::map<std::string, std::string>& environment, const std::string& usual_file,
              const std::vector<option>& more) {
  settings out;
  auto known = declared_options();
  known.insert(known.end(), more.begin(), more.end());
  for (auto& o : known) out.values_[o.key] = {o.fallback, "default"};
  out.strategies_ = known_strategies();
  auto cli = read_command_line(known, arguments);
  if (!cli.error.empty()) return settings_error{cli.error};
  std::string path;
  for (auto& [key, text] : cli.values)
    if (key == "config") path = text;
  std::string wrong;
  if (!path.empty() || std::filesystem::exists(usual_file))
    wrong = take_file(path.empty() ? usual_file : path, out.values_, out.strategies_);
  if (wrong.empty()) wrong = take_environment(environment, out.values_);
  if (wrong.empty()) wrong = take_command_line(known, cli, out.values_);
  if (wrong.empty() && !out.strategies_.count(out.text("signals.strategy")))
    wrong = "signals.strategy names no known strategy: " + out.text("signals.strategy");
  if (!wrong.empty()) return settings_error{wrong};
  out.words_ = std::move(cli.words);
  return out;
}

const std::string& settings::text(const std::string& key) const { return values_.at(key).text; }

std::int64_t settings::integer(const std::string& key) const {
  return parse_number<std::int64_t>(text(key)).value();
}

double settings::number(const std::string& key) const {
  return parse_number<double>(text(key)).value();
}

bool settings::flag(const std::string& key) const { return text(key) == "true"; }

std::vector<std::string> settings::list(const std::string& key) const {
  return split(text(key), ',');
}

bool settings::given(const std::string& key) const { return values_.at(key).source != "default"; }

void settings::put(const std::string& key, std::string text, std::string source) {
  values_.at(key) = {std::move(text), std::move(source)};
}

std::string settings::describe() const {
  std::string out;
  for (auto& o : declared_options()) {
    auto& v = values_.at(o.key);
    const bool masked = o.secret && !v.text.empty();
    out += o.key + " = " + (masked ? "********" : v.text) + "  ; " + v.source + "\n";
  }
  const auto built_in = known_strategies();
  for (auto& [name, fields] : strategies_)
    for (auto& [field, text] : fields) {
      auto known = built_in.find(name);
      const bool same =
          known != built_in.end() && known->second.count(field) && known->second.at(field) == text;
      out += std::string{strategies_prefix} + name + "." + field + " = " + text
          + (same ? "  ; default\n" : "  ; file\n");
    }
  return out;
}

} // namespace troupe
