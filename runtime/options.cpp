// The declaration of every option: the one place where a default is written.
#include "runtime/settings.hpp"

#include <cstdio>
#include <utility>

namespace troupe {

using kind = option_kind;

option text_option(std::string key, std::string fallback, std::string help) {
  return {std::move(key), "", kind::text, std::move(fallback), 0, 0, {}, false, std::move(help)};
}

option choice_option(std::string key, std::vector<std::string> choices, std::string help) {
  auto o = text_option(std::move(key), choices.front(), std::move(help));
  o.choices = std::move(choices);
  return o;
}

option integer_option(std::string key, std::int64_t fallback, double min, double max,
                      std::string help) {
  auto o = text_option(std::move(key), std::to_string(fallback), std::move(help));
  o.kind = kind::integer;
  o.min = min;
  o.max = max;
  return o;
}

option number_option(std::string key, std::string fallback, double min, double max,
                     std::string help) {
  auto o = text_option(std::move(key), std::move(fallback), std::move(help));
  o.kind = kind::number;
  o.min = min;
  o.max = max;
  return o;
}

option flag_option(std::string key, bool fallback, std::string help) {
  auto o = text_option(std::move(key), fallback ? "true" : "false", std::move(help));
  o.kind = kind::flag;
  return o;
}

option list_option(std::string key, std::string fallback, double min, double max,
                   std::string help) {
  auto o = text_option(std::move(key), std::move(fallback), std::move(help));
  o.kind = kind::list;
  o.min = min;
  o.max = max;
  return o;
}

namespace {

option from_env(std::string env, option o) {
  o.env = std::move(env);
  return o;
}

option as_secret(option o) {
  o.secret = true;
  return o;
}

std::vector<option> http_options() {
  return {
      text_option("http.address", "127.0.0.1", "address to listen on"),
      from_env("PORT", integer_option("http.port", 3001, 0, 65535, "port; 0 takes a free one")),
      integer_option("http.threads", 1, 1, 64, "io threads"),
      as_secret(from_env(
          "ML_ENGINE_API_KEY",
          text_option("http.api-key", "", "key of the engine API; made once in demo mode"))),
      as_secret(
          from_env("TROUPE_ADMIN_KEY",
                   text_option("http.admin-key", "", "key of operators; none: /admin is closed"))),
      as_secret(from_env("ML_ENGINE_WEBHOOK_SECRET",
                         text_option("http.webhook-secret", "", "signs /webhooks/ml-engine"))),
      from_env("CORS_ORIGINS",
               list_option("http.cors-origins", "", 0, 64, "origins that browsers may call from")),
      list_option("http.trusted-proxies", "", 0, 64, "addresses whose X-Forwarded-For counts"),
      integer_option("http.max-connections", 10000, 1, 100000, "open connections"),
      integer_option("http.max-body-bytes", 65536, 1024, 16777216, "request body"),
      integer_option("http.stop-timeout-ms", 5000, 0, 60000, "how long a stop waits for requests"),
  };
}

std::vector<option> auth_options() {
  return {
      as_secret(
          from_env("JWT_SECRET", text_option("auth.jwt-secret", "", "signs users' access tokens"))),
      as_secret(from_env("JWT_REFRESH_SECRET",
                         text_option("auth.jwt-refresh-secret", "", "signs their refresh tokens"))),
      from_env("JWT_EXPIRES_IN",
               text_option("auth.access-lifetime", "15m", "of an access token: 900s, 15m, 1h, 1d")),
      from_env("JWT_REFRESH_EXPIRES_IN",
               text_option("auth.refresh-lifetime", "7d", "of a refresh token")),
      integer_option("auth.hashers", 1, 1, 64, "threads that check passwords, one core each"),
      integer_option("auth.hash-memory-mb", 64, 8, 1024, "memory of one password's hash"),
  };
}

// Of each provider of sign-ins: its client id, its secret and where it is.
std::vector<option> provider_options() {
  struct row {
    std::string name, env, authorize, token, userinfo;
  };
  const std::vector<row> rows{
      {"google", "GOOGLE", "https://accounts.google.com/o/oauth2/v2/auth",
       "https://oauth2.googleapis.com/token", "https://openidconnect.googleapis.com/v1/userinfo"},
      {"facebook", "FACEBOOK", "https://www.facebook.com/v23.0/dialog/oauth",
       "https://graph.facebook.com/v23.0/oauth/access_token",
       "https://graph.facebook.com/v23.0/me"},
      {"github", "GITHUB", "https://github.com/login/oauth/authorize",
       "https://github.com/login/oauth/access_token", "https://api.github.com/user"},
  };
  std::vector<option> out{text_option("auth.redirect-base-url", "",
                                      "where providers send browsers back to: https://our.host")};
  for (auto& r : rows) {
    const auto key = "auth." + r.name;
    out.push_back(from_env(r.env + "_CLIENT_ID",
                           text_option(key + "-client-id", "", "none: no sign-in by " + r.name)));
    out.push_back(as_secret(from_env(r.env + "_CLIENT_SECRET",
                                     text_option(key + "-client-secret", "", "goes with it"))));
    out.push_back(text_option(key + "-authorize-url", r.authorize, "where browsers sign in"));
    out.push_back(text_option(key + "-token-url", r.token, "where codes become tokens"));
    out.push_back(text_option(key + "-userinfo-url", r.userinfo, "who a token is of"));
  }
  return out;
}

std::vector<option> engine_options() {
  return {
      from_env("ML_ENGINE_URL",
               text_option("ml-engine.url", "", "external ML engine that is told of accounts")),
      as_secret(from_env(
          "ML_ENGINE_CLIENT_KEY",
          text_option("ml-engine.client-key", "", "our key there; else that of the engine API"))),
      from_env("ML_ENGINE_TIMEOUT_MS",
               integer_option("ml-engine.timeout-ms", 30000, 1, 600000, "of one attempt")),
      from_env("ML_ENGINE_RETRY_ATTEMPTS",
               integer_option("ml-engine.retry-attempts", 3, 1, 10, "of what is safe to repeat")),
      from_env("ML_ENGINE_RETRY_DELAY_MS",
               integer_option("ml-engine.retry-delay-ms", 1000, 0, 60000,
                              "times the attempt: longest wait for the next one")),
      integer_option("ml-engine.poll-ms", 200, 10, 60000,
                     "how often accounts are looked after; five times rarer when idle"),
  };
}

std::vector<option> market_options() {
  return {
      choice_option("market.feed", {"simulated", "replay", "binance", "polygon"},
                    "where candles come from"),
      from_env("SUPPORTED_SYMBOLS",
               list_option("market.symbols", "BTCUSDT,ETHUSDT,SOLUSDT,EURUSD", 1, 2000,
                           "instruments of this node")),
      integer_option("market.seed", 1, 0, 9e15, "simulated: seed"),
      number_option("market.speed", "60", 0, 1e6, "times real time; 0: as fast as it goes"),
      flag_option("market.drift", true, "simulated: plant a drift that can be learned"),
      list_option("market.file", "", 0, 1000, "replay: kline files, SYMBOL=path or path"),
      as_secret(
          from_env("BINANCE_API_KEY",
                   text_option("market.binance-api-key", "", "sent along; market data need none"))),
      as_secret(from_env("POLYGON_API_KEY",
                         text_option("market.polygon-api-key", "", "of a plan with streams"))),
      from_env("BINANCE_REST_URL", text_option("market.rest-url", "", "of the provider [its own]")),
      from_env("BINANCE_STREAM_URL",
               text_option("market.stream-url", "", "of the provider, wss [its own]")),
      text_option("market.ca-file", "", "PEM of who signs the provider [the system's]"),
      integer_option("market.history-days", 365, 1, 3650, "of a first start, from the provider"),
      integer_option("market.requests-per-minute", 0, 0, 100000,
                     "to the provider; 0: 1200 binance, 300 polygon"),
      number_option("market.clock-speed", "1", 0.001, 1e6,
                    "of the provider's time; 1 but for a stand-in"),
      integer_option("market.fill-gap-candles", 3, 0, 12, "longest gap filled with flat candles"),
  };
}

std::vector<option> model_options() {
  return {
      text_option("signals.strategy", "conservative_filter", "the strategy that signals follow"),
      number_option("signals.cost-bp", "10", 0, 1000, "costs of a round trip in basis points"),
      from_env("MODEL_PATH",
               text_option("models.dir", "", "model versions [models in the data folder]")),
      integer_option("train.workers", 2, 1, 64, "threads that fit models"),
      text_option("train.nightly-at", "02:00", "UTC hh:mm of the nightly training, or never"),
      integer_option("train.trial-candles", 2016, 0, 100000,
                     "candles a new version is tried on at least; 0: it speaks at once"),
      integer_option("train.trial-days", 30, 1, 365,
                     "days after which an undecided trial ends: the version that speaks is kept"),
      number_option("train.promote-errors", "2", 0, 10,
                    "standard errors by which a new version must be better to speak"),
      number_option("train.reject-errors", "1", 0, 10,
                    "standard errors by which it must be worse to be let go"),
      integer_option("train.days", 365, 30, 3650, "days of candles to learn from"),
      list_option("train.kinds", "xgboost", 1, 3,
                  "xgboost, gru, ensemble: nightly trainings in turn, others the first"),
      integer_option("train.network-rounds", 60, 1, 1000, "gru: rounds of learning at most"),
  };
}

std::vector<option> cluster_options() {
  return {
      text_option("cluster.address", "",
                  "host:port where other nodes reach this one [it runs alone]"),
      text_option("cluster.listen", "", "host:port to listen on for them [cluster.address]"),
      text_option("cluster.name", "", "of this node, the same after a restart [made once]"),
      text_option("cluster.certificate", "", "PEM of this node; see troupe cluster certs"),
      text_option("cluster.key", "", "PEM that goes with it"),
      text_option("cluster.ca", "", "PEM of who signed the certificates of all nodes"),
      flag_option("cluster.plain", false, "nodes on one machine, without certificates"),
  };
}

std::vector<option> node_options() {
  return {
      text_option("config", "", "settings file [config/troupe.ini where there is one]"),
      from_env("DATA_DIR", text_option("data.dir", "./data", "where everything is kept")),
      from_env("DATABASE_URL",
               as_secret(text_option("store.url", "", "PostgreSQL [SQLite in the data folder]"))),
      from_env(
          "REDIS_URL",
          as_secret(text_option("redis.url", "", "shared limits and events [each node alone]"))),
      integer_option("store.lease-ms", 3000, 500, 60000,
                     "PostgreSQL: a node not heard of for so long may be replaced"),
      integer_option("store.connections", 2, 1, 8, "PostgreSQL: connections that commit money"),
      integer_option("store.candle-days", 1100, 0, 36500, "days candles are kept; 0: for ever"),
      integer_option("store.prediction-days", 90, 0, 36500,
                     "days predictions are kept; 0: for ever"),
      integer_option("store.signal-days", 1100, 0, 36500, "days signals are kept; 0: for ever"),
      integer_option("limits.factor", 1, 1, 1e6, "times what plans allow"),
      integer_option("accounts.max-loaded", 100000, 100, 10000000, "accounts in memory"),
      integer_option("accounts.sleep-ms", 30000, 10, 86400000,
                     "unused for so long, one in memory sleeps: smaller, and soon awake"),
      integer_option("accounts.approval-hours", 168, 1, 8760,
                     "a withdrawal that no admin approved for so long expires"),
      integer_option("accounts.idle-s", 300, 1, 86400, "seconds unused until one may leave memory"),
      integer_option("actors.threads", 2, 1, 256, "threads that run actors"),
      from_env("LOG_LEVEL",
               choice_option("log.level", {"info", "trace", "debug", "warn", "error", "off"},
                             "least severity that is written")),
      choice_option("log.format", {"text", "json"}, "text, or JSON lines"),
  };
}

} // namespace

const std::vector<option>& declared_options() {
  static const auto all = [] {
    std::vector<option> out;
    for (auto* group : {&http_options, &auth_options, &provider_options, &engine_options,
                        &market_options, &model_options, &cluster_options, &node_options})
      for (auto& o : (*group)()) out.push_back(std::move(o));
    return out;
  }();
  return all;
}

std::string options_help(const std::vector<option>& options) {
  std::string out;
  for (auto& o : options) {
    char name[64];
    std::snprintf(name, sizeof name, "  --%-24s ", o.key.c_str());
    out += name + o.help;
    if (!o.fallback.empty()) out += " [" + o.fallback + "]";
    if (!o.env.empty()) out += " ($" + o.env + ")";
    out += '\n';
  }
  return out;
}

} // namespace troupe
