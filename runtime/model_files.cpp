#include "runtime/model_files.hpp"

#include "runtime/model_manifest.hpp"
#include "runtime/model_pack.hpp"
#include "runtime/model_roles.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace troupe {

namespace fs = std::filesystem;

namespace {

constexpr auto manifest_file = "manifest.json";
// A year's set has 2 MB; what is far beyond was not written by us.
constexpr std::uintmax_t largest_file = 32u << 20;
constexpr std::size_t most_files = 64;

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

void write_synced(const fs::path& path, std::string_view bytes) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) fail("cannot create " + path.string());
  bool good = true;
  while (good && !bytes.empty()) {
    const auto n = ::write(file, bytes.data(), bytes.size());
    good = n > 0 || (n < 0 && errno == EINTR);
    if (n > 0) bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  good = good && ::fsync(file) == 0;
  const int code = errno;
  good = ::close(file) == 0 && good;
  errno = code;
  if (!good) fail("cannot write " + path.string());
}

void sync_folder(const fs::path& path) {
  const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) fail("cannot open " + path.string());
  const bool good = ::fsync(folder) == 0;
  ::close(folder);
  if (!good) fail("cannot sync " + path.string());
}

std::string read_file(const fs::path& path) {
  const auto size = fs::file_size(path);
  if (size > largest_file) throw std::runtime_error(path.string() + " is too large");
  std::ifstream in(path, std::ios::binary);
  std::string bytes(static_cast<std::size_t>(size), '\0');
  if (!in.read(bytes.data(), static_cast<std::streamsize>(size)))
    throw std::runtime_error("cannot read " + path.string());
  return bytes;
}

/// Versions of a symbol, the newest first: their names begin with the time of training.
std::vector<fs::path> versions_in(const fs::path& symbol_folder) {
  std::vector<fs::path> out;
  std::error_code ec;
  for (fs::directory_iterator it(symbol_folder, ec), end; !ec && it != end; it.increment(ec))
    if (it->is_directory(ec) && it->path().filename().string().front() != '.')
      out.push_back(it->path());
  std::sort(out.rbegin(), out.rend());
  return out;
}

void remove_old(const fs::path& symbol_folder, const fs::path& saved) {
  const auto versions = versions_in(symbol_folder);
  std::error_code ignored; // a version that cannot be removed harms nobody
  const auto roles = read_roles(symbol_folder.parent_path().string(), symbol_folder.filename());
  const auto needed = [&](const fs::path& version) {
    const auto name = version.filename().string();
    return version == saved || name == roles.champion || name == roles.challenger
        || name == roles.previous;
  };
  for (std::size_t i = kept_versions; i < versions.size(); ++i)
    if (!needed(versions[i])) fs::remove_all(versions[i], ignored);
  // What a save left that was interrupted. One that is under way elsewhere is younger.
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(1);
  for (auto& entry : fs::directory_iterator(symbol_folder, ignored))
    if (entry.path().filename().string().front() == '.'
        && entry.last_write_time(ignored) < long_ago)
      fs::remove_all(entry.path(), ignored);
}

// The manifest is one of them.
void write_version(const fs::path& target, const model_contents& files) {
  const auto temporary = target.parent_path() / ("." + target.filename().string());
  fs::remove_all(temporary); // of a save that was interrupted
  fs::create_directories(temporary);
  for (auto& [name, bytes] : files) write_synced(temporary / name, bytes);
  sync_folder(temporary);
  fs::rename(temporary, target);
  sync_folder(target.parent_path());
}

trained_models read_version(const fs::path& folder) {
  const auto manifest = nlohmann::json::parse(read_file(folder / manifest_file));
  auto flaw = flaw_of_manifest(manifest);
  if (!flaw.empty()) throw std::runtime_error(flaw);
  if (manifest.at("files").size() > most_files) throw std::runtime_error("too many files");
  model_contents files;
  for (auto& file : manifest.at("files")) {
    const auto name = file.at("name").get<std::string>();
    if (fs::path(name).filename().string() != name || name.empty())
      throw std::runtime_error("the manifest names a file elsewhere");
    if (fs::exists(folder / name)) files[name] = read_file(folder / name);
  }
  flaw = flaw_of_contents(manifest, files);
  if (!flaw.empty()) throw std::runtime_error(flaw);
  return restore_models(manifest, files);
}

fs::path folder_of(const std::string& folder, const model_set& set) {
  return fs::path(folder) / set.symbol / set.version;
}

} // namespace

std::string save_models(const std::string& folder, const trained_models& set, std::string& error) {
  const auto target = folder_of(folder, *set.models);
  try {
    if (!fs::exists(target)) {
      auto files = contents_of(set);
      const auto manifest = manifest_of(set, files).dump(1);
      files[manifest_file] = manifest;
      write_version(target, files);
    }
    remove_old(target.parent_path(), target);
    return target.string();
  } catch (const std::exception& e) {
    error = "models of " + set.models->symbol + " are not saved: " + e.what();
    return "";
  }
}

std::shared_ptr<const trained_models> load_models(const std::string& version_folder,
                                                  std::string& error) {
  try {
    return std::make_shared<const trained_models>(read_version(version_folder));
  } catch (const std::exception& e) {
    error = "models in " + version_folder + " are refused: " + e.what();
    return nullptr;
  }
}

bool plain_version(const std::string& version) {
  return !version.empty() && version.size() <= 64 && version.front() != '.'
      && std::all_of(version.begin(), version.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
               || c == '-' || c == '.';
         });
}

bool has_version(const std::string& folder, const symbol_name& symbol, const std::string& version) {
  std::error_code ignored;
  return valid_symbol(symbol) && plain_version(version)
      && fs::is_directory(fs::path(folder) / symbol / version, ignored);
}

std::string pack_version(const std::string& folder, const symbol_name& symbol,
                         const std::string& version, std::string& error) {
  const auto at = fs::path(folder) / symbol / version;
  try {
    if (!has_version(folder, symbol, version)) throw std::runtime_error("there is no such version");
    model_contents files;
    for (auto& entry : fs::directory_iterator(at)) {
      if (files.size() > most_files) throw std::runtime_error("too many files");
      files[entry.path().filename().string()] = read_file(entry.path());
    }
    return pack_files(files);
  } catch (const std::exception& e) {
    error = "models in " + at.string() + " are not read: " + e.what();
    return "";
  }
}

bool unpack_version(const std::string& folder, const symbol_name& symbol,
                    const std::string& version, const std::string& bytes, std::string& error) {
  if (has_version(folder, symbol, version)) return true;
  try {
    model_contents files;
    if (!valid_symbol(symbol) || !plain_version(version)) throw std::runtime_error("no such name");
    if (!unpack_files(bytes, files) || files.size() > most_files + 1)
      throw std::runtime_error("not the files of a version");
    for (auto& [name, file] : files)
      if (name.empty() || name.front() == '.' || fs::path(name).filename().string() != name)
        throw std::runtime_error("a file lies elsewhere");
    // Judged where nobody looks for versions, then moved.
    const auto judged = fs::path(folder) / symbol / (".brought-" + version) / version;
    write_version(judged, files);
    const auto loaded = load_models(judged.string(), error);
    const bool meant =
        loaded && loaded->models->symbol == symbol && loaded->models->version == version;
    if (meant) {
      std::error_code taken; // another thread brought it
      fs::rename(judged, fs::path(folder) / symbol / version, taken);
      sync_folder(fs::path(folder) / symbol);
    } else if (loaded) {
      error = version + " of " + symbol + " holds another one";
    }
    fs::remove_all(judged.parent_path());
    return meant;
  } catch (const std::exception& e) {
    error = "version " + version + " of " + symbol + " is not kept: " + e.what();
    return false;
  }
}

std::vector<std::string> stored_versions(const std::string& folder, const std::string& symbol) {
  std::vector<std::string> out;
  for (auto& version : versions_in(fs::path(folder) / symbol))
    out.push_back(version.filename().string());
  return out;
}

loaded_models load_newest_models(const std::string& folder, const std::string& symbol) {
  loaded_models out;
  for (auto& version : versions_in(fs::path(folder) / symbol)) {
    std::string error;
    const auto loaded = load_models(version.string(), error);
    if (loaded && loaded->models->symbol == symbol) {
      out.models = loaded->models;
      break;
    }
    out.refused.push_back(loaded ? version.string() + " holds another symbol" : error);
  }
  return out;
}

std::string replace_file(const std::string& path, const std::string& text) {
  const fs::path target{path};
  try {
    fs::create_directories(target.parent_path());
    const auto temporary = target.parent_path() / ("." + target.filename().string());
    write_synced(temporary, text);
    fs::rename(temporary, target);
    sync_folder(target.parent_path());
    return "";
  } catch (const std::exception& e) {
    return path + " is not written: " + e.what();
  }
}

model_set_ptr keep_trained_models(const std::string& folder, const trained_models& set,
                                  std::string& error) {
  const auto saved = save_models(folder, set, error);
  if (saved.empty()) return nullptr;
  const auto loaded = load_models(saved, error);
  return loaded ? loaded->models : nullptr;
}

std::shared_ptr<const trained_models>
recall_trained_models(const std::string& folder, const model_set& serving, std::string& error) {
  return load_models(folder_of(folder, serving).string(), error);
}

} // namespace troupe
