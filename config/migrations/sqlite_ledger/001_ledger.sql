-- The ledger: what happened to each account, in order and for ever. Times are milliseconds since
-- 1970 (UTC). Money is two whole numbers, `_whole` units and a `_fraction` of 1e-8 with the same
-- sign: 64 bits do not hold DECIMAL(20,8), and a REAL column would round it.

PRAGMA application_id = 1414681932; -- "TRUL": tells our files from other programs', and from the market's

CREATE TABLE schema_version (
  version    INTEGER PRIMARY KEY,
  name       TEXT NOT NULL,
  applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
) STRICT;

-- The newest row of each account once more. `version` is what an append is compared with.
CREATE TABLE accounts (
  number            INTEGER PRIMARY KEY,
  id                TEXT NOT NULL UNIQUE,
  shard             INTEGER NOT NULL,
  version           INTEGER NOT NULL,
  balance_whole     INTEGER NOT NULL CHECK (balance_whole >= 0),
  balance_fraction  INTEGER NOT NULL CHECK (balance_fraction BETWEEN 0 AND 99999999),
  reserved_whole    INTEGER NOT NULL CHECK (reserved_whole >= 0),
  reserved_fraction INTEGER NOT NULL CHECK (reserved_fraction BETWEEN 0 AND 99999999),
  hash              BLOB NOT NULL
) STRICT;

-- Apart from the accounts: a snapshot is many times their size and written far less often.
CREATE TABLE snapshots (
  account INTEGER PRIMARY KEY REFERENCES accounts,
  version INTEGER NOT NULL,
  hash    BLOB NOT NULL,
  state   BLOB NOT NULL
) STRICT;

-- `position` is the order of commits over all accounts. `payload` are the event's canonical bytes,
-- `hash` chains them to the row before; what the other columns say follows from them. `scope`: where
-- the reference takes effect once, 0 nowhere (it is '' on what merely followed from a command), 1 in
-- its account, 2 in the world.
CREATE TABLE journal (
  position          INTEGER PRIMARY KEY,
  account           INTEGER NOT NULL REFERENCES accounts,
  version           INTEGER NOT NULL,
  at                INTEGER NOT NULL,
  reference         TEXT NOT NULL,
  content           INTEGER NOT NULL,
  kind              INTEGER NOT NULL,
  contra            INTEGER NOT NULL, -- 0 none, 1 engine, 2 market, 3 payments, 4 transit
  scope             INTEGER NOT NULL,
  amount_whole      INTEGER NOT NULL,
  amount_fraction   INTEGER NOT NULL CHECK (amount_fraction BETWEEN -99999999 AND 99999999),
  balance_whole     INTEGER NOT NULL CHECK (balance_whole >= 0),
  balance_fraction  INTEGER NOT NULL CHECK (balance_fraction BETWEEN 0 AND 99999999),
  reserved_whole    INTEGER NOT NULL CHECK (reserved_whole >= 0),
  reserved_fraction INTEGER NOT NULL CHECK (reserved_fraction BETWEEN 0 AND 99999999),
  payload           BLOB NOT NULL,
  hash              BLOB NOT NULL
) STRICT;

-- The guards: two writers cannot both append a version, a reference takes effect once.
CREATE UNIQUE INDEX journal_by_account ON journal (account, version);
CREATE UNIQUE INDEX journal_by_reference ON journal (account, reference) WHERE scope = 1;
-- What happened once in the world is booked once, whichever account it names.
CREATE UNIQUE INDEX journal_by_event ON journal (reference) WHERE scope = 2;

CREATE TABLE dead_letters (
  id       INTEGER PRIMARY KEY,
  source   TEXT NOT NULL,
  reason   TEXT NOT NULL,
  body     BLOB NOT NULL,
  at       INTEGER NOT NULL,
  replayed INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX dead_letters_waiting ON dead_letters (id) WHERE replayed = 0;

-- How far each reader of the journal has delivered.
CREATE TABLE outbox_cursors (
  reader   TEXT PRIMARY KEY,
  position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
