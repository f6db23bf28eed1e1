#include "models/simulated_market.hpp"

#include <algorithm>
#include <cmath>

namespace troupe {

namespace {

// Regimes: mean length in candles and volatility against the base. Weighted by the time spent in
// each (.45, .14, .41) the mean squared multiple is 1, so that sigma is what the profile says.
constexpr std::array<double, 4> mean_length{90, 48, 60, 60};
constexpr std::array<double, 4> volatility{.65, 1.7, 1, 1};
constexpr double trend_drift = .25; // of the base sigma, per candle

// GARCH(1,1) with unit mean: a shock has lost two thirds of its weight after 50 candles.
constexpr double garch_shock = .08, garch_memory = .90;
constexpr double least_variance = .2, most_variance = 12;

// A candle in thirty is 2.2 times as wild; the others a little calmer, so the variance stays 1.
constexpr double wild_share = .03, wild_scale = 2.2, calm_scale = .93873;

// The log price is pulled home with a time constant of 60 days: far below the noise of a day.
constexpr double pull = 1.0 / (60 * 288);
// Trends away from home are a little rarer than trends towards it.
constexpr double homesickness = .05, most_homesickness = .4;

constexpr int steps = 8; // of the path inside a candle
constexpr utc_ms longest_closure = 14 * day_ms;

std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (unsigned char c : text) hash = (hash ^ c) * 0x100000001b3;
  return hash;
}

std::uint64_t splitmix(std::uint64_t& state) {
  auto z = state += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

constexpr std::uint64_t rotated(std::uint64_t x, int bits) { return x << bits | x >> (64 - bits); }

/// Decimals that leave six significant digits.
int decimals_for(double price) {
  return std::clamp(5 - static_cast<int>(std::floor(std::log10(price))), 0, 11);
}

} // namespace

simulated_profile simulated_profile_of(std::string_view symbol) {
  if (symbol == "BTCUSDT") return {60000, 26e-4, 80, 2};
  if (symbol == "ETHUSDT") return {3000, 28e-4, 1500, 2};
  if (symbol == "SOLUSDT") return {150, 30e-4, 25000, 2};
  if (symbol == "EURUSD") return {1.08, 2.5e-4, 400, 5};
  auto state = fnv1a(symbol);
  const auto fraction = [&] { return static_cast<double>(splitmix(state) >> 11) * 0x1p-53; };
  const double price = std::pow(10, 4 * fraction() - 1); // 0.1 to 1000
  const double sigma = (25 + 5 * fraction()) * 1e-4;
  return {price, sigma, 1e6 / price, decimals_for(price)};
}

simulated_market::simulated_market(std::uint64_t seed, std::string_view symbol, utc_ms origin,
                                   double start_price, simulated_market_options options)
    : profile_(simulated_profile_of(symbol)), options_(std::move(options)),
      open_time_(std::max(origin / base_interval_ms, utc_ms{1}) * base_interval_ms) {
  if (start_price >= 1e-6 && start_price <= 1e9 && start_price != profile_.start_price) {
    profile_.start_price = start_price;
    profile_.decimals = decimals_for(start_price);
  }
  tick_inverse_ = std::pow(10, profile_.decimals);
  auto state = seed;
  state = splitmix(state) ^ fnv1a(symbol);
  state = splitmix(state) ^ static_cast<std::uint64_t>(open_time_);
  for (auto& word : random_) word = splitmix(state);

  // Busiest at 14:30 UTC (London and New York together), quietest in the Asian night.
  auto table = std::make_shared<season>();
  double squares = 0, sum = 0;
  for (std::size_t i = 0; i < 288; ++i) {
    const double angle = (static_cast<double>(i) / 12 - 14.5) * 2 * 3.14159265358979323846 / 24;
    table->sigma[i] = std::exp(.35 * std::cos(angle) + .12 * std::cos(2 * angle));
    table->volume[i] = std::pow(table->sigma[i], 1.5);
    squares += table->sigma[i] * table->sigma[i];
    sum += table->volume[i];
  }
  for (auto& s : table->sigma) s /= std::sqrt(squares / 288);
  for (auto& v : table->volume) v /= sum / 288;
  season_ = std::move(table);
  close_ = rounded(0);
  skip_closed_slots();
}

// xoshiro256**
std::uint64_t simulated_market::draw() {
  const auto result = rotated(random_[1] * 5, 7) * 9;
  const auto shifted = random_[1] << 17;
  random_[2] ^= random_[0];
  random_[3] ^= random_[1];
  random_[1] ^= random_[2];
  random_[0] ^= random_[3];
  random_[2] ^= shifted;
  random_[3] = rotated(random_[3], 45);
  return result;
}

double simulated_market::uniform() { return static_cast<double>(draw() >> 11) * 0x1p-53; }

// Marsaglia's polar method: std::normal_distribution differs between libraries.
double simulated_market::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_normal_;
  }
  double a, b, square;
  do {
    a = 2 * uniform() - 1;
    b = 2 * uniform() - 1;
    square = a * a + b * b;
  } while (square >= 1 || square == 0);
  const double factor = std::sqrt(-2 * std::log(square) / square);
  spare_normal_ = b * factor;
  has_spare_ = true;
  return a * factor;
}

void simulated_market::enter_next_regime() {
  const double home = std::clamp(homesickness * log_price_ / (100 * profile_.sigma),
                                 -most_homesickness, most_homesickness);
  const double u = uniform();
  const auto trend = [&] { return uniform() < .5 - home ? trend_up : trend_down; };
  switch (regime_) {
  case quiet: regime_ = u < .3 ? volatile_range : trend(); break;
  case volatile_range: regime_ = u < .5 ? quiet : trend(); break;
  case trend_up: regime_ = u < .5 ? quiet : u < .75 ? volatile_range : trend_down; break;
  case trend_down: regime_ = u < .5 ? quiet : u < .75 ? volatile_range : trend_up; break;
  }
}

void simulated_market::skip_closed_slots() {
  if (!options_.closed) return;
  const auto start = open_time_;
  while (options_.closed(open_time_)) {
    open_time_ += base_interval_ms;
    if (open_time_ - start > longest_closure) {
      open_time_ = start;
      return;
    }
  }
}

simulated_market::path simulated_market::walk() {
  const auto slot = static_cast<std::size_t>(open_time_ / base_interval_ms % 288);
  const double sigma =
      profile_.sigma * volatility[regime_] * season_->sigma[slot] * std::sqrt(variance_ratio_);
  const double scale = uniform() < wild_share ? wild_scale : calm_scale;
  // The half variance makes the price, not its logarithm, the one without drift.
  double drift = -pull * log_price_ - .5 * sigma * sigma;
  if (options_.drift && regime_ == trend_up) drift += trend_drift * profile_.sigma;
  if (options_.drift && regime_ == trend_down) drift -= trend_drift * profile_.sigma;

  const double step_sigma = sigma * scale * std::sqrt(1.0 / steps);
  path p;
  for (int i = 0; i < steps; ++i) {
    p.end += drift / steps + step_sigma * normal();
    p.high = std::max(p.high, p.end);
    p.low = std::min(p.low, p.end);
  }
  const double shock = (p.end - drift) / sigma;
  variance_ratio_ = std::clamp(1 - garch_shock - garch_memory
                                   + variance_ratio_ * (garch_shock * shock * shock + garch_memory),
                               least_variance, most_variance);
  return p;
}

double simulated_market::rounded(double log_move) const {
  const double price = profile_.start_price * std::exp(log_price_ + log_move);
  return std::max(std::round(price * tick_inverse_), 1.0) / tick_inverse_;
}

candle simulated_market::next() {
  if (uniform() * mean_length[regime_] < 1) enter_next_regime();
  const auto slot = static_cast<std::size_t>(open_time_ / base_interval_ms % 288);
  const auto p = walk();
  candle c;
  c.open_time = open_time_;
  c.open = close_;
  c.close = rounded(p.end);
  c.high = std::max({rounded(p.high), c.open, c.close});
  c.low = std::min({rounded(p.low), c.open, c.close});
  // A wide candle is a busy one.
  const double busy = .25 + .75 * (p.high - p.low) / (1.25 * profile_.sigma);
  const double volume = profile_.volume * season_->volume[slot] * busy * std::exp(.35 * normal());
  c.volume = std::round(volume * 1000) / 1000;
  log_price_ += p.end;
  close_ = c.close;
  open_time_ += base_interval_ms;
  skip_closed_slots();
  return c;
}

} // namespace troupe
