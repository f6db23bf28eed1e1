#include "runtime/commands/commands.hpp"

#include <cstdio>

namespace troupe {

namespace {

const std::vector<command>& all_commands() {
  static const std::vector<command> all{
      {"serve", "", "run a node", {}, serve},
      {"train",
       "[FILE…]",
       "train and store models from stored or given candles; print their quality",
       {text_option("symbol", "", "the symbol [from the file's name, else every stored one]"),
        flag_option("walk-forward", false, "measure only: train and test in blocks through time"),
        text_option("from", "2025-01-01", "walk-forward: first day tested"),
        text_option("to", "2026-02-15", "walk-forward: first day no longer tested"),
        integer_option("blocks", 4, 1, 60, "walk-forward: blocks of test"),
        choice_option("kind", {"xgboost", "gru", "ensemble", "all"},
                      "what corrects the HAR scale; all: walk-forward, in one table")},
       train_models},
      {"backtest",
       "[FILE…]",
       "strategies over stored or given candles, by models that had not seen them",
       {text_option("strategy", "", "one of signals.strategies, or all [signals.strategy]"),
        text_option("symbol", "", "the symbol [from the file's name, else every stored one]"),
        integer_option("horizon", 18, 6, 72, "of the signals: 6, 18, 36 or 72 candles"),
        text_option("from", "", "first day judged [a year after the first candle, or the middle]"),
        text_option("to", "", "first day no longer judged [after the last candle]"),
        integer_option("blocks", 4, 1, 60, "each judged by models fitted to what came before it"),
        flag_option("in-sample", false,
                    "use the stored models that speak, whatever they have seen"),
        integer_option("random-runs", 100, 0, 10000, "runs of random entries to compare with"),
        integer_option("seed", 1, 0, 9e15, "of the random entries"),
        flag_option("check-leaks", false,
                    "score truncated histories again; fail on any look ahead"),
        text_option("svg", "", "file for the equity curves"),
        choice_option("format", {"table", "json", "csv"},
                      "table, a JSON line a strategy, or trades")},
       backtest_strategies},
      {"import",
       "FILE…",
       "read kline files (plain, gz, zip) into the store",
       {text_option("symbol", "", "the symbol [from the file's name]")},
       import_files},
      {"replay",
       "[FILE…]",
       "feed stored or given candles through the live path; report latencies",
       {text_option("symbol", "", "the symbol [from the file's name, else every stored one]"),
        integer_option("candles", 0, 0, 100000000, "at most so many a symbol, the newest; 0: all"),
        flag_option("signals-hash", false, "print a hash over all signals, as backtest does")},
       replay_files},
      {"rescore",
       "",
       "make stored signals again from stored candles and models; say what differs",
       {text_option("signal", "", "the signal's id"),
        flag_option("all", false, "the newest ones instead, up to --limit"),
        text_option("symbol", "", "--all: of this symbol only"),
        integer_option("limit", 100, 1, 1000000, "--all: at most so many")},
       rescore_signals},
      {"account",
       "verify|replay|show",
       "prove the ledger, or print an account as its journal made it",
       {text_option("account", "", "replay, show: the account's id"),
        text_option("as-of", "", "replay: the UTC time to stop at [the newest row]")},
       read_accounts},
      {"user",
       "create|set|show",
       "make a user, or set role, plan and KYC; while no node runs on this data folder",
       {text_option("email", "", "the user's address"),
        text_option("first-name", "New", "create: first name"),
        text_option("last-name", "User", "create: last name"),
        flag_option("password-stdin", false,
                    "create: the password is the first line of the input [made and printed]"),
        text_option("role", "", "user or admin"),
        text_option("plan", "", "free, basic, pro or premium"),
        text_option("kyc", "", "none, pending, approved or rejected")},
       change_users},
      {"models",
       "[promote|restore]",
       "list the models in the model folder, or name the version that is to speak",
       {text_option("symbol", "", "promote, restore: whose"),
        text_option("version", "", "the version [restore: the one that spoke before]")},
       change_models},
      {"cluster",
       "certs",
       "make a private authority and certificates for the nodes of a cluster",
       {text_option("dir", "./certs", "folder for the files; an authority that is there is used"),
        list_option("node", "", 0, 1000, "name of a node, as its cluster.name; once for each"),
        list_option("host", "", 0, 100, "names and addresses the nodes have as well"),
        integer_option("days", 825, 1, 36500, "that the nodes' certificates are good for"),
        integer_option("ca-days", 3650, 1, 36500, "that a new authority's is")},
       prepare_cluster},
      {"migrate", "", "bring the store to the current schema", {}, migrate_store},
      {"config", "", "print the effective settings and where each came from", {}, show_settings},
  };
  return all;
}

} // namespace

const char* version() { return "troupe " TROUPE_VERSION; }

const command* find_command(const std::string& name) {
  for (auto& c : all_commands())
    if (c.name == name) return &c;
  return nullptr;
}

std::string commands_help() {
  std::string out = "usage: troupe COMMAND [--name=value …] [FILE…]\n\n";
  for (auto& c : all_commands()) {
    char line[128];
    std::snprintf(line, sizeof line, "  %-9s ", c.name.c_str());
    out += line + c.help + "\n";
  }
  return out + "  version   print the version\n\n`troupe COMMAND --help` lists its options.\n";
}

std::string help_of(const command& c) {
  std::string out = "usage: troupe " + c.name + " [--name=value …]";
  if (!c.words.empty()) out += " " + c.words;
  out += "\n\n" + c.help + "\n\n" + options_help(c.options);
  return out + (c.options.empty() ? "" : "\nOf every command:\n")
      + options_help(declared_options());
}

int show_settings(const settings& s) {
  std::fputs(s.describe().c_str(), stdout);
  return 0;
}

} // namespace troupe
