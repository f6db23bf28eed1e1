// Users on the sockets of the built binary: the front-end's hook as it is, money that moves, prices,
// and a logout that ends what is open.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { io } from 'socket.io-client';
import WebSocket from 'ws';
import { serve, temporaryFolder } from './node.mjs';

const once = (socket, event) => new Promise((done) => socket.once(event, (...args) => done(args)));

/** The demo user of a node: a fresh login, so that a logout ends nobody else's. */
async function demoUser(node, folder) {
  const password = readFileSync(`${folder}/data/demo-password`, 'utf8').trim();
  const login = await node.ask('POST', '/auth/login', { email: 'demo@troupe.example', password });
  assert.equal(login.status, 200, login.text);
  return { id: login.json.data.user.id, token: login.json.data.tokens.access_token };
}

/** Pays into the wallet of a user, as an operator. */
async function fund(node, folder, user, amount, key) {
  const admin = readFileSync(`${folder}/data/admin-key`, 'utf8').trim();
  const paid = await node.ask('POST', `/admin/wallets/${user}/fund`, { amount }, { 'X-API-Key': admin, 'Idempotency-Key': key });
  assert.equal(paid.status, 200, paid.text);
}

function open(t, url, token) {
  const socket = io(url, { auth: { token }, transports: ['websocket'], forceNew: true, reconnection: false });
  t.after(() => socket.disconnect());
  return socket;
}

test('the hook hears live signals, and the root prices and accounts, until the logout', { timeout: 240_000 }, async (t) => {
  const folder = temporaryFolder(t);
  const node = await serve(t, folder, '--market.symbols=BTCUSDT', '--auth.hash-memory-mb=8');
  const user = await demoUser(node, folder);

  // The front-end's hook, unchanged but for the names around it.
  const hook = io(`${node.url}/signals`, { auth: { token: user.token }, transports: ['websocket'] });
  t.after(() => hook.disconnect());
  const live = new Promise((done) => hook.on('signal', done));
  hook.on('connect', () => hook.emit('subscribe', 'BTCUSDT'));

  const root = open(t, node.url, user.token);
  await once(root, 'connect');
  const channel = `user:${user.id}:accounts`;
  const subscribed = once(root, 'subscribed');
  root.emit('subscribe', channel);
  await subscribed;
  const accounts = [];
  root.on('account_updated', (a) => accounts.push({ ...a, arrivedAt: performance.now() }));
  const balance = async (want) => {
    while (accounts.at(-1)?.balance !== want) await once(root, 'account_updated');
    return accounts.at(-1);
  };
  const paidAt = performance.now();
  await fund(node, folder, user.id, '250.50', 'first');
  const told = await balance('250.50');
  t.diagnostic(`told ${(told.arrivedAt - paidAt).toFixed(0)} ms after the deposit was asked for`);
  assert.equal(told.account_id, `wallet:${user.id}`);
  assert.equal(told.breaker.state, 'closed');
  await fund(node, folder, user.id, '1', 'second');
  const later = await balance('251.50');
  assert.ok(later.seq > told.seq && later.version > told.version);

  // A new socket begins with the newest picture, on a plain WebSocket too.
  const plain = new WebSocket(`${node.url.replace('http', 'ws')}/ws?token=${user.token}`);
  t.after(() => plain.terminate());
  await once(plain, 'open');
  const frames = [];
  plain.on('message', (data) => frames.push(JSON.parse(data.toString())));
  plain.send(JSON.stringify({ op: 'subscribe', channel }));
  while (frames.length < 2) await once(plain, 'message');
  assert.deepEqual([frames[0].event, frames[1].event, frames[1].data.balance], ['subscribed', 'account_updated', '251.50']);
  plain.send(JSON.stringify({ op: 'subscribe', channel: 'user:somebody:accounts' }));
  while (frames.length < 3) await once(plain, 'message');
  assert.equal(frames[2].code, 'FORBIDDEN');

  const price = once(root, 'price_update');
  root.emit('subscribe', 'ticker:BTCUSDT');
  const [{ symbol, price: last, seq }] = await price;
  assert.ok(symbol === 'BTCUSDT' && last > 0 && Number.isInteger(seq));
  const signal = await live;
  assert.equal(signal.symbol, 'BTCUSDT');
  assert.ok(['buy', 'sell', 'hold'].includes(signal.signal.type) && signal.priceRange.current > 0);

  const admin = readFileSync(`${folder}/data/admin-key`, 'utf8').trim();
  const listed = await node.ask('GET', '/admin/sessions', undefined, { 'X-API-Key': admin });
  assert.equal(listed.json.data.sessions, 3, listed.text);
  const ended = [once(hook, 'disconnect'), once(root, 'disconnect'), once(plain, 'close')];
  const out = await node.ask('POST', '/auth/logout', undefined, { Authorization: `Bearer ${user.token}` });
  assert.equal(out.status, 200, out.text);
  const [[hookWhy], [rootWhy], [code, reason]] = await Promise.all(ended);
  assert.deepEqual([hookWhy, rootWhy, code, reason.toString()], ['io server disconnect', 'io server disconnect', 4401, 'logged out']);
  const late = open(t, node.url, user.token);
  assert.equal((await once(late, 'error'))[0].message, 'the session has ended');
  assert.equal((await node.stop()).code, 0);
});
