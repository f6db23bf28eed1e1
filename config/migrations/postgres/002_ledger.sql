-- The ledger: what happened to each account, in order and for ever. Times are milliseconds since
-- 1970 (UTC), but for the heartbeats: those are the database's clock. Names are unqualified: the
-- session's search_path is the schema `troupe`.

-- A row of each account once more: the newest in quiet times, under load at most some dozens of
-- versions before it, so that many appends cost one update. What is newer stands in the journal;
-- an account whose journal ends before its row has lost something. Bytewise collation: ids are listed
-- in one order everywhere. The free space keeps updates within a page.
CREATE TABLE accounts (
  number   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id       text COLLATE "C" NOT NULL UNIQUE,
  shard    smallint NOT NULL,
  version  bigint NOT NULL,
  balance  numeric(20,8) NOT NULL CHECK (balance >= 0),
  reserved numeric(20,8) NOT NULL CHECK (reserved >= 0),
  hash     bytea NOT NULL
) WITH (fillfactor = 70);

-- Apart from the accounts: a snapshot is many times their size and written far less often.
CREATE TABLE snapshots (
  account bigint PRIMARY KEY,
  version bigint NOT NULL,
  hash    bytea NOT NULL,
  state   bytea NOT NULL
);

-- Each row moves `amount` between its account and a house account (`contra`: 0 none, 1 engine,
-- 2 market, 3 payments, 4 transit), so that the books balance by construction. `payload` are the
-- event's canonical bytes, `hash` chains them to the row before; what the other columns say follows
-- from them. `epoch`: its shard's when it was written. `position`: see outbox_end(). `scope`: where
-- the reference takes effect once, 0 nowhere (it is '' on what merely followed from a command), 1 in
-- its account, 2 in the world.
CREATE TABLE journal (
  position       bigint NOT NULL,
  account        bigint NOT NULL,
  epoch          bigint NOT NULL,
  version        bigint NOT NULL,
  at             bigint NOT NULL,
  content        bigint NOT NULL,
  kind           smallint NOT NULL,
  contra         smallint NOT NULL,
  scope          smallint NOT NULL,
  amount         numeric(20,8) NOT NULL,
  balance_after  numeric(20,8) NOT NULL CHECK (balance_after >= 0),
  reserved_after numeric(20,8) NOT NULL CHECK (reserved_after >= 0),
  reference      text COLLATE "C" NOT NULL,
  payload        bytea NOT NULL,
  hash           bytea NOT NULL
);

-- The guards: two writers cannot both append a version, a reference takes effect once, and what
-- happened once in the world once over all accounts.
CREATE UNIQUE INDEX journal_by_account ON journal (account, version);
CREATE UNIQUE INDEX journal_by_reference ON journal (account, reference) WHERE scope = 1;
CREATE UNIQUE INDEX journal_by_event ON journal (reference) WHERE scope = 2;
CREATE UNIQUE INDEX journal_by_position ON journal (position);

CREATE TABLE dead_letters (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source   text NOT NULL,
  reason   bytea NOT NULL, -- text, but perhaps with bytes that no text column takes
  body     bytea NOT NULL,
  at       bigint NOT NULL,
  replayed boolean NOT NULL DEFAULT false
);

CREATE INDEX dead_letters_waiting ON dead_letters (id) WHERE NOT replayed;

-- How far each reader of the journal has delivered.
CREATE TABLE outbox_cursors (
  reader   text COLLATE "C" PRIMARY KEY,
  position bigint NOT NULL
);

-- One row: what is added to transaction ids to make positions. Raised by node_join() where the
-- ids went back, as they do when a dump is restored into a new cluster.
CREATE TABLE position_base (base bigint NOT NULL);
INSERT INTO position_base VALUES (0);

-- The nodes: what they say of themselves, and until when each lives on the database's clock. A
-- process bears its node's name with an incarnation: two may bear one name, copied with its folder,
-- but only the newer one's heart beats.
CREATE TABLE nodes (
  node        text COLLATE "C" PRIMARY KEY,
  incarnation bigint NOT NULL,
  address     text NOT NULL,
  protocol    int NOT NULL,
  leaving     boolean NOT NULL DEFAULT false,
  expires_at  timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Who may append. The owner of a shard stands with its epoch, which every batch compares, and with
-- the incarnation that took it; whether it lives stands in `nodes`. '' is nobody.
CREATE TABLE leases (
  shard       smallint PRIMARY KEY,
  node        text COLLATE "C" NOT NULL,
  incarnation bigint NOT NULL DEFAULT 0,
  epoch       bigint NOT NULL
) WITH (fillfactor = 50);
INSERT INTO leases SELECT shard, '', 0, 0 FROM generate_series(0, 255) AS shard;

-- What a node's batches share and whoever changes its shards' epochs holds alone, to the end of the
-- transaction: the change waits for batches that are being written, and those after it see it.
CREATE FUNCTION fence_of(p_node text) RETURNS int LANGUAGE sql IMMUTABLE AS
  $$ SELECT hashtext(p_node) $$;

-- Enters a node under a new incarnation, which it returns. Null: a node that lives speaks another
-- protocol. 0: p_polite, and a process that lives bears the name.
CREATE FUNCTION node_join(p_node text, p_address text, p_protocol int, p_lease_ms bigint,
                          p_polite boolean DEFAULT false)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  joined bigint;
BEGIN
  IF EXISTS (SELECT FROM nodes WHERE node <> p_node AND protocol <> p_protocol AND address <> ''
                                 AND expires_at > clock_timestamp()) THEN
    RETURN NULL;
  END IF;
  PERFORM FROM nodes WHERE node = p_node FOR UPDATE;
  IF p_polite AND EXISTS (SELECT FROM nodes WHERE node = p_node
                                              AND expires_at > clock_timestamp()) THEN
    RETURN 0;
  END IF;
  DELETE FROM nodes n WHERE expires_at < clock_timestamp() - interval '1 day' AND node <> p_node
    AND NOT EXISTS (SELECT FROM leases l WHERE l.node = n.node);
  -- Positions never go back, though the transaction ids did if this is a restored dump.
  IF (SELECT base + (pg_snapshot_xmax(pg_current_snapshot())::text::bigint << 16)
             <= (SELECT max(position) FROM journal) FROM position_base) THEN
    PERFORM pg_advisory_xact_lock(1414681932, 1);
    UPDATE position_base SET base = p.newest - (p.next << 16) + 65536
      FROM (SELECT max(position) AS newest,
                   pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next FROM journal) p
      WHERE p.newest >= base + (p.next << 16);
  END IF;
  INSERT INTO nodes VALUES (p_node, 1, p_address, p_protocol, false,
                            clock_timestamp() + p_lease_ms * interval '1 ms')
    ON CONFLICT (node) DO UPDATE
      SET incarnation = nodes.incarnation + 1, address = excluded.address,
          protocol = excluded.protocol, leaving = false, expires_at = excluded.expires_at
    RETURNING incarnation INTO joined;
  RETURN joined;
END $$;

-- Beats for p_lease_ms, 0 to be dead at once. False: a newer process bears the name. A taker locks
-- the row before it looks whether the node lives: what the beaten node reads after this is its own
-- until the beat is over.
CREATE FUNCTION node_beat(p_node text, p_incarnation bigint, p_lease_ms bigint, p_leaving boolean)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  UPDATE nodes SET expires_at = clock_timestamp() + p_lease_ms * interval '1 ms',
                   leaving = p_leaving
    WHERE node = p_node AND incarnation = p_incarnation;
  RETURN FOUND;
END $$;

-- Takes those of p_shards that are free: nobody's, a dead node's, or of an older process of this
-- name. None when p_node is not alive under p_incarnation.
CREATE FUNCTION leases_take(p_node text, p_incarnation bigint, p_shards smallint[])
RETURNS TABLE (taken smallint, with_epoch bigint) LANGUAGE plpgsql AS $$
BEGIN
  -- Hearts first, then batches: both in one order, and before anything is decided.
  PERFORM FROM nodes WHERE node = p_node
    OR node IN (SELECT l.node FROM leases l WHERE shard = ANY (p_shards)) ORDER BY node FOR UPDATE;
  PERFORM pg_advisory_xact_lock(1414681933, f.fence)
    FROM (SELECT DISTINCT fence_of(l.node) AS fence FROM leases l LEFT JOIN nodes n USING (node)
          WHERE shard = ANY (p_shards)
            AND (l.node = p_node OR n.node IS NULL OR n.expires_at <= clock_timestamp())
          ORDER BY 1) f;
  RETURN QUERY UPDATE leases l
    SET node = p_node, incarnation = p_incarnation, epoch = l.epoch + 1
    WHERE shard = ANY (p_shards)
      AND EXISTS (SELECT FROM nodes n WHERE n.node = p_node AND n.incarnation = p_incarnation
                                        AND n.expires_at > clock_timestamp())
      AND CASE WHEN l.node = p_node THEN l.incarnation < p_incarnation
               ELSE NOT EXISTS (SELECT FROM nodes n WHERE n.node = l.node
                                                      AND n.expires_at > clock_timestamp()) END
    RETURNING l.shard, l.epoch;
END $$;

-- Makes those of p_shards nobody's that are still this process's, under the epochs it knows or older
-- ones: a release that comes late leaves alone what was taken since. Returns how many were.
CREATE FUNCTION leases_release(p_node text, p_incarnation bigint, p_shards smallint[],
                               p_epochs bigint[])
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  released bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(1414681933, fence_of(p_node));
  UPDATE leases l SET node = '' FROM unnest(p_shards, p_epochs) AS u (shard, epoch)
    WHERE l.shard = u.shard AND l.epoch <= u.epoch
      AND l.node = p_node AND l.incarnation = p_incarnation;
  GET DIAGNOSTICS released = ROW_COUNT;
  RETURN released;
END $$;

-- The batches of one connection: the node's shards with shard % p_lanes = p_lane get the next epoch,
-- for what is still in a lost connection's socket. Waits for a batch that is being written. Shards
-- that are not returned are not this process's any more.
CREATE FUNCTION leases_renew(p_node text, p_lanes int, p_lane int, p_incarnation bigint)
RETURNS TABLE (renewed smallint, with_epoch bigint) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(1414681933, fence_of(p_node));
  RETURN QUERY UPDATE leases l SET epoch = l.epoch + 1
    WHERE shard % p_lanes = p_lane AND node = p_node AND incarnation = p_incarnation
    RETURNING l.shard, l.epoch;
END $$;

-- A batch, whole or not at all, in one call: no connection can be lost between its parts. Returns
-- the numbers of n_.
-- p_: the fence, and the epochs of the accounts, n_ and then k_. n_: the accounts of which the caller does not know the
-- newest version, or that are new (n_before 0), from `n_before` to `n_version`. k_number: those of
-- which it does know it, having written it itself under this epoch. w_: rows of accounts that are to
-- catch up. r_: the journal's rows; r_account counts n_ and then k_ from 1. s_: snapshots.
-- LE001: another epoch owns a shard. LE003 or a unique violation: an append is stale or repeats a
-- reference; the caller finds out which.
CREATE FUNCTION journal_commit(
  p_node text, p_shards smallint[], p_epochs bigint[], p_account_epochs bigint[],
  n_id text[], n_shard smallint[], n_before bigint[], n_balance_before numeric[],
  n_version bigint[], n_balance numeric[], n_reserved numeric[], n_hash bytea[],
  k_number bigint[],
  w_number bigint[], w_version bigint[], w_balance numeric[], w_reserved numeric[], w_hash bytea[],
  r_account int[], r_version bigint[], r_at bigint[], r_content bigint[], r_kind smallint[],
  r_contra smallint[], r_scope smallint[], r_amount numeric[], r_balance numeric[],
  r_reserved numeric[], r_reference text[], r_payload bytea[], r_hash bytea[],
  s_account int[], s_version bigint[], s_hash bytea[], s_state bytea[]
) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
  found_rows bigint;
  new_numbers bigint[] := '{}';
  numbers bigint[];
  first_position bigint;
BEGIN
  -- Before the transaction has an id: this is how outbox_end() tells a batch from any other.
  PERFORM pg_advisory_xact_lock_shared(1414681932, 1);
  -- Whoever raises an epoch of this node's locks its fence first: they stay as the statement after
  -- this one finds them.
  PERFORM pg_advisory_xact_lock_shared(1414681933, fence_of(p_node));
  SELECT count(*) FROM unnest(p_shards, p_epochs) AS u (shard, epoch)
    JOIN leases l USING (shard, epoch) WHERE l.node = p_node INTO found_rows;
  IF found_rows <> cardinality(p_shards) THEN
    RAISE EXCEPTION 'fenced' USING ERRCODE = 'LE001';
  END IF;
  IF cardinality(n_id) > 0 THEN
    INSERT INTO accounts (id, shard, version, balance, reserved, hash)
      SELECT id, shard, version, balance, reserved, hash
      FROM unnest(n_id, n_shard, n_before, n_version, n_balance, n_reserved, n_hash)
        AS u (id, shard, before, version, balance, reserved, hash)
      WHERE before = 0;
    UPDATE accounts a
      SET version = u.version, balance = u.balance, reserved = u.reserved, hash = u.hash
      FROM unnest(n_id, n_before, n_balance_before, n_version, n_balance, n_reserved, n_hash)
        AS u (id, before, balance_before, version, balance, reserved, hash)
      WHERE u.before > 0 AND a.id = u.id AND a.version <= u.before
        AND EXISTS (SELECT FROM journal j WHERE j.account = a.number AND j.version = u.before
                                            AND j.balance_after = u.balance_before);
    GET DIAGNOSTICS found_rows = ROW_COUNT;
    IF found_rows <> (SELECT count(*) FROM unnest(n_before) AS before WHERE before > 0) THEN
      RAISE EXCEPTION 'stale' USING ERRCODE = 'LE003';
    END IF;
    SELECT array_agg(a.number ORDER BY u.n)
      FROM unnest(n_id) WITH ORDINALITY AS u (id, n) JOIN accounts a USING (id)
      INTO new_numbers;
  END IF;
  IF cardinality(w_number) > 0 THEN
    UPDATE accounts a
      SET version = u.version, balance = u.balance, reserved = u.reserved, hash = u.hash
      FROM (SELECT unnest(w_number) AS number, unnest(w_version) AS version,
                   unnest(w_balance) AS balance, unnest(w_reserved) AS reserved,
                   unnest(w_hash) AS hash) u
      WHERE a.number = u.number AND a.version < u.version;
    GET DIAGNOSTICS found_rows = ROW_COUNT;
    IF found_rows <> cardinality(w_number) THEN
      RAISE EXCEPTION 'stale' USING ERRCODE = 'LE003';
    END IF;
  END IF;
  IF cardinality(r_account) > 0 THEN
    numbers := new_numbers || k_number;
    SELECT base + (pg_current_xact_id()::text::bigint << 16) FROM position_base
      INTO first_position;
    -- Set-returning functions side by side, not in FROM: that would store each column first.
    INSERT INTO journal
      SELECT first_position + n, numbers[account], p_account_epochs[account], version, at, content, kind, contra, scope,
             amount, balance, reserved, reference, payload, hash
      FROM (SELECT unnest(r_account) AS account, unnest(r_version) AS version, unnest(r_at) AS at,
                   unnest(r_content) AS content, unnest(r_kind) AS kind, unnest(r_contra) AS contra,
                   unnest(r_scope) AS scope, unnest(r_amount) AS amount,
                   unnest(r_balance) AS balance, unnest(r_reserved) AS reserved,
                   unnest(r_reference) AS reference, unnest(r_payload) AS payload,
                   unnest(r_hash) AS hash, generate_subscripts(r_account, 1) AS n) u;
  END IF;
  IF cardinality(s_account) > 0 THEN
    INSERT INTO snapshots
      SELECT numbers[account], version, hash, state
      FROM unnest(s_account, s_version, s_hash, s_state) AS u (account, version, hash, state)
      ON CONFLICT (account) DO UPDATE
        SET version = excluded.version, hash = excluded.hash, state = excluded.state;
  END IF;
  RETURN new_numbers;
END $$;

-- Where a reader of all accounts must stop for now: rows below it are all there, and none will be
-- added. Positions follow transaction ids, which are given out in one order and committed in
-- another: a reader that went past a batch still being written would never see its rows. So the end
-- is the first transaction still running that may be a batch. Any other (an ANALYZE, somebody
-- else's import) shows by a transaction id without a batch's lock, and is passed over; it must still
-- be running after the locks were read, since a batch that ended in between has given its up too.
CREATE FUNCTION outbox_end() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  seen pg_snapshot;
  first_running xid8;
  others xid[];
BEGIN
  FOR attempt IN 1..100 LOOP
    seen := pg_current_snapshot();
    first_running := pg_snapshot_xmin(seen);
    EXIT WHEN first_running = pg_snapshot_xmax(seen);
    SELECT array_agg(transactionid) FROM (
      SELECT transactionid,
             bool_or(locktype = 'advisory' AND classid = 1414681932 AND objid = 1)
               OVER (PARTITION BY virtualtransaction) AS batch
      FROM pg_locks WHERE locktype IN ('transactionid', 'advisory') AND granted) held
      WHERE transactionid IS NOT NULL AND NOT batch INTO others;
    SELECT min(running) FROM pg_snapshot_xip(seen) AS running
      WHERE NOT (running::xid = ANY (coalesce(others, '{}'))
                 AND pg_xact_status(running) = 'in progress') INTO first_running;
    first_running := coalesce(first_running, pg_snapshot_xmax(seen));
    -- Ended meanwhile, or none: then look again, so that the end never goes back.
    EXIT WHEN first_running = pg_snapshot_xmax(seen)
           OR pg_xact_status(first_running) = 'in progress';
  END LOOP;
  RETURN (SELECT base + (first_running::text::bigint << 16) FROM position_base);
END $$;

-- Moves a reader's cursor forward and returns it as it stands then. Null: the position is beyond the
-- newest row, or the reader is one too many.
CREATE FUNCTION outbox_put(p_reader text, p_position bigint, p_max_readers bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  until bigint := outbox_end();
  kept bigint;
BEGIN
  IF p_position > coalesce((SELECT max(position) FROM journal WHERE position < until), 0)
     OR (NOT EXISTS (SELECT FROM outbox_cursors WHERE reader = p_reader)
         AND (SELECT count(*) FROM outbox_cursors) >= p_max_readers) THEN
    RETURN NULL;
  END IF;
  INSERT INTO outbox_cursors AS c VALUES (p_reader, p_position)
    ON CONFLICT (reader) DO UPDATE SET position = greatest(c.position, excluded.position)
    RETURNING c.position INTO kept;
  RETURN kept;
END $$;
