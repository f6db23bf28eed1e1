// The files of one model version as one piece of bytes, to be kept elsewhere than in a folder. What
// the files say, and whether they are whole, is model_manifest's and model_files'.
#pragma once
#include "runtime/model_manifest.hpp"

#include <string>
#include <string_view>

namespace troupe {

/// Names and bytes, in order of names: the same files make the same piece.
std::string pack_files(const model_contents& files);

/// False when the bytes are not what pack_files makes; `out` is not to be used then.
bool unpack_files(std::string_view bytes, model_contents& out);

} // namespace troupe
