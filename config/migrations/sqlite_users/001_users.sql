-- Users, their logins and keys, and the log of who did what. Times are milliseconds since 1970
-- (UTC). Passwords are argon2id hashes, keys SHA-256 in hex; nothing here opens a door by itself
-- but the secrets of second factors.

PRAGMA application_id = 1414681941; -- "TRUU": tells our files from other programs', and from each other

CREATE TABLE schema_version (
  version    INTEGER PRIMARY KEY,
  name       TEXT NOT NULL,
  applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
) STRICT;

CREATE TABLE users (
  id            TEXT PRIMARY KEY,
  email         TEXT NOT NULL UNIQUE,
  first_name    TEXT NOT NULL,
  last_name     TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  role          INTEGER NOT NULL CHECK (role BETWEEN 0 AND 1),
  plan          INTEGER NOT NULL CHECK (plan BETWEEN 0 AND 3),
  kyc           INTEGER NOT NULL CHECK (kyc BETWEEN 0 AND 3),
  totp_secret   TEXT NOT NULL,
  totp_on       INTEGER NOT NULL CHECK (totp_on BETWEEN 0 AND 1),
  totp_step     INTEGER NOT NULL,
  created_at    INTEGER NOT NULL,
  version       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Accounts at providers of sign-ins, by the name there that never changes. One per provider.
CREATE TABLE provider_links (
  provider TEXT NOT NULL,
  subject  TEXT NOT NULL,
  user     TEXT NOT NULL,
  PRIMARY KEY (provider, subject),
  UNIQUE (user, provider)
) STRICT, WITHOUT ROWID;

-- One row a login; `token` names the one refresh token of it that is good.
CREATE TABLE refresh_families (
  id         TEXT PRIMARY KEY,
  user       TEXT NOT NULL,
  token      TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked    INTEGER NOT NULL CHECK (revoked BETWEEN 0 AND 1)
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_families_by_user ON refresh_families (user, created_at);

CREATE TABLE api_keys (
  number     INTEGER PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  user       TEXT NOT NULL,
  name       TEXT NOT NULL,
  hash       TEXT NOT NULL UNIQUE,
  scopes     TEXT NOT NULL,              -- words between blanks
  created_at INTEGER NOT NULL,
  revoked_at INTEGER NOT NULL            -- 0: it is good
) STRICT;
CREATE INDEX api_keys_by_user ON api_keys (user);

CREATE TABLE audit (
  number  INTEGER PRIMARY KEY AUTOINCREMENT,
  at      INTEGER NOT NULL,
  kind    TEXT NOT NULL,
  actor   TEXT NOT NULL,
  subject TEXT NOT NULL,
  address TEXT NOT NULL,
  detail  TEXT NOT NULL
) STRICT;
