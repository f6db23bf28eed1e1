-- The market's tables: candles, what models said of them, and what became of it. Run with
-- search_path = troupe: everything of ours is in that schema, so that a database may be shared.
-- The same tables under the same names as in SQLite; what the platform calls ml.prediction_logs and
-- ml.signal_logs is troupe.prediction_logs and troupe.signal_logs here.
-- Times are milliseconds since 1970 (UTC). References are not enforced at run time: every id is
-- looked up or made in the transaction that uses it, or was committed before.

-- candle_rows is kept in the same transaction as the candles, so that a span and its gaps need no
-- scan. Few rows, changed often: room on the page keeps an update off the index.
CREATE TABLE symbols (
  id          integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  name        text NOT NULL UNIQUE,
  candle_rows bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

-- Texts that repeat on many rows: feeds, model versions, hashes, strategies, phases.
CREATE TABLE names (
  id   integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL UNIQUE
);

CREATE TABLE candles (
  open_time bigint NOT NULL,
  open      double precision NOT NULL,
  high      double precision NOT NULL,
  low       double precision NOT NULL,
  close     double precision NOT NULL,
  volume    double precision NOT NULL,
  symbol_id integer NOT NULL,
  source_id integer NOT NULL,
  PRIMARY KEY (symbol_id, open_time)
);

-- Deltas and quantiles are fractions of current_price: five, ten, twenty … ninety-five per cent, as
-- in model manifests. The last three are written once known.
CREATE TABLE prediction_logs (
  candle_time      bigint NOT NULL,
  symbol_id        integer NOT NULL,
  horizon          integer NOT NULL,
  model_version_id integer NOT NULL,
  current_price    double precision NOT NULL,
  delta_high       double precision NOT NULL,
  delta_low        double precision NOT NULL,
  confidence       double precision NOT NULL,
  high_q05 double precision NOT NULL, high_q10 double precision NOT NULL,
  high_q20 double precision NOT NULL, high_q25 double precision NOT NULL,
  high_q50 double precision NOT NULL, high_q75 double precision NOT NULL,
  high_q80 double precision NOT NULL, high_q90 double precision NOT NULL,
  high_q95 double precision NOT NULL,
  low_q05  double precision NOT NULL, low_q10  double precision NOT NULL,
  low_q20  double precision NOT NULL, low_q25  double precision NOT NULL,
  low_q50  double precision NOT NULL, low_q75  double precision NOT NULL,
  low_q80  double precision NOT NULL, low_q90  double precision NOT NULL,
  low_q95  double precision NOT NULL,
  actual_high double precision,
  actual_low  double precision,
  mae         double precision,
  PRIMARY KEY (symbol_id, horizon, candle_time, model_version_id)
);

-- odds: JSON [[rr,p_tp,p_sl,p_timeout,mean_timeout_r,expected_net_r,standard_error_r],…];
-- reasons: JSON ["…",…]; texts, since nobody asks the database for what is in them. The last three
-- columns are written once known.
CREATE TABLE signal_logs (
  seq              bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  candle_time      bigint NOT NULL,
  created_at       bigint NOT NULL,
  expires_at       bigint NOT NULL,
  candles_from     bigint NOT NULL,
  candles_to       bigint NOT NULL,
  confidence       double precision NOT NULL,
  entry            double precision NOT NULL,
  sl               double precision NOT NULL,
  tp               double precision NOT NULL,
  rr_ratio         double precision NOT NULL,
  prob_tp_first    double precision NOT NULL,
  expected_net_r   double precision NOT NULL,
  predicted_high   double precision NOT NULL,
  predicted_low    double precision NOT NULL,
  symbol_id        integer NOT NULL,
  horizon          integer NOT NULL,
  amd_phase_id     integer NOT NULL,
  strategy_id      integer NOT NULL,
  model_version_id integer NOT NULL,
  model_hash_id    integer NOT NULL,
  feature_hash_id  integer NOT NULL,
  terms_id         integer NOT NULL,
  considered_long  boolean NOT NULL,
  type             text NOT NULL,
  id               text NOT NULL UNIQUE,
  odds             text NOT NULL,
  reasons          text NOT NULL,
  outcome          text,
  pnl_r            double precision,
  pnl_percent      double precision
);

-- Both cover every filter of the history page: rows are touched only for the page itself.
CREATE INDEX signal_logs_by_symbol
  ON signal_logs (symbol_id, created_at, seq) INCLUDE (horizon, type);
CREATE INDEX signal_logs_by_time ON signal_logs (created_at, seq) INCLUDE (horizon, type);

-- How many signals there are of each sort, kept in the same transaction: a page's total is a sum
-- over a few rows.
CREATE TABLE signal_counts (
  symbol_id integer NOT NULL,
  horizon   integer NOT NULL,
  type      text NOT NULL,
  rows      bigint NOT NULL,
  PRIMARY KEY (symbol_id, horizon, type)
) WITH (fillfactor = 50);

-- Whom a signal of signal_logs was served to. Its symbol and time are repeated for retention.
CREATE TABLE served_signals (
  user_id    text NOT NULL,
  signal     text NOT NULL,
  symbol_id  integer NOT NULL,
  created_at bigint NOT NULL,
  served_at  bigint NOT NULL,
  PRIMARY KEY (user_id, signal)
);
CREATE INDEX served_signals_by_user ON served_signals (user_id, created_at);
CREATE INDEX served_signals_by_symbol ON served_signals (symbol_id, created_at);

-- Ask minus bid, added up over part of an hour of the UTC day. Times are of the first and last quote.
CREATE TABLE spreads (
  symbol_id  integer NOT NULL,
  first_at   bigint NOT NULL,
  last_at    bigint NOT NULL,
  quotes     bigint NOT NULL,
  spread_sum double precision NOT NULL,
  spread_min double precision NOT NULL,
  spread_max double precision NOT NULL,
  PRIMARY KEY (symbol_id, first_at)
);

CREATE TABLE notes (
  name text PRIMARY KEY,
  text text NOT NULL
);

-- Trained models, so that every node speaks with the same ones: the files of a version as one piece
-- (runtime/model_pack), never changed once there.
CREATE TABLE model_versions (
  symbol  text COLLATE "C" NOT NULL,
  version text COLLATE "C" NOT NULL, -- begins with its time: the greatest is the newest
  files   bytea NOT NULL,
  PRIMARY KEY (symbol, version)
);

-- Which of them speaks and which is tried. `epoch`: under which its owner had the symbol's shard
-- when it said so; an earlier owner's word comes too late.
CREATE TABLE model_roles (
  symbol     text COLLATE "C" PRIMARY KEY,
  champion   text COLLATE "C" NOT NULL,
  challenger text COLLATE "C" NOT NULL, -- empty: none
  epoch      bigint NOT NULL
);
