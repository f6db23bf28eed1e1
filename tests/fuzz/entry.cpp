// The target under libFuzzer. `--write-seeds TEXT FOLDER` as first argument fills a folder with the
// seeds and ends.
#include "tests/fuzz/target.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  troupe::fuzz::try_bytes({reinterpret_cast<const char*>(data), size});
  return 0;
}

int LLVMFuzzerInitialize(int* argc, char*** argv) {
  if (*argc != 4 || std::strcmp((*argv)[1], "--write-seeds") != 0) return 0;
  auto seeds = troupe::fuzz::read_seeds((*argv)[2]);
  for (auto& made : troupe::fuzz::made_seeds()) seeds.push_back(std::move(made));
  for (std::size_t i = 0; i < seeds.size(); ++i)
    std::ofstream{(*argv)[3] + ("/seed-" + std::to_string(i)), std::ios::binary} << seeds[i];
  std::exit(seeds.empty() ? 1 : 0);
}
