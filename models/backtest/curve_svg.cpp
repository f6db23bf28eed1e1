#include "models/backtest/curve_svg.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace troupe {

namespace {

constexpr double width = 960, height = 480, left = 72, right = 24, top = 64, bottom = 48;
constexpr std::size_t most_points = 1500; // more than there are pixels across
constexpr int grid_lines = 6, most_month_labels = 14;
// Okabe and Ito's colours, which most of the colour-blind tell apart.
constexpr std::array<const char*, 8> colours{"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                             "#56b4e9", "#e69f00", "#000000", "#999999"};

// With so many decimals; without trailing zeros when negative.
std::string text_of(double x, int decimals = 1) {
  std::array<char, 64> buffer;
  if (!(std::abs(x) < 1e12)) x = 0; // nothing that is drawn is
  const auto format = decimals < 0 ? std::chars_format::general : std::chars_format::fixed;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x, format,
                                 decimals < 0 ? 6 : decimals);
  return {buffer.data(), end.ptr};
}

std::string attribute(const char* name, double x) {
  return std::string{" "} + name + "=\"" + text_of(x) + "\"";
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '&')
      out += "&amp;";
    else if (static_cast<unsigned char>(c) >= 0x20)
      out += c;
  }
  return out;
}

std::string label(double x, double y, const char* anchor, const std::string& text,
                  const std::string& more = {}) {
  return "<text" + attribute("x", x) + attribute("y", y) + " text-anchor=\"" + anchor + "\"" + more
      + ">" + escaped(text) + "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2, const char* colour) {
  return "<line" + attribute("x1", x1) + attribute("y1", y1) + attribute("x2", x2)
      + attribute("y2", y2) + " stroke=\"" + colour + "\"/>\n";
}

// 1, 2 or 5 times a power of ten, about a grid_lines-th of the span.
double grid_step(double span) {
  const double raw = span / grid_lines, power = std::pow(10, std::floor(std::log10(raw)));
  for (const double m : {1., 2., 5.})
    if (raw <= m * power) return m * power;
  return 10 * power;
}

struct frame {
  utc_ms from = 0, to = 1;
  double low = 0, high = 1;

  double x(utc_ms t) const {
    return left
        + (width - left - right) * static_cast<double>(t - from) / static_cast<double>(to - from);
  }
  double y(double r) const { return top + (height - top - bottom) * (high - r) / (high - low); }
};

frame frame_of(const std::vector<backtest_report>& reports) {
  frame f;
  f.from = reports.front().from;
  f.to = std::max(reports.front().to + base_interval_ms, f.from + hour_ms);
  f.low = f.high = 0;
  for (const auto& r : reports)
    for (const auto& p : r.curve) {
      f.low = std::min({f.low, p.net_r, p.gross_r});
      f.high = std::max({f.high, p.net_r, p.gross_r});
    }
  if (f.high - f.low < 1) f.high = f.low + 1; // nothing was traded: a flat line at 0
  const double margin = (f.high - f.low) / 20;
  f.low -= margin;
  f.high += margin;
  return f;
}

std::string horizontal_grid(const frame& f) {
  std::string out;
  const double step = grid_step(f.high - f.low);
  for (double r = std::ceil(f.low / step) * step; r <= f.high; r += step) {
    const bool zero = std::abs(r) < step / 2;
    out += line(left, f.y(r), width - right, f.y(r), zero ? "#666" : "#ddd");
    out += label(left - 8, f.y(r) + 4, "end", text_of(zero ? 0 : r, -1));
  }
  return out;
}

// A line at each month's first day; as many names as fit.
std::string month_grid(const frame& f) {
  std::vector<utc_ms> firsts;
  for (utc_ms day = (f.from / day_ms + 1) * day_ms; day < f.to; day += day_ms)
    if (to_iso8601(day).substr(8, 2) == "01") firsts.push_back(day);
  const std::size_t every = firsts.size() / most_month_labels + 1;
  std::string out;
  for (std::size_t i = 0; i < firsts.size(); ++i) {
    const double x = f.x(firsts[i]);
    out += line(x, top, x, height - bottom, "#eee");
    if (i % every == 0)
      out += label(x, height - bottom + 18, "middle", to_iso8601(firsts[i]).substr(0, 7));
  }
  return out;
}

std::string path(const frame& f, const backtest_report& report, bool net,
                 const std::string& style) {
  // Results come at the ends of trades: between them the curve is level.
  auto d = "M" + text_of(f.x(f.from)) + " " + text_of(f.y(0));
  for (const auto& p : thinned(report.curve, most_points))
    d += "H" + text_of(f.x(std::min(p.time, f.to))) + "V" + text_of(f.y(net ? p.net_r : p.gross_r));
  d += "H" + text_of(f.x(f.to));
  return "<path fill=\"none\" d=\"" + d + "\" " + style + "/>\n";
}

} // namespace

std::string curve_svg(const std::string& title, const std::vector<backtest_report>& reports) {
  const auto f = frame_of(reports);
  std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + text_of(width, 0)
      + " " + text_of(height, 0) + "\"" + attribute("width", width) + attribute("height", height)
      + " font-family=\"sans-serif\" font-size=\"12\">\n";
  out += "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n";
  out += label(left, 22, "start", title, " font-size=\"15\" font-weight=\"bold\"");
  out += month_grid(f) + horizontal_grid(f);
  out += label(18, height / 2, "middle", "R (stop distances)",
               " transform=\"rotate(-90 18 " + text_of(height / 2) + ")\"");
  out += label(width - right, height - 8, "end", "thick: after costs, thin: before them",
               " fill=\"#666\"");
  double x = left;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const auto& r = reports[i];
    const auto stroke = std::string{"stroke=\""} + colours[i % colours.size()] + "\"";
    out += path(f, r, false, stroke + " stroke-opacity=\".55\"");
    out += path(f, r, true, stroke + " stroke-width=\"2\"");
    const auto said = r.rules.name + (r.net_r < 0 ? " " : " +") + text_of(r.net_r) + " R, "
        + std::to_string(r.trades) + " trades";
    out += "<line" + attribute("x1", x) + attribute("x2", x + 12) + " y1=\"42\" y2=\"42\" " + stroke
        + " stroke-width=\"12\"/>\n";
    out += label(x + 18, 46, "start", said);
    x += 34 + 6.7 * static_cast<double>(said.size());
  }
  return out + "</svg>\n";
}

} // namespace troupe
