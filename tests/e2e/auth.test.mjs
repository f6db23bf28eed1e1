// Users against the built binary: the demo user, registration, a second factor as an authenticator
// would make it, rotation under a race, restarts, and `troupe user`.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { run, serve, temporaryFolder } from './node.mjs';

const quiet = ['--market.symbols=BTCUSDT', '--market.speed=1', '--auth.hash-memory-mb=8'];

function base32Decode(text) {
  const bits = [...text.replace(/=+$/, '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  return Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
}

const presentStep = () => Math.floor(Date.now() / 30_000);

/** RFC 6238 by hand: what an authenticator shows in that step. */
function totp(secret, step) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const hash = createHmac('sha1', base32Decode(secret)).update(counter).digest();
  const at = hash[19] & 15;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

function usersOf(node) {
  const ask = (method, path, body, token) =>
    node.ask(method, path, body, { 'X-API-Key': '', ...(token ? { Authorization: `Bearer ${token}` } : {}) });
  return {
    ask,
    me: (token) => ask('GET', '/auth/me', undefined, token),
    login: (email, password, totp) => ask('POST', '/auth/login', { email, password, ...(totp ? { totp } : {}) }),
    refresh: (refresh_token) => ask('POST', '/auth/refresh', { refresh_token }),
  };
}

test('a user from registration to second factor, over a restart', { timeout: 120_000 }, async (t) => {
  const folder = temporaryFolder(t);
  let node = await serve(t, folder, ...quiet);
  const demoToken = node.said().match(/token\s+(\S+)/)[1];
  let users = usersOf(node);
  const demo = await users.me(demoToken);
  assert.equal(demo.status, 200, demo.text);
  assert.equal(demo.json.data.user.role, 'user');
  for (const secret of ['jwt-secret', 'jwt-refresh-secret', 'demo-password'])
    assert.equal(statSync(`${folder}/data/${secret}`).mode & 0o777, 0o600);

  const ada = { email: 'Ada@Example.com', password: 'correct horse', firstName: 'Ada', lastName: 'Lovelace' };
  const made = await users.ask('POST', '/auth/register', ada);
  assert.equal(made.status, 201, made.text);
  const { access_token, refresh_token } = made.json.data.tokens;
  assert.equal(made.json.data.user.email, 'ada@example.com');
  assert.equal((await users.me(access_token)).status, 200);

  // Two refreshes with one token: one wins, and the session is over for both.
  const raced = await Promise.all([users.refresh(refresh_token), users.refresh(refresh_token)]);
  assert.deepEqual(raced.map((r) => r.status).sort(), [200, 401]);
  const winner = raced.find((r) => r.status === 200).json.data;
  assert.equal((await users.refresh(winner.refresh_token)).status, 401);

  const setup = (await users.ask('POST', '/auth/2fa/setup', undefined, access_token)).json.data;
  assert.match(setup.otpauth_url, /^otpauth:\/\/totp\/Troupe:ada@example\.com\?secret=/);
  assert.match(Buffer.from(setup.qr_code.split(',')[1], 'base64').toString(), /^<svg .*<\/svg>$/);
  const step = presentStep();
  const proof = await users.ask('POST', '/auth/2fa/verify', { token: totp(setup.secret, step) }, access_token);
  assert.deepEqual(proof.json.data, { success: true }, proof.text);
  assert.equal((await users.login(ada.email, ada.password)).json.error.code, 'TOTP_REQUIRED');
  assert.equal((await users.login(ada.email, ada.password, totp(setup.secret, step))).status, 401, 'a code is good once');

  await node.stop();
  node = await serve(t, folder, ...quiet);
  users = usersOf(node);
  assert.equal((await users.me(access_token)).status, 200, 'the secret is kept');
  assert.equal((await users.login(ada.email, ada.password, totp(setup.secret, step))).status, 401, 'spent over a restart');
  const late = await users.login(ada.email, ada.password, totp(setup.secret, step + 1)); // one ahead is taken
  assert.equal(late.status, 200, late.text);
  await node.stop();
});

test('an operator makes an admin, whose token opens /admin', { timeout: 120_000 }, async (t) => {
  const folder = temporaryFolder(t);
  const troupe = (...args) => run(['user', ...args, '--data.dir=data', '--auth.hash-memory-mb=8'], { cwd: folder });
  const made = await troupe('create', '--email=root@example.com', '--role=admin', '--plan=pro');
  assert.equal(made.code, 0, made.stderr);
  const password = made.stdout.match(/password (\S+)/)[1];
  const set = await troupe('set', '--email=root@example.com', '--kyc=approved');
  assert.match(set.stdout, /role +admin\nplan +pro\nkyc +approved/);
  assert.notEqual((await troupe('create', '--email=root@example.com')).code, 0);
  assert.match((await troupe('set', '--email=nobody@example.com', '--plan=pro')).stderr, /no such user/);
  assert.match((await troupe('set', '--email=root@example.com', '--plan=gold')).stderr, /--plan must be/);

  const node = await serve(t, folder, ...quiet);
  const users = usersOf(node);
  const login = await users.login('root@example.com', password);
  assert.equal(login.status, 200, login.text);
  const token = login.json.data.tokens.access_token;
  const demoToken = node.said().match(/token\s+(\S+)/)[1];
  assert.equal((await users.ask('GET', '/admin/users', undefined, token)).json.data.users.length, 2);
  assert.equal((await users.ask('GET', '/admin/users', undefined, demoToken)).status, 403);
  assert.equal((await users.ask('GET', '/admin/ledger/trial-balance', undefined, token)).status, 200);
  const log = (await users.ask('GET', '/admin/audit', undefined, token)).json.data.audit;
  assert.ok(log.some((row) => row.kind === 'user_changed' && row.actor === 'command-line'));
  const text = readFileSync(`${folder}/data/users.sqlite3`).toString('latin1');
  assert.ok(!text.includes(password) && !node.log.includes(password), 'no password is kept or logged');
  assert.match((await troupe('show', '--email=root@example.com')).stderr, /users\.sqlite3/, 'the node holds the file');
  await node.stop();
});
