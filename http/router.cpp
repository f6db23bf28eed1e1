#include "http/router.hpp"

#include <algorithm>

namespace troupe {

namespace {

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> out;
  while (!path.empty()) {
    path.remove_prefix(1); // the slash
    const auto end = path.find('/');
    out.push_back(path.substr(0, end));
    path = end == std::string_view::npos ? std::string_view{} : path.substr(end);
  }
  return out;
}

bool is_param(std::string_view segment) { return !segment.empty() && segment[0] == ':'; }

} // namespace

router::router(std::vector<route> table) : table_(std::move(table)) {
  for (auto& r : table_) {
    if (r.pattern.find(':') == std::string_view::npos) {
      exact_[r.pattern].push_back(&r);
      continue;
    }
    const auto same = std::find_if(patterns_.begin(), patterns_.end(),
                                   [&](auto& p) { return p.routes.front()->pattern == r.pattern; });
    if (same != patterns_.end())
      same->routes.push_back(&r);
    else
      patterns_.push_back({split(r.pattern), {&r}});
  }
}

void router::pick(route_match& out, const routes_of_path& routes, method verb) {
  const auto wanted = verb == method::head ? method::get : verb;
  for (auto* r : routes) {
    if (r->verb == wanted) out.found = r;
    if (!out.allow.empty()) out.allow += ", ";
    out.allow += to_string(r->verb);
    if (r->verb == method::get) out.allow += ", HEAD";
  }
  if (out.found)
    out.allow.clear();
  else
    out.allow += ", OPTIONS";
}

route_match router::match(method verb, std::string_view path) const {
  route_match out;
  if (const auto exact = exact_.find(path); exact != exact_.end()) {
    for (auto* r : exact->second)
      if (r->verb == (verb == method::head ? method::get : verb)) {
        out.found = r;
        return out;
      }
    pick(out, exact->second, verb);
    return out;
  }
  if (path.empty() || path[0] != '/') return out;
  const auto segments = split(path);
  for (auto& p : patterns_) {
    if (p.segments.size() != segments.size()) continue;
    const bool fits = std::equal(segments.begin(), segments.end(), p.segments.begin(),
                                 [](auto given, auto wanted) {
                                   return is_param(wanted) ? !given.empty() : given == wanted;
                                 });
    if (!fits) continue;
    for (std::size_t i = 0; i < segments.size(); ++i) {
      if (!is_param(p.segments[i])) continue;
      auto value = percent_decode(segments[i], false);
      out.bad_path |= !value;
      out.params.push_back({p.segments[i].substr(1), value ? std::move(*value) : ""});
    }
    pick(out, p.routes, verb);
    return out;
  }
  return out;
}

} // namespace troupe
