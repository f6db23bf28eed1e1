// What two processes share through one Redis beside plans' limits: tries at passwords, requests of an
// address, events for other services, users' plans, and answers for one that warms up.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import WebSocket from 'ws';
import { run, serve, temporaryFolder } from './node.mjs';
import { redis } from './redis.mjs';

const settings = ['--market.symbols=BTCUSDT', '--auth.hash-memory-mb=8', '--http.trusted-proxies=127.0.0.1'];

async function until(what, limitMs = 60_000) {
  for (const end = Date.now() + limitMs; ; await new Promise((r) => setTimeout(r, 50))) {
    const found = await what();
    if (found) return found;
    assert.ok(Date.now() < end, `not in time: ${what}`);
  }
}

/** How many of `count` requests at once, in turns at each node, got which status. */
async function statuses(nodes, count, ask) {
  const by = {};
  const answers = await Promise.all(Array.from({ length: count }, (_, i) => ask(nodes[i % nodes.length], i)));
  for (const { status } of answers) by[status] = (by[status] ?? 0) + 1;
  return { by, answers };
}

const login = (node, email, from, password = 'no such password') => node.ask('POST', '/auth/login',
  { email, password }, { 'X-API-Key': '', 'X-Forwarded-For': from });

test('tries at one e-mail, of one address, and requests without a key: as many at two nodes as at one',
  { timeout: 120_000 }, async (t) => {
    const shared = await redis(t);
    const nodes = [];
    for (let i = 0; i < 2; ++i) nodes.push(await serve(t, temporaryFolder(t), ...settings, `--redis.url=${shared.url}`));

    const email = await statuses(nodes, 40, (node, i) => login(node, 'ada@example.com', `10.0.0.${i}`));
    assert.deepEqual(email.by, { 401: 5, 429: 35 });
    const refused = email.answers.find((a) => a.status === 429);
    assert.equal(refused.json.error.message, 'Rate limit exceeded');
    assert.equal(refused.headers.get('ratelimit-policy'), '"logins";q=5;w=60');
    const wait = Number(refused.headers.get('retry-after'));
    assert.ok(wait > 50 && wait <= 60, `${wait} s`);
    const address = await statuses(nodes, 40, (node, i) => login(node, `user${i}@example.com`, '10.1.0.1'));
    assert.deepEqual(address.by, { 401: 5, 429: 35 });

    // Within one minute of the clock, where a new one begins.
    const leftMs = 60_000 - Date.now() % 60_000;
    if (leftMs < 15_000) await new Promise((r) => setTimeout(r, leftMs + 100));
    const engine = await statuses(nodes, 150, (node) =>
      node.ask('GET', '/models/status', undefined, { 'X-API-Key': '', 'X-Forwarded-For': '10.2.0.1' }));
    assert.deepEqual(engine.by, { 401: 100, 429: 50 });
    assert.equal((await nodes[0].ask('GET', '/models/status')).status, 200, 'a key vouches');

    // Without it each node counts by itself, on from what it has let pass, and nobody waits for it.
    await shared.kill();
    await until(async () => (await Promise.all(nodes.map((n) => n.ask('GET', '/health/detailed'))))
      .every((a) => a.json.checks.find((c) => c.name === 'cache').status === 'degraded'));
    const began = performance.now();
    const alone = await statuses(nodes, 40, (node, i) => login(node, 'bob@example.com', `10.3.0.${i}`));
    t.diagnostic(`40 logins without Redis in ${Math.round(performance.now() - began)} ms`);
    assert.deepEqual(alone.by, { 401: 10, 429: 30 }, 'five at each node');
    for (const node of nodes) assert.equal((await node.stop()).code, 0);
  });

test('other services hear prices and accounts as sockets do, and find the plan', { timeout: 240_000 }, async (t) => {
  const shared = await redis(t);
  const folder = temporaryFolder(t);
  const node = await serve(t, folder, ...settings, `--redis.url=${shared.url}`);
  const admin = readFileSync(`${folder}/data/admin-key`, 'utf8').trim();
  const password = readFileSync(`${folder}/data/demo-password`, 'utf8').trim();
  const { user, tokens } = (await login(node, 'demo@troupe.example', '10.0.0.1', password)).json.data;
  const fund = async (amount, key) => {
    const paid = await node.ask('POST', `/admin/wallets/${user.id}/fund`, { amount }, { 'X-API-Key': admin, 'Idempotency-Key': key });
    assert.equal(paid.status, 200, paid.text);
  };
  const [accounts, trades, positions, prices] = await Promise.all(['accounts', 'trades', 'positions']
    .map((topic) => shared.listen(`user:${user.id}:${topic}`)).concat(shared.listen('ticker:BTCUSDT')));

  // Nobody is connected, and others hear of it.
  await fund('250.50', 'first');
  await until(() => accounts.length > 0);
  const first = JSON.parse(accounts[0]);
  assert.equal(first.event, 'account_updated');
  assert.equal(first.channel, `user:${user.id}:accounts`);
  assert.equal(first.data.account_id, `wallet:${user.id}`);
  assert.equal(first.data.balance, '250.50');
  assert.match(first.data.event_id, /^wallet:.+:\d+$/);

  // Those who are connected hear the same words.
  const socket = new WebSocket(`${node.url.replace('http', 'ws')}/ws`, { headers: { Authorization: `Bearer ${tokens.access_token}` } });
  t.after(() => socket.terminate());
  const heard = [];
  socket.on('message', (data) => heard.push(data.toString()));
  await new Promise((done) => socket.on('open', done));
  for (const channel of [`user:${user.id}:accounts`, `user:${user.id}:trades`, `user:${user.id}:positions`, 'ticker:BTCUSDT'])
    socket.send(JSON.stringify({ op: 'subscribe', channel }));
  const events = (event) => heard.filter((text) => JSON.parse(text).event === event);
  await until(() => events('subscribed').length === 4 && events('account_updated').length > 0);
  const secret = { 'X-API-Key': admin };
  const invested = await node.ask('POST', `/admin/users/${user.id}/kyc`, { status: 'approved' }, secret);
  assert.equal(invested.status, 200, invested.text);
  const bearer = { 'X-API-Key': '', Authorization: `Bearer ${tokens.access_token}` };
  const made = await node.ask('POST', '/investment/accounts', { product_id: 'atlas', amount: '200.00' }, { ...bearer, 'Idempotency-Key': 'i-1' });
  assert.ok(made.status < 300, made.text);
  await until(() => accounts.some((text) => JSON.parse(text).data.balance === '50.50'));
  await until(() => events('account_updated').some((text) => JSON.parse(text).data.balance === '50.50'));
  for (const text of events('account_updated')) assert.ok(accounts.includes(text), text);

  await until(() => prices.length > 1 && events('price_update').length > 1, 180_000);
  assert.ok(events('price_update').every((text) => prices.includes(text)));
  assert.deepEqual(Object.keys(JSON.parse(prices[0]).data), ['symbol', 'price', 'volume', 'timestamp']);
  assert.deepEqual([trades, positions], [[], []]);

  // A client that comes back with a number from before this node knew the user is told the gap.
  socket.send(JSON.stringify({ op: 'unsubscribe', channel: `user:${user.id}:trades` }));
  socket.send(JSON.stringify({ op: 'subscribe', channel: `user:${user.id}:trades`, since: 41 }));
  await until(() => events('gap').length === 1);
  const gap = JSON.parse(events('gap')[0]);
  assert.deepEqual([gap.channel, gap.from], [`user:${user.id}:trades`, 42]);
  assert.ok(gap.to > 41);

  // The plan is there for others, and is what a key of the user has.
  const plan = `user:${user.id}:plan`;
  assert.equal(await shared.ask(`GET ${plan}`), 'free');
  const key = (await node.ask('POST', '/auth/api-keys', { name: 'bot', scopes: 'signals market' }, bearer)).json.data.key;
  const limit = async () => (await node.ask('GET', '/ml/indicators/BTCUSDT', undefined, { 'X-API-Key': key })).headers.get('ratelimit-limit');
  const changed = await node.ask('POST', `/admin/users/${user.id}/plan`, { plan: 'pro' }, secret);
  assert.equal(changed.status, 200, changed.text);
  await until(async () => await shared.ask(`GET ${plan}`) === 'pro'); // behind the answer
  assert.ok(Number(await shared.ask(`TTL ${plan}`)) > 3500);
  assert.equal(await limit(), '500');
  assert.equal((await node.stop()).code, 0);
  const set = await run(['user', 'set', '--email=demo@troupe.example', '--plan=basic', `--data.dir=${folder}/data`, `--redis.url=${shared.url}`]);
  assert.equal(set.code, 0, set.stderr);
  assert.equal(await shared.ask(`GET ${plan}`), 'basic');
});

test('users of a node that warms up are answered with what another knew', { timeout: 120_000 }, async (t) => {
  const shared = await redis(t);
  const folder = temporaryFolder(t);
  const node = await serve(t, folder, ...settings, `--redis.url=${shared.url}`);
  const password = readFileSync(`${folder}/data/demo-password`, 'utf8').trim();
  const { tokens } = (await login(node, 'demo@troupe.example', '10.0.0.1', password)).json.data;
  const ask = () => node.ask('POST', '/api/ml/predictions', { symbol: 'BTCUSDT', horizon: 6 },
    { 'X-API-Key': '', Authorization: `Bearer ${tokens.access_token}` });
  assert.equal((await ask()).json.error.code, 'FEATURE_ERROR', 'its models are being trained');

  // As the other has put it there.
  const known = '{"symbol":"BTCUSDT","horizon":6,"predicted_high":60391.25,"predicted_low":59870.1,"confidence":0.803}';
  await shared.ask(`SET troupe:cache:prediction:BTCUSDT:6 '${known}' PX 60000`);
  const asked = await ask();
  assert.equal(asked.status, 200, asked.text);
  assert.equal(asked.json.metadata.cached, true);
  assert.deepEqual(asked.json.data, { ...JSON.parse(known), formattedPredictedHigh: '$60,391.25',
    formattedPredictedLow: '$59,870.1', confidenceLabel: 'Very High' });
  assert.equal((await node.stop()).code, 0);
});
