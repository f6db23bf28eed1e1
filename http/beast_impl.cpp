// The separately compiled parts of Beast and Asio.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>

// Beast's HTTP parser without its assertions. One of 1.74 is wrong: once "0\r\n" of a last chunk
// was seen it wants five bytes, and any peer may have sent four by then, which would end the
// process. What follows the assertion waits for more, as it should; the fuzzer watches what it
// reads.
#include <boost/beast/http/basic_parser.hpp>
#define BOOST_BEAST_SOURCE
#define BOOST_DISABLE_ASSERTS
#include <boost/assert.hpp>
#include <boost/beast/http/impl/basic_parser.ipp>
#undef BOOST_DISABLE_ASSERTS
#include <boost/assert.hpp>

#include <boost/beast/src.hpp>
