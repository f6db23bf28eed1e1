// The settings of a node: every option declared once with its type, bounds, default and help;
// values taken from defaults, file, environment and command line, in that order, each remembered
// with its source. CAF's own parser drops wrongly typed values in silence, so everything is judged
// here.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace troupe {

enum class option_kind : std::uint8_t { text, integer, number, flag, list };

/// One declared option. `min`/`max` bound integers, numbers, and the length of lists.
struct option {
  std::string key; // `group.name`, as on the command line and in the file
  std::string env; // environment variable, or empty
  option_kind kind = option_kind::text;
  std::string fallback; // default, as text; lists comma separated
  double min = 0, max = 0;
  std::vector<std::string> choices; // of a text; empty: any
  bool secret = false;
  std::string help;
};

// Builders for declarations: kind, key, default, bounds, help.
option text_option(std::string key, std::string fallback, std::string help);
option choice_option(std::string key, std::vector<std::string> choices, std::string help);
option integer_option(std::string key, std::int64_t fallback, double min, double max,
                      std::string help);
option number_option(std::string key, std::string fallback, double min, double max,
                     std::string help);
option flag_option(std::string key, bool fallback, std::string help);
option list_option(std::string key, std::string fallback, double min, double max, std::string help);

/// All options of the product, in the order they are shown.
const std::vector<option>& declared_options();

/// Where each value came from.
struct setting {
  std::string text;
  std::string source; // "default", "file …", "environment …", "command line"
};

/// One line for people, naming the option: returned instead of settings when something is wrong.
struct settings_error {
  std::string text;
};

/// Values by key, all valid for their declared kind, and what was no option: the positional words.
class settings {
public:
  const std::string& text(const std::string& key) const;
  std::int64_t integer(const std::string& key) const;
  double number(const std::string& key) const;
  bool flag(const std::string& key) const;
  std::vector<std::string> list(const std::string& key) const;

  /// True when the value did not come from the default.
  bool given(const std::string& key) const;

  /// Values below a dynamic prefix: the strategies, `{name: {field: text}}`.
  const std::map<std::string, std::map<std::string, std::string>>& strategies() const {
    return strategies_;
  }

  const std::vector<std::string>& words() const { return words_; }

  /// Keys with value and source, secrets masked: what `troupe config` prints.
  std::string describe() const;

  /// Sets a value that was found out later (a generated key).
  void put(const std::string& key, std::string text, std::string source);

private:
  friend std::variant<settings, settings_error>
  read_settings(const std::vector<std::string>& arguments,
                const std::map<std::string, std::string>& environment,
                const std::string& usual_file, const std::vector<option>& more);

  std::map<std::string, setting> values_;
  std::map<std::string, std::map<std::string, std::string>> strategies_;
  std::vector<std::string> words_;
};

/// Reads everything. `arguments` without program and command name. The file is `--config=PATH`,
/// else `config/troupe.ini` where there is one. A list given more than once on the command line is
/// all of it together. Unknown options, wrong types and values out of bounds are errors wherever
/// they stand.
std::variant<settings, settings_error>
read_settings(const std::vector<std::string>& arguments,
              const std::map<std::string, std::string>& environment,
              const std::string& usual_file = "config/troupe.ini",
              const std::vector<option>& more = {});

/// The help text of options.
std::string options_help(const std::vector<option>& options);

} // namespace troupe
