// The target under ctest, with any compiler: all its seeds, and of each the same few damaged
// copies. No search for new ones: that is libFuzzer's, see entry.cpp.
#include "tests/fuzz/target.hpp"

#include <cstdio>
#include <random>

namespace {

constexpr int damaged_copies = 40;

void damage(std::string& bytes, std::mt19937_64& random) {
  if (bytes.empty()) bytes = "?";
  const auto at = random() % bytes.size();
  switch (random() % 4) {
  case 0: bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8)); break;
  case 1: bytes[at] = static_cast<char>(random()); break;
  case 2: bytes.erase(at, 1 + random() % 4); break;
  default: bytes.insert(at, 1 + random() % 4, static_cast<char>(random()));
  }
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fputs("usage: seeds_<target> SEEDS.txt\n", stderr), 2;
  auto seeds = troupe::fuzz::read_seeds(argv[1]);
  for (auto& made : troupe::fuzz::made_seeds()) seeds.push_back(std::move(made));
  std::mt19937_64 random{20260105};
  for (const auto& seed : seeds) {
    troupe::fuzz::try_bytes(seed);
    auto copy = seed;
    for (int i = 0; i < damaged_copies; ++i) {
      if (i % 4 == 0) copy = seed;
      damage(copy, random);
      troupe::fuzz::try_bytes(copy);
    }
  }
  std::printf("%zu seeds, each with %d damaged copies\n", seeds.size(), damaged_copies);
  return seeds.empty() ? 1 : 0;
}
