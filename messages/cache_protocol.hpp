// Who keeps texts for all nodes: any actor that speaks this.
#pragma once
#include "messages/cache.hpp"
#include "messages/limit_types.hpp"

namespace troupe {

template<class F>
typename F::result_type inspect(F& f, get_cached& x) {
  return f(caf::meta::type_name("get_cached"), x.key);
}

template<class F>
typename F::result_type inspect(F& f, put_cached& x) {
  return f(caf::meta::type_name("put_cached"), x.key, x.text, x.lifetime_ms, x.unless_there);
}

} // namespace troupe

CAF_BEGIN_TYPE_ID_BLOCK(troupe_cache, caf::id_block::troupe_limits::end)
CAF_ADD_TYPE_ID(troupe_cache, (troupe::get_cached))
CAF_ADD_TYPE_ID(troupe_cache, (troupe::put_cached))
CAF_END_TYPE_ID_BLOCK(troupe_cache)

namespace troupe {

/// It forgets what is too old, and all when it pleases. It has no errors of its own.
using cache_actor =
    caf::typed_actor<caf::replies_to<get_cached>::with<std::string>, caf::reacts_to<put_cached>>;

} // namespace troupe
