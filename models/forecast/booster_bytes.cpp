#include "models/forecast/booster_bytes.hpp"

#include "models/forecast/ubj.hpp"

#include <charconv>
#include <initializer_list>

namespace troupe {
namespace {

using kind = ubj_value::kind;

// A model of ours has some hundred trees; more is damage.
constexpr std::size_t most_trees = 5000;

const ubj_value* walk(const ubj_value* from, std::initializer_list<std::string_view> path) {
  for (const auto key : path)
    if (from) from = from->find(key);
  return from;
}

bool read_text(const ubj_value* v, std::string& out) {
  if (!v || v->is != kind::text) return false;
  out = v->text;
  return true;
}

/// XGBoost keeps its counts as text.
bool read_count(const ubj_value* v, std::int64_t& out) {
  std::string text;
  if (!read_text(v, text)) return false;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
  return code == std::errc{} && end == text.data() + text.size();
}

bool read_integers(const ubj_value* v, std::vector<std::int64_t>& out) {
  if (!v || v->is != kind::integers) return false;
  out = v->integers;
  return true;
}

bool read_tree(const ubj_value& v, stored_tree& out) {
  const auto* condition = v.find("split_conditions");
  if (!condition || condition->is != kind::reals) return false;
  out.condition = condition->reals;
  std::int64_t nodes = 0;
  const auto* categories = v.find("categories");
  const bool numeric = !categories || (categories->integers.empty() && categories->items.empty());
  return numeric && read_integers(v.find("left_children"), out.left)
      && read_integers(v.find("right_children"), out.right)
      && read_integers(v.find("split_indices"), out.feature)
      && read_integers(v.find("default_left"), out.default_left)
      && read_count(walk(&v, {"tree_param", "num_nodes"}), nodes)
      && read_count(walk(&v, {"tree_param", "num_deleted"}), out.deleted)
      && static_cast<std::size_t>(nodes) == out.condition.size();
}

bool read_head(const ubj_value& root, stored_booster& out) {
  const auto* version = root.find("version");
  if (!version) return false;
  if (version->is == kind::array && version->items.size() == 3) {
    out.major = version->items[0].integer;
    out.minor = version->items[1].integer;
  }
  const auto* learner = root.find("learner");
  const auto* names = walk(learner, {"feature_names"});
  if (names && names->is == kind::array)
    for (const auto& name : names->items) out.feature_names.push_back(name.text);
  return read_text(walk(learner, {"gradient_booster", "name"}), out.booster)
      && read_text(walk(learner, {"objective", "name"}), out.objective)
      && read_text(walk(learner, {"learner_model_param", "base_score"}), out.base_score)
      && read_count(walk(learner, {"learner_model_param", "num_feature"}), out.features);
}

} // namespace

std::optional<stored_booster> read_booster(std::string_view bytes, std::string& error) {
  const auto fail = [&](const char* why) {
    error = why;
    return std::nullopt;
  };
  if (bytes.empty()) return fail("the booster is empty");
  const auto root = read_ubj(bytes);
  if (!root) return fail("the booster is not whole UBJSON");
  stored_booster out;
  if (!read_head(*root, out)) return fail("the booster's head is incomplete");
  const auto* model = walk(&*root, {"learner", "gradient_booster", "model"});
  const auto* trees = walk(model, {"trees"});
  std::int64_t announced = 0;
  if (!trees || trees->is != kind::array
      || !read_count(walk(model, {"gbtree_model_param", "num_trees"}), announced))
    return fail("the booster holds no trees");
  if (trees->items.size() > most_trees
      || static_cast<std::size_t>(announced) != trees->items.size())
    return fail("the booster's number of trees is wrong");
  for (const auto& tree : trees->items) {
    out.trees.emplace_back();
    if (!read_tree(tree, out.trees.back())) return fail("a tree is incomplete");
  }
  return out;
}

} // namespace troupe
