// The commands of the binary: what each is called, what it does, and which options only it has.
#pragma once
#include "runtime/settings.hpp"

#include <string>
#include <vector>

namespace troupe {

struct command {
  std::string name;
  std::string words; // positional arguments, for the help
  std::string help;
  std::vector<option> options; // beside those of settings.hpp
  int (*run)(const settings&);
};

const command* find_command(const std::string& name);
std::string commands_help();
std::string help_of(const command& c);
const char* version();

// Each prints one clear line to standard error and returns non-zero when it cannot go on.
int serve(const settings& s);
int train_models(const settings& s);
int backtest_strategies(const settings& s);
int import_files(const settings& s);
int replay_files(const settings& s);
int rescore_signals(const settings& s);
int read_accounts(const settings& s);
int change_users(const settings& s);
int change_models(const settings& s);
int prepare_cluster(const settings& s);
int migrate_store(const settings& s);
int show_settings(const settings& s);

} // namespace troupe
