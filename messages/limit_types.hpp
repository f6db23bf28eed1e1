// The messages of limits as CAF sees them: their type ids and every `inspect`.
#pragma once
#include "messages/limit.hpp"
#include "messages/user_types.hpp"

namespace troupe {

template<class F>
typename F::result_type inspect(F& f, take_allowance& x) {
  return f(caf::meta::type_name("take_allowance"), x.user, x.plan, x.kind, x.at);
}

template<class F>
typename F::result_type inspect(F& f, give_back& x) {
  return f(caf::meta::type_name("give_back"), x.user, x.kind, x.at);
}

template<class F>
typename F::result_type inspect(F& f, take_try& x) {
  return f(caf::meta::type_name("take_try"), x.address, x.whom, x.at);
}

template<class F>
typename F::result_type inspect(F& f, allowance_left& x) {
  return f(caf::meta::type_name("allowance_left"), x.ok, x.limit, x.remaining, x.resets_at);
}

template<class F>
typename F::result_type inspect(F& f, get_usage& x) {
  return f(caf::meta::type_name("get_usage"), x.user, x.plan, x.at);
}

template<class F>
typename F::result_type inspect(F& f, allowance_use& x) {
  return f(caf::meta::type_name("allowance_use"), x.used, x.limit);
}

template<class F>
typename F::result_type inspect(F& f, usage_report& x) {
  return f(caf::meta::type_name("usage_report"), x.predictions, x.signals, x.indicators,
           x.resets_at);
}

} // namespace troupe

CAF_BEGIN_TYPE_ID_BLOCK(troupe_limits, caf::id_block::troupe_users::end)
CAF_ADD_TYPE_ID(troupe_limits, (troupe::limit_kind))
CAF_ADD_TYPE_ID(troupe_limits, (troupe::take_allowance))
CAF_ADD_TYPE_ID(troupe_limits, (troupe::give_back))
CAF_ADD_TYPE_ID(troupe_limits, (troupe::allowance_left))
CAF_ADD_TYPE_ID(troupe_limits, (troupe::get_usage))
CAF_ADD_TYPE_ID(troupe_limits, (troupe::allowance_use))
CAF_ADD_TYPE_ID(troupe_limits, (troupe::usage_report))
CAF_ADD_TYPE_ID(troupe_limits, (troupe::take_try))
CAF_END_TYPE_ID_BLOCK(troupe_limits)
