// An external ML engine beside the node: what becomes of accounts is told to it in order and once
// under each id, also when it is down at first, answers errors for a while, or the node is killed.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { serve, temporaryFolder } from './node.mjs';

/** An engine that remembers what it took; `plan(n)` is the status of its n-th answer to a POST. */
function makeEngine(t, plan = () => 200) {
  const engine = { heard: [], taken: [], port: 0 };
  const waiting = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (d) => (body += d));
    request.on('end', () => {
      if (request.method !== 'POST') return response.writeHead(200).end('{}'); // its health
      const told = {
        key: request.headers['idempotency-key'], apiKey: request.headers['x-api-key'],
        path: request.url, body: body ? JSON.parse(body) : undefined,
      };
      engine.heard.push(told);
      const status = plan(engine.heard.length);
      if (status < 300 && !engine.taken.some((x) => x.key === told.key)) engine.taken.push(told);
      response.writeHead(status, { 'Content-Type': 'application/json' }).end('{}');
      for (const w of [...waiting]) if (w.test()) waiting.splice(waiting.indexOf(w), 1)[0].done();
    });
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  engine.listen = (port = 0) => new Promise((done, failed) => {
    server.on('error', failed);
    server.listen(port, '127.0.0.1', () => {
      engine.port = server.address().port;
      done(engine);
    });
  });
  engine.until = (check) => new Promise((done) => (check() ? done() : waiting.push({ test: check, done })));
  engine.of = (id) => engine.taken.filter((x) => x.key.startsWith(`${id}:`));
  return engine;
}

/** A port that was free a moment ago. */
async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

const start = (t, folder, port) => serve(t, folder, '--market.symbols=BTCUSDT',
  `--ml-engine.url=http://127.0.0.1:${port}`, '--ml-engine.client-key=our-key',
  '--ml-engine.retry-attempts=1', '--ml-engine.poll-ms=50');

async function must(node, status, method, path, body, headers) {
  const answer = await node.ask(method, path, body, headers);
  assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
  return answer.json;
}

/** A whole life over HTTP; six rows, the last is version 6. */
async function live(node, id) {
  const at = `/api/v1/trading/accounts/${id}`;
  const keyed = (key) => ({ 'Idempotency-Key': `${id}-${key}` });
  await must(node, 201, 'POST', '/api/v1/trading/accounts',
    { account_id: id, product_id: 'orion', agent_type: 'swing', initial_capital: '1000', agent_config: {} });
  await must(node, 200, 'POST', `${at}/capital`,
    { operation: 'deposit', amount: '0.1', new_total_capital: '1000.1' }, keyed('in'));
  await must(node, 200, 'POST', `${at}/pause`, undefined, keyed('pause'));
  await must(node, 200, 'POST', `${at}/resume`, undefined, keyed('resume'));
  await must(node, 200, 'POST', `${at}/capital`,
    { operation: 'withdrawal', amount: '1000.1', new_total_capital: '0' }, keyed('out'));
  await must(node, 200, 'POST', `${at}/close`, undefined, keyed('close'));
}

function assertToldWhole(engine, id) {
  const at = `/api/v1/trading/accounts/${id}`;
  const told = engine.of(id).map(({ key, path, body }) => ({ key, path, body }));
  assert.deepEqual(told, [
    { key: `${id}:1`, path: '/api/v1/trading/accounts',
      body: { account_id: id, product_id: 'orion', agent_type: 'swing', initial_capital: '1000.00', agent_config: {} } },
    { key: `${id}:2`, path: `${at}/capital`,
      body: { operation: 'deposit', amount: '0.10', new_total_capital: '1000.10' } },
    { key: `${id}:3`, path: `${at}/pause`, body: undefined },
    { key: `${id}:4`, path: `${at}/resume`, body: undefined },
    { key: `${id}:5`, path: `${at}/capital`,
      body: { operation: 'withdrawal', amount: '1000.10', new_total_capital: '0.00' } },
    { key: `${id}:6`, path: `${at}/close`, body: undefined },
  ]);
  for (const told of engine.heard) assert.equal(told.apiKey, 'our-key');
}

test('an engine hears of every account, each row once and in order', { timeout: 60_000 }, async (t) => {
  const engine = await makeEngine(t).listen();
  const node = await start(t, temporaryFolder(t), engine.port);
  const ids = ['acc-a', 'acc-b', 'acc-c'];
  await Promise.all(ids.map((id) => live(node, id)));
  await engine.until(() => engine.taken.length === 18);
  for (const id of ids) assertToldWhole(engine, id);
  assert.equal(engine.heard.length, 18, 'nothing was said twice');
  const { json } = await node.ask('GET', '/health/detailed');
  const breaker = json.breakers.find((b) => b.name === 'ml-engine');
  assert.equal(breaker.state, 'closed');
  const { text } = await node.ask('GET', '/metrics');
  assert.match(text, /troupe_dependency_state\{name="ml-engine"\} 0\n/);
  assert.match(text, /troupe_outbox_told_total 18\n/);
  assert.deepEqual(await node.stop(), { code: 0, signal: null });
});

test('an engine that comes up late and stumbles hears everything all the same', { timeout: 120_000 }, async (t) => {
  const port = await freePort();
  const node = await start(t, temporaryFolder(t), port);
  await live(node, 'acc-a');
  let failures = 0;
  while (failures === 0) { // asked once at least while nobody is there
    const { json } = await node.ask('GET', '/health/detailed');
    failures = json.breakers.find((b) => b.name === 'ml-engine')?.failures ?? 0;
  }
  assert.equal((await node.ask('GET', '/health/live')).status, 200);
  const engine = await makeEngine(t, (n) => (n % 2 === 1 && n < 4 ? 500 : 200)).listen(port);
  await live(node, 'acc-b');
  await engine.until(() => engine.taken.length === 12);
  assertToldWhole(engine, 'acc-a');
  assertToldWhole(engine, 'acc-b');
  assert.ok(engine.heard.length >= 14, 'what was answered 500 is said again');
});

test('a node that is killed goes on where it was', { timeout: 120_000 }, async (t) => {
  const folder = temporaryFolder(t);
  const engine = await makeEngine(t).listen();
  let node = await start(t, folder, engine.port);
  await live(node, 'acc-a');
  await engine.until(() => engine.taken.length >= 2);
  await node.stop('SIGKILL');
  node = await start(t, folder, engine.port);
  await live(node, 'acc-b');
  await engine.until(() => engine.taken.length === 12);
  assertToldWhole(engine, 'acc-a');
  assertToldWhole(engine, 'acc-b');
});

test('an engine that is named later is told from the beginning', { timeout: 120_000 }, async (t) => {
  const folder = temporaryFolder(t);
  let node = await serve(t, folder, '--market.symbols=BTCUSDT');
  await live(node, 'acc-a');
  await node.stop();
  const engine = await makeEngine(t).listen();
  node = await start(t, folder, engine.port);
  await engine.until(() => engine.taken.length === 6);
  assertToldWhole(engine, 'acc-a');
});
