// What a fuzz target consists of. Each file in targets/ defines the two functions below once; main
// is libFuzzer's (entry.cpp) under `./dev fuzz`, and the runner of seeds (seeds.cpp) under ctest.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace troupe::fuzz {

/// Takes any bytes at all and returns. A promise of the tested code that does not hold ends in
/// `claim`, whatever else is wrong in the sanitizers.
void try_bytes(std::string_view bytes);

/// Seeds that are easier made than written: binary ones. The others are in seeds/<target>.txt.
std::vector<std::string> made_seeds();

/// Ends the process, with the promise that was broken, unless `good`.
void claim(bool good, const char* promise);

/// The seeds of a text file: one a line, with \n \r \t \\ and \xHH in it. Lines that are empty or
/// begin with `# ` are none.
std::vector<std::string> read_seeds(const char* path);

} // namespace troupe::fuzz
