// The commands on a PostgreSQL of the tests' own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run, temporaryFolder } from './node.mjs';
import { postgres } from './postgres.mjs';

test('migrate brings a database up, says so, and refuses a newer one', { timeout: 120_000 }, async (t) => {
  const cwd = temporaryFolder(t);
  const server = await postgres(t);
  const url = server.makeDatabase();
  const migrate = () => run(['migrate'], { cwd, env: { DATABASE_URL: url } });

  const first = await migrate();
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /^postgres:\/\/troupe@127\.0\.0\.1:\d+\/test_1: schema 0 -> \d+\n$/);
  assert.match((await migrate()).stdout, /schema \d+ is current/);
  assert.match(server.sql(url, 'SELECT count(*) FROM troupe.candles'), /^0$/);

  server.sql(url, "INSERT INTO troupe.schema_version (version, name) VALUES (99, 'later')");
  const newer = await migrate();
  assert.equal(newer.code, 1);
  assert.match(newer.stderr, /schema 99, newer than this program's \d+; use the program that wrote it/);

  await server.stopImmediately();
  const away = await migrate();
  assert.equal(away.code, 1);
  assert.match(away.stderr, /refused/);
  await server.startAgain();
  assert.equal(server.sql(url, 'SELECT max(version) FROM troupe.schema_version'), '99');
});
