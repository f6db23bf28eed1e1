// A key's scopes as stores keep them: words between blanks. No scope holds a blank.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

inline std::string joined_scopes(const std::vector<std::string>& scopes) {
  std::string out;
  for (auto& s : scopes) out += (out.empty() ? "" : " ") + s;
  return out;
}

inline std::vector<std::string> split_scopes(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = text.find(' ');
    out.emplace_back(text.substr(0, end));
    text = end == text.npos ? std::string_view{} : text.substr(end + 1);
  }
  return out;
}

} // namespace troupe
