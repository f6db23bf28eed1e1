#include "http/response.hpp"

#include "http/json_text.hpp"

namespace troupe {

std::string_view reason_of(int status) {
  switch (status) {
  case 101: return "Switching Protocols";
  case 200: return "OK";
  case 201: return "Created";
  case 202: return "Accepted";
  case 204: return "No Content";
  case 400: return "Bad Request";
  case 401: return "Unauthorized";
  case 403: return "Forbidden";
  case 404: return "Not Found";
  case 405: return "Method Not Allowed";
  case 408: return "Request Timeout";
  case 413: return "Payload Too Large";
  case 417: return "Expectation Failed";
  case 426: return "Upgrade Required";
  case 429: return "Too Many Requests";
  case 431: return "Request Header Fields Too Large";
  case 500: return "Internal Server Error";
  case 502: return "Bad Gateway";
  case 503: return "Service Unavailable";
  case 505: return "HTTP Version Not Supported";
  default: return "Unknown";
  }
}

void add_header(response& r, std::string_view name, std::string_view value) {
  r.headers.append(name).append(": ");
  for (char c : value)
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) r.headers += c;
  r.headers += "\r\n";
}

void append_answer(std::string& out, const response& r, const answer_frame& frame) {
  const auto body = r.text();
  out.reserve(out.size() + body.size() + r.headers.size() + 256);
  out += "HTTP/1.1 ";
  append_integer(out, r.status);
  out += ' ';
  out.append(reason_of(r.status));
  if (r.status != 204 && r.status != 101) {
    out.append("\r\nContent-Type: ").append(r.content_type).append("\r\nContent-Length: ");
    append_integer(out, static_cast<std::int64_t>(body.size()));
  }
  if (!frame.request_id.empty()) out.append("\r\nX-Request-Id: ").append(frame.request_id);
  if (!frame.keep_alive)
    out += "\r\nConnection: close";
  else if (frame.http10)
    out += "\r\nConnection: keep-alive";
  if (!frame.cors_origin.empty())
    out.append("\r\nAccess-Control-Allow-Origin: ")
        .append(frame.cors_origin)
        .append("\r\nVary: Origin\r\nAccess-Control-Expose-Headers: X-Request-Id, Retry-After, "
                "RateLimit, RateLimit-Policy, RateLimit-Limit, RateLimit-Remaining, "
                "RateLimit-Reset");
  out.append("\r\n").append(r.headers).append("\r\n");
  if (!frame.head_only) out.append(body);
}

response error_response(int status, std::string_view code, std::string_view message,
                        std::string_view request_id, std::string_view field) {
  response r;
  r.status = status;
  r.body = R"({"success":false,"error":{"code":)";
  append_string(r.body, code);
  r.body += ",\"message\":";
  append_string(r.body, message);
  if (!field.empty()) {
    r.body += ",\"field\":";
    append_string(r.body, field);
  }
  r.body += ",\"requestId\":";
  append_string(r.body, request_id);
  r.body += "}}";
  return r;
}

response error_response(errc code, std::string_view message, std::string_view request_id,
                        std::string_view field) {
  return error_response(http_status_of(code), code_of(code), message, request_id, field);
}

} // namespace troupe
