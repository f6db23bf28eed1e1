#include "messages/limit.hpp"

namespace troupe {

std::string_view to_string(limit_kind k) {
  switch (k) {
  case limit_kind::predictions: return "predictions";
  case limit_kind::signals: return "signals";
  case limit_kind::indicators: return "indicators";
  case limit_kind::chat: return "chat";
  case limit_kind::paper: return "paper";
  case limit_kind::payments: return "payments";
  case limit_kind::address: return "address";
  }
  return "unknown";
}

} // namespace troupe
