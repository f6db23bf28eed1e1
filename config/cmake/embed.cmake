# embed_text(target name file): compiles a text file into `target` as
# `extern const std::string_view troupe::embedded::<name>`, which whoever reads it declares.
# The text is read when CMake runs; a changed file makes CMake run again.
function(embed_text target name file)
  get_filename_component(path "${file}" ABSOLUTE)
  set_property(DIRECTORY "${CMAKE_SOURCE_DIR}" APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${path}")
  file(READ "${path}" text)
  string(FIND "${text}" ")embedded\"" clash)
  if(NOT clash EQUAL -1)
    message(FATAL_ERROR "${path} contains the text that ends an embedded literal")
  endif()
  set(source "${CMAKE_BINARY_DIR}/embedded/${name}.cpp")
  file(WRITE "${source}.new" "#include <string_view>
namespace troupe::embedded {
extern const std::string_view ${name};
const std::string_view ${name} = R\"embedded(${text})embedded\";
} // namespace troupe::embedded
")
  # Same text, same time stamp: nothing is built again.
  configure_file("${source}.new" "${source}" COPYONLY)
  target_sources(${target} PRIVATE "${source}")
endfunction()
