// Limits of plans over two processes that share a Redis, what they publish to it, and what becomes
// of both when it is killed.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';
import { test } from 'node:test';
import { listen, serve, temporaryFolder } from './node.mjs';
import { redis } from './redis.mjs';

const secret = 'a secret that both nodes know, of 32 bytes and more';
const settings = ['--market.symbols=BTCUSDT', '--auth.hash-memory-mb=8', `--auth.jwt-secret=${secret}`];

/** An access token as the product signs it. */
function token(user, plan) {
  const encode = (x) => Buffer.from(typeof x === 'string' ? x : JSON.stringify(x)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const head = encode({ alg: 'HS256', typ: 'JWT' });
  const claims = encode({ iss: 'troupe', aud: 'troupe-api', typ: 'access', sub: user, sid: 's', jti: 'j',
    role: 'user', plan, iat: now, nbf: now, exp: now + 900 });
  return `${head}.${claims}.${createHmac('sha256', secret).update(`${head}.${claims}`).digest('base64url')}`;
}

const body = JSON.stringify({ symbol: 'BTCUSDT', horizon: 6 });
const agent = new Agent({ keepAlive: true, maxSockets: 250 });

function predict(node, bearer) {
  return new Promise((done, failed) => {
    const asked = request(`${node.url}/api/ml/predictions`, { method: 'POST', agent, headers: {
      Authorization: `Bearer ${bearer}`, 'Content-Type': 'application/json', 'Content-Length': body.length } },
    (answer) => {
      let text = '';
      answer.on('data', (d) => (text += d));
      answer.on('end', () => done({ status: answer.statusCode, headers: answer.headers, text }));
    });
    asked.on('error', failed);
    asked.end(body);
  });
}

async function until(what, limitMs = 60_000) {
  for (const end = Date.now() + limitMs; ; await new Promise((r) => setTimeout(r, 50))) {
    const found = await what();
    if (found) return found;
    assert.ok(Date.now() < end, `not in time: ${what}`);
  }
}

const ready = (node) => until(async () => (await node.ask('POST', '/predictions', body)).status === 200, 180_000);
const cacheOf = async (node) =>
  (await node.ask('GET', '/health/detailed')).json.checks.find((c) => c.name === 'cache').status;
const usage = async (node, bearer) => (await node.ask('GET', '/api/ml/usage', undefined,
  { 'X-API-Key': '', Authorization: `Bearer ${bearer}` })).json.data;

test('ten thousand requests at once over two nodes: exactly ten pass', { timeout: 360_000 }, async (t) => {
  const shared = await redis(t);
  const folder = temporaryFolder(t);
  const first = await serve(t, folder, ...settings, `--redis.url=${shared.url}`);
  await ready(first);
  const models = `--models.dir=${folder}/data/models`; // so that the second need not train
  const second = await serve(t, temporaryFolder(t), ...settings, `--redis.url=${shared.url}`, models);
  await ready(second);
  const nodes = [first, second];

  const ada = token('ada', 'basic');
  const began = performance.now();
  const answers = await Promise.all(Array.from({ length: 10_000 }, (_, i) => predict(nodes[i % 2], ada)));
  const by = {};
  for (const { status } of answers) by[status] = (by[status] ?? 0) + 1;
  t.diagnostic(`statuses: ${JSON.stringify(by)} in ${Math.round(performance.now() - began)} ms`);
  assert.deepEqual(by, { 200: 10, 429: 9990 });
  const refused = answers.find((a) => a.status === 429);
  assert.equal(JSON.parse(refused.text).error.message, 'Rate limit exceeded');
  assert.equal(refused.headers['ratelimit-limit'], '10');
  assert.ok(Number(refused.headers['retry-after']) > 0);
  for (const node of nodes)
    assert.deepEqual((await usage(node, ada)).usage.predictions, { used: 10, limit: 10, remaining: 0 });

  // Other services hear what sockets hear, word for word.
  const heard = await shared.listen('signals:BTCUSDT');
  const frame = await listen(nodes[0], 'BTCUSDT').next(
    (f) => f.event === 'signal' && heard.some((text) => JSON.parse(text).seq === f.seq));
  delete frame.arrivedAt;
  assert.deepEqual(heard.map((text) => JSON.parse(text)).find((e) => e.seq === frame.seq), frame);
  assert.equal(await cacheOf(nodes[0]), 'healthy');

  // Without it everything goes on, and says so.
  await shared.kill();
  await until(async () => (await cacheOf(nodes[0])) === 'degraded');
  assert.equal((await predict(nodes[0], ada)).status, 429, 'what was known stays known');
  assert.equal((await predict(nodes[0], token('bob', 'basic'))).status, 200);
  assert.match((await nodes[0].ask('GET', '/metrics')).text, /troupe_dependency_state\{name="redis"\} 2/);
  await shared.start();
  await until(async () => (await cacheOf(nodes[0])) === 'healthy');
  const eve = token('eve', 'basic');
  assert.equal((await predict(nodes[0], eve)).status, 200);
  await until(async () => (await cacheOf(nodes[1])) === 'healthy');
  assert.equal((await usage(nodes[1], eve)).usage.predictions.used, 1, 'counted together again');
  assert.match(nodes[0].log, /redis at \S+ is away[^\n]*\n[\s\S]*is back/);
  for (const node of nodes) assert.equal((await node.stop()).code, 0);
  agent.destroy();
});

test('an address that is none stops the start and is not repeated', { timeout: 60_000 }, async (t) => {
  await assert.rejects(serve(t, temporaryFolder(t), ...settings, '--redis.url=rediss://:s3cret@cache'), (e) => {
    assert.match(e.message, /REDIS_URL .*TLS/);
    assert.doesNotMatch(e.message, /s3cret/);
    return true;
  });
});
