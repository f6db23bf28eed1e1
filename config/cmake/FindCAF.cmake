# CAF::core, CAF::io, CAF::openssl from the system's package, which ships no CMake files of its own.
find_package(Threads REQUIRED)
find_path(CAF_INCLUDE_DIR caf/config.hpp)
if(CAF_INCLUDE_DIR)
  # CAF_VERSION is written as 1706 for 0.17.6.
  file(STRINGS "${CAF_INCLUDE_DIR}/caf/config.hpp" _line REGEX "^#define CAF_VERSION [0-9]+")
  string(REGEX REPLACE ".* ([0-9][0-9]?)([0-9][0-9])$" "0.\\1.\\2" CAF_VERSION "${_line}")
  string(REGEX REPLACE "\\.0([0-9])$" ".\\1" CAF_VERSION "${CAF_VERSION}")
endif()
foreach(component IN LISTS CAF_FIND_COMPONENTS)
  find_library(CAF_${component}_LIBRARY NAMES caf_${component})
  if(CAF_${component}_LIBRARY AND NOT TARGET CAF::${component})
    set(CAF_${component}_FOUND TRUE)
    add_library(CAF::${component} UNKNOWN IMPORTED)
    set_target_properties(CAF::${component} PROPERTIES IMPORTED_LOCATION
                          "${CAF_${component}_LIBRARY}")
  endif()
endforeach()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(CAF REQUIRED_VARS CAF_INCLUDE_DIR VERSION_VAR CAF_VERSION
                                  HANDLE_COMPONENTS)
if(CAF_FOUND)
  target_link_libraries(CAF::core INTERFACE Threads::Threads)
endif()
