-- Users, their logins and keys, and the log of who did what. Times are milliseconds since 1970
-- (UTC). Passwords are argon2id hashes, keys SHA-256 in hex; nothing here opens a door by itself
-- but the secrets of second factors. Bytewise collation: users are listed in one order everywhere.

CREATE TABLE users (
  id            text COLLATE "C" PRIMARY KEY,
  email         text COLLATE "C" NOT NULL CONSTRAINT users_email UNIQUE,
  first_name    text NOT NULL,
  last_name     text NOT NULL,
  password_hash text NOT NULL,
  role          smallint NOT NULL CHECK (role BETWEEN 0 AND 1),
  plan          smallint NOT NULL CHECK (plan BETWEEN 0 AND 3),
  kyc           smallint NOT NULL CHECK (kyc BETWEEN 0 AND 3),
  totp_secret   text NOT NULL,
  totp_on       boolean NOT NULL,
  totp_step     bigint NOT NULL,
  created_at    bigint NOT NULL,
  version       bigint NOT NULL
);

-- Accounts at providers of sign-ins, by the name there that never changes. One per provider.
CREATE TABLE provider_links (
  provider text COLLATE "C" NOT NULL,
  subject  text COLLATE "C" NOT NULL,
  user_id  text COLLATE "C" NOT NULL,
  CONSTRAINT provider_links_subject PRIMARY KEY (provider, subject),
  CONSTRAINT provider_links_user UNIQUE (user_id, provider)
);

-- One row a login; `token` names the one refresh token of it that is good.
CREATE TABLE refresh_families (
  id         text COLLATE "C" PRIMARY KEY,
  user_id    text COLLATE "C" NOT NULL,
  token      text NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  revoked    boolean NOT NULL
);
CREATE INDEX refresh_families_by_user ON refresh_families (user_id, created_at);

CREATE TABLE api_keys (
  number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id         text COLLATE "C" NOT NULL UNIQUE,
  user_id    text COLLATE "C" NOT NULL,
  name       text NOT NULL,
  hash       text COLLATE "C" NOT NULL UNIQUE,
  scopes     text NOT NULL,              -- words between blanks
  created_at bigint NOT NULL,
  revoked_at bigint NOT NULL             -- 0: it is good
);
CREATE INDEX api_keys_by_user ON api_keys (user_id);

CREATE TABLE audit (
  number  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at      bigint NOT NULL,
  kind    text NOT NULL,
  actor   text NOT NULL,
  subject text NOT NULL,
  address text NOT NULL,
  detail  text NOT NULL
);
