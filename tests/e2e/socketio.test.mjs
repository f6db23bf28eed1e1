// The stock socket.io-client against the library behind the product: transports, reconnection, acks,
// bytes, tokens, and the front-end's hook unchanged.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { io } from 'socket.io-client';

const program = resolve(process.env.SOCKETIO_SERVER ?? '../../build/tests/socketio_server');
const kinds = { polling: ['polling'], websocket: ['websocket'], upgrade: ['polling', 'websocket'] };
const token = 'alice.good';

/** Starts the server on several io threads, so that requests of one session meet on different ones. */
async function start(t, threads = 2) {
  const child = spawn(program, ['0', String(threads)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((done) => child.on('close', done));
  t.after(() => {
    child.kill('SIGKILL');
    return ended;
  });
  const said = await new Promise((ready, failed) => {
    child.stdout.on('data', (d) => ready(d.toString()));
    ended.then((code) => failed(new Error(`the server ended with ${code}`)));
  });
  const [, echo, live] = said.match(/echo (\d+) live (\d+)/);
  return {
    echo: `http://127.0.0.1:${echo}`,
    live: `http://127.0.0.1:${live}`,
    tell: (line) => child.stdin.write(`${line}\n`),
  };
}

function open(t, url, options = {}) {
  const socket = io(url, { forceNew: true, ...options });
  t.after(() => socket.disconnect());
  return socket;
}

const once = (socket, event) => new Promise((done) => socket.once(event, (...args) => done(args)));

for (const [kind, transports] of Object.entries(kinds)) {
  test(`${kind}: events, acks and bytes come back as they were sent`, { timeout: 20_000 }, async (t) => {
    const server = await start(t);
    const socket = open(t, server.echo, { transports, auth: { name: 'x' } });
    assert.deepEqual(await once(socket, 'auth'), [{ name: 'x' }]);
    if (kind === 'upgrade' && socket.io.engine.transport.name !== 'websocket')
      await once(socket.io.engine, 'upgrade');
    assert.equal(socket.io.engine.transport.name, kind === 'polling' ? 'polling' : 'websocket');
    const back = once(socket, 'message-back');
    socket.emit('message', 1, '2', { 3: [true, null, 'ñ€😀'] });
    assert.deepEqual(await back, [1, '2', { 3: [true, null, 'ñ€😀'] }]);
    assert.equal(await socket.timeout(5000).emitWithAck('message-with-ack', 'again'), 'again');
    const bytes = once(socket, 'message-back');
    socket.emit('message', Buffer.from([1, 2, 3]), { deep: Buffer.from([4, 0, 255]) });
    assert.deepEqual(await bytes, [Buffer.from([1, 2, 3]), { deep: Buffer.from([4, 0, 255]) }]);
    const acked = await socket.timeout(5000).emitWithAck('message-with-ack', Buffer.from([9]));
    assert.deepEqual(acked, Buffer.from([9]));
    const large = 'x'.repeat(300_000);
    assert.equal(await socket.timeout(5000).emitWithAck('message-with-ack', large), large);
  });

  test(`${kind}: heartbeats keep a client, and many messages keep their order`, { timeout: 20_000 }, async (t) => {
    const server = await start(t);
    const socket = open(t, server.echo, { transports });
    await once(socket, 'connect');
    let lost = false;
    socket.on('disconnect', () => (lost = true));
    const numbers = [];
    const all = new Promise((done) => socket.on('message-back', (n) => numbers.push(n) === 500 && done()));
    for (let i = 0; i < 500; ++i) socket.emit('message', i);
    await all;
    assert.deepEqual(numbers, [...Array(500).keys()]);
    for (let i = 0; i < 4; ++i) await once(socket.io, 'ping'); // 300 ms each, 200 ms for the pong
    assert.equal(lost, false);
  });

  test(`${kind}: signals of a symbol arrive in its namespace`, { timeout: 20_000 }, async (t) => {
    const server = await start(t);
    const socket = open(t, `${server.live}/signals`, { transports, auth: { token } });
    const subscribed = once(socket, 'subscribed');
    socket.emit('subscribe', 'BTCUSDT');
    assert.equal((await subscribed)[0].symbol, 'BTCUSDT');
    const first = once(socket, 'signal');
    server.tell('publish BTCUSDT');
    const [signal] = await first;
    assert.equal(signal.symbol, 'BTCUSDT');
    assert.equal(signal.signal.type, 'buy');
    assert.ok(Number.isInteger(signal.seq));
    const left = once(socket, 'unsubscribed');
    socket.emit('unsubscribe', 'BTCUSDT');
    assert.equal((await left)[0].symbol, 'BTCUSDT');
  });
}

test("the front-end's hook shows signals unchanged", { timeout: 20_000 }, async (t) => {
  const server = await start(t);
  const newSocket = io(`${server.live}/signals`, { auth: { token }, transports: ['websocket'] });
  t.after(() => newSocket.disconnect());
  const shown = new Promise((done) => newSocket.on('signal', done));
  await once(newSocket, 'connect');
  const ready = once(newSocket, 'subscribed');
  newSocket.emit('subscribe', 'ETHUSDT');
  await ready;
  server.tell('publish ETHUSDT');
  const data = await shown;
  assert.equal(data.symbol, 'ETHUSDT');
  assert.equal(data.type, 'signal');
  assert.ok(data.signal.confidence > 0 && data.priceRange.current > 0 && data.data.entry > 0);
});

test('a wrong token is a connect_error, in any place where it may be', { timeout: 20_000 }, async (t) => {
  const server = await start(t);
  for (const options of [{}, { auth: { token: 'alice.bad' } }, { query: { token: 'alice.bad' } }]) {
    const socket = open(t, server.live, { transports: ['websocket'], ...options });
    const [error] = await once(socket, 'connect_error');
    assert.equal(error.message, 'UNAUTHORIZED');
    assert.equal(error.data.code, 'UNAUTHORIZED');
  }
  await once(open(t, server.live, { query: { token } }), 'connect');
  await once(open(t, server.live, { extraHeaders: { Authorization: `Bearer ${token}` } }), 'connect');
  const [error] = await once(open(t, `${server.live}/random`, { auth: { token } }), 'connect_error');
  assert.equal(error.message, 'Invalid namespace');
});

test('two namespaces share one connection', { timeout: 20_000 }, async (t) => {
  const server = await start(t);
  const root = io(server.live, { auth: { token }, forceNew: true });
  const signals = root.io.socket('/signals', { auth: { token } });
  t.after(() => [root, signals].map((s) => s.disconnect()));
  const subscribed = [once(root, 'subscribed'), once(signals, 'subscribed')];
  root.emit('subscribe', 'BTCUSDT');
  signals.emit('subscribe', 'BTCUSDT');
  await Promise.all(subscribed);
  const heard = [once(root, 'ml_signal_new'), once(root, 'prediction'), once(signals, 'signal')];
  server.tell('publish BTCUSDT');
  const [[fresh], [prediction], [signal]] = await Promise.all(heard);
  assert.equal(fresh.seq, signal.seq);
  assert.ok(prediction.predicted_high > 0);
});

test('a client that comes back resumes after the last it saw', { timeout: 20_000 }, async (t) => {
  const server = await start(t);
  const socket = open(t, `${server.live}/signals`, { auth: { token }, reconnectionDelay: 10 });
  await once(socket, 'connect');
  const ready = once(socket, 'subscribed');
  socket.emit('subscribe', 'BTCUSDT');
  await ready;
  const seen = [];
  const count = (n) => new Promise((done) => {
    const look = (s) => {
      seen.push(s.seq);
      if (seen.length === n) {
        socket.off('signal', look);
        done();
      }
    };
    socket.on('signal', look);
  });
  const two = count(2);
  server.tell('publish BTCUSDT');
  await two;
  const again = once(socket, 'connect');
  socket.io.engine.close(); // as a lost connection: the client comes back by itself
  server.tell('publish BTCUSDT');
  await again;
  const rest = count(4);
  socket.emit('subscribe', 'BTCUSDT', { since: seen.at(-1) });
  await rest;
  assert.deepEqual(seen, [0, 1, 2, 3].map((i) => seen[0] + i));
});

test('an expired token and a stop are told before the end', { timeout: 20_000 }, async (t) => {
  const server = await start(t);
  const socket = open(t, `${server.live}/signals`, { auth: { token }, reconnection: false });
  await once(socket, 'connect');
  const told = once(socket, 'error');
  const ended = once(socket, 'disconnect');
  server.tell('expire');
  assert.equal((await told)[0].code, 'UNAUTHORIZED');
  assert.equal((await ended)[0], 'io server disconnect');
  const other = await start(t);
  for (const transports of Object.values(kinds)) {
    const stays = open(t, other.live, { transports, auth: { token }, reconnection: false });
    await once(stays, 'connect');
    // Who is between two polls, or changes over, may find the door shut before it is told.
    if (transports.length > 1 && stays.io.engine.transport.name !== 'websocket')
      await once(stays.io.engine, 'upgrade');
    stays.shutdown = Promise.all([once(stays, 'serverShutdown'), once(stays, 'disconnect')]);
    other.clients = [...(other.clients ?? []), stays.shutdown];
  }
  other.tell('stop');
  for (const [, [why]] of await Promise.all(other.clients)) assert.match(why, /transport (close|error)/);
});

test('who breaks the protocol is closed and others go on', { timeout: 20_000 }, async (t) => {
  const server = await start(t);
  const good = open(t, server.echo, { transports: ['websocket'] });
  await once(good, 'connect');
  const bad = open(t, server.echo, { transports: ['websocket'], reconnection: false });
  await once(bad, 'connect');
  const ended = once(bad, 'disconnect');
  bad.io.engine.write('2{"not":"an event"}');
  assert.match((await ended)[0], /transport (close|error)/);
  assert.equal(await good.timeout(5000).emitWithAck('message-with-ack', 1), 1);
});
