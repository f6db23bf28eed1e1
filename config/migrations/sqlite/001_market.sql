-- The market's tables: candles, what models said of them, and what became of it.
-- Times are milliseconds since 1970 (UTC). References are not enforced at run time: every id is
-- looked up or made in the transaction that uses it.

PRAGMA application_id = 1414681936; -- "TRUP": tells our files from other programs'

CREATE TABLE schema_version (
  version    INTEGER PRIMARY KEY,
  name       TEXT NOT NULL,
  applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
) STRICT;

-- candle_rows is kept in the same transaction as the candles, so that a span and its gaps need no scan.
CREATE TABLE symbols (
  id          INTEGER PRIMARY KEY,
  name        TEXT NOT NULL UNIQUE,
  candle_rows INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Texts that repeat on many rows: feeds, model versions, hashes, strategies, terms, phases.
CREATE TABLE names (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE candles (
  symbol_id INTEGER NOT NULL REFERENCES symbols,
  open_time INTEGER NOT NULL,
  open      REAL NOT NULL,
  high      REAL NOT NULL,
  low       REAL NOT NULL,
  close     REAL NOT NULL,
  volume    REAL NOT NULL,
  source_id INTEGER NOT NULL REFERENCES names,
  PRIMARY KEY (symbol_id, open_time)
) STRICT, WITHOUT ROWID;

-- Deltas and quantiles are fractions of current_price. The last three are written once known.
CREATE TABLE prediction_logs (
  symbol_id        INTEGER NOT NULL REFERENCES symbols,
  horizon          INTEGER NOT NULL,
  candle_time      INTEGER NOT NULL,
  model_version_id INTEGER NOT NULL REFERENCES names,
  current_price    REAL NOT NULL,
  delta_high       REAL NOT NULL,
  delta_low        REAL NOT NULL,
  confidence       REAL NOT NULL,
  high_q05 REAL NOT NULL, high_q10 REAL NOT NULL, high_q20 REAL NOT NULL,
  high_q25 REAL NOT NULL, high_q50 REAL NOT NULL, high_q75 REAL NOT NULL,
  high_q80 REAL NOT NULL, high_q90 REAL NOT NULL, high_q95 REAL NOT NULL,
  low_q05  REAL NOT NULL, low_q10  REAL NOT NULL, low_q20  REAL NOT NULL,
  low_q25  REAL NOT NULL, low_q50  REAL NOT NULL, low_q75  REAL NOT NULL,
  low_q80  REAL NOT NULL, low_q90  REAL NOT NULL, low_q95  REAL NOT NULL,
  actual_high REAL,
  actual_low  REAL,
  mae         REAL,
  PRIMARY KEY (symbol_id, horizon, candle_time, model_version_id)
) STRICT, WITHOUT ROWID;

-- odds: JSON [[rr,p_tp,p_sl,p_timeout,mean_timeout_r,expected_net_r,standard_error_r],…];
-- reasons: JSON ["…",…]. The last three columns are written once known.
CREATE TABLE signal_logs (
  seq              INTEGER PRIMARY KEY,
  id               TEXT NOT NULL UNIQUE,
  symbol_id        INTEGER NOT NULL REFERENCES symbols,
  horizon          INTEGER NOT NULL,
  candle_time      INTEGER NOT NULL,
  created_at       INTEGER NOT NULL,
  expires_at       INTEGER NOT NULL,
  type             TEXT NOT NULL,
  confidence       REAL NOT NULL,
  entry            REAL NOT NULL,
  sl               REAL NOT NULL,
  tp               REAL NOT NULL,
  rr_ratio         REAL NOT NULL,
  prob_tp_first    REAL NOT NULL,
  expected_net_r   REAL NOT NULL,
  considered_long  INTEGER NOT NULL,
  odds             TEXT NOT NULL,
  predicted_high   REAL NOT NULL,
  predicted_low    REAL NOT NULL,
  amd_phase_id     INTEGER NOT NULL REFERENCES names,
  reasons          TEXT NOT NULL,
  strategy_id      INTEGER NOT NULL REFERENCES names,
  model_version_id INTEGER NOT NULL REFERENCES names,
  model_hash_id    INTEGER NOT NULL REFERENCES names,
  feature_hash_id  INTEGER NOT NULL REFERENCES names,
  terms_id         INTEGER NOT NULL REFERENCES names,
  candles_from     INTEGER NOT NULL,
  candles_to       INTEGER NOT NULL,
  outcome          TEXT,
  pnl_r            REAL,
  pnl_percent      REAL
) STRICT;

-- Both cover every filter of the history page: rows are touched only for the page itself.
CREATE INDEX signal_logs_by_symbol ON signal_logs (symbol_id, created_at, horizon, type);
CREATE INDEX signal_logs_by_time ON signal_logs (created_at, horizon, type);

-- How many signals there are of each sort, kept in the same transaction: a page's total is a sum
-- over a few rows.
CREATE TABLE signal_counts (
  symbol_id INTEGER NOT NULL REFERENCES symbols,
  horizon   INTEGER NOT NULL,
  type      TEXT NOT NULL,
  rows      INTEGER NOT NULL,
  PRIMARY KEY (symbol_id, horizon, type)
) STRICT, WITHOUT ROWID;

-- Whom a signal of signal_logs was served to. Its symbol and time are repeated for retention.
CREATE TABLE served_signals (
  user_id    TEXT NOT NULL,
  signal     TEXT NOT NULL,
  symbol_id  INTEGER NOT NULL REFERENCES symbols,
  created_at INTEGER NOT NULL,
  served_at  INTEGER NOT NULL,
  PRIMARY KEY (user_id, signal)
) STRICT, WITHOUT ROWID;
CREATE INDEX served_signals_by_user ON served_signals (user_id, created_at);
CREATE INDEX served_signals_by_symbol ON served_signals (symbol_id, created_at);

-- Ask minus bid, added up over part of an hour of the UTC day. Times are of the first and last quote.
CREATE TABLE spreads (
  symbol_id  INTEGER NOT NULL REFERENCES symbols,
  first_at   INTEGER NOT NULL,
  last_at    INTEGER NOT NULL,
  quotes     INTEGER NOT NULL,
  spread_sum REAL NOT NULL,
  spread_min REAL NOT NULL,
  spread_max REAL NOT NULL,
  PRIMARY KEY (symbol_id, first_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE notes (
  name TEXT PRIMARY KEY,
  text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
