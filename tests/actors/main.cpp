// The entry point of the actor tests: CAF's harness provides main.
#include <caf/test/unit_test_impl.hpp>
