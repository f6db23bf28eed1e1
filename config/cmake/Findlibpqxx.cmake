# libpqxx::pqxx and the libpq beneath it, from the system's packages, which ship pkg-config files
# only. Series 6.4: the interface changed with 7.
find_path(LIBPQXX_INCLUDE_DIR pqxx/version.hxx)
find_library(LIBPQXX_LIBRARY NAMES pqxx)
find_path(LIBPQ_INCLUDE_DIR libpq-fe.h PATH_SUFFIXES postgresql)
find_library(LIBPQ_LIBRARY NAMES pq)
if(LIBPQXX_INCLUDE_DIR)
  file(STRINGS "${LIBPQXX_INCLUDE_DIR}/pqxx/version.hxx" _line REGEX "^#define PQXX_VERSION \"")
  string(REGEX REPLACE ".*\"([0-9.]+)\".*" "\\1" LIBPQXX_VERSION "${_line}")
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(libpqxx HANDLE_VERSION_RANGE VERSION_VAR LIBPQXX_VERSION
  REQUIRED_VARS LIBPQXX_LIBRARY LIBPQXX_INCLUDE_DIR LIBPQ_LIBRARY LIBPQ_INCLUDE_DIR)
if(libpqxx_FOUND AND NOT TARGET libpqxx::pqxx)
  add_library(libpqxx::pq UNKNOWN IMPORTED)
  set_target_properties(libpqxx::pq PROPERTIES
    IMPORTED_LOCATION "${LIBPQ_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${LIBPQ_INCLUDE_DIR}")
  add_library(libpqxx::pqxx UNKNOWN IMPORTED)
  set_target_properties(libpqxx::pqxx PROPERTIES
    IMPORTED_LOCATION "${LIBPQXX_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${LIBPQXX_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES libpqxx::pq)
endif()
mark_as_advanced(LIBPQXX_INCLUDE_DIR LIBPQXX_LIBRARY LIBPQ_INCLUDE_DIR LIBPQ_LIBRARY)
