// A stand-in for a market data provider on loopback, over TLS: Binance's spot REST and combined
// streams, and Polygon's aggregates and streams, as their documentation has them. Its market is
// made up but fixed, so that every candle has one truth; its clock may run fast; and it fails on
// command. For tests only.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';

export const slotMs = 300_000;
const minuteMs = 60_000;

/** An authority and a certificate for localhost signed by it, made anew. */
export function makeAuthority(folder, name) {
  const at = (file) => join(folder, `${name}-${file}`);
  const openssl = (...args) => execFileSync('openssl', args, { stdio: 'pipe' });
  const key = (file) => ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', at(file)];
  openssl('req', '-x509', ...key('ca.key'), '-out', at('ca.pem'), '-days', '2', '-subj', `/CN=${name} authority`);
  openssl('req', ...key('host.key'), '-out', at('host.csr'), '-subj', '/CN=localhost');
  writeFileSync(at('ext'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  openssl('x509', '-req', '-in', at('host.csr'), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial',
    '-days', '2', '-extfile', at('ext'), '-out', at('host.pem'));
  return { ca: at('ca.pem'), key: readFileSync(at('host.key')), cert: readFileSync(at('host.pem')) };
}

// A number in [0, 1) that is the same for the same arguments.
function fixed(symbol, n, salt) {
  let h = 2166136261 ^ salt;
  for (const c of `${symbol}:${n}`) h = Math.imul(h ^ c.charCodeAt(0), 16777619);
  h = Math.imul(h ^ (h >>> 15), 2246822507);
  h = Math.imul(h ^ (h >>> 13), 3266489909);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

const cents = (x) => Math.round(x * 100) / 100;
const priceAt = (symbol, minute) => cents(1000 * (2 + Math.sin(minute / 700) + 0.02 * fixed(symbol, minute, 1)));

/** The one true candle of a minute, and of a slot made of its five. */
export function minuteTruth(symbol, minute) {
  const open = priceAt(symbol, minute - 1);
  const close = priceAt(symbol, minute);
  return {
    t: minute * minuteMs, o: open, c: close,
    h: cents(Math.max(open, close) + 3 * fixed(symbol, minute, 2)),
    l: cents(Math.min(open, close) - 3 * fixed(symbol, minute, 3)),
    v: Math.floor(fixed(symbol, minute, 4) * 1000) + 1,
  };
}

export function truth(symbol, slot, minutes = 5) {
  const all = Array.from({ length: minutes }, (_, i) => minuteTruth(symbol, slot * 5 + i));
  return {
    t: slot * slotMs, o: all[0].o, c: all.at(-1).c,
    h: Math.max(...all.map((m) => m.h)), l: Math.min(...all.map((m) => m.l)),
    v: all.reduce((sum, m) => sum + m.v, 0),
  };
}

const eight = (x) => x.toFixed(8);

/**
 * Starts it. `speed`: how fast its clock runs; `began`: what it shows at the start.
 * Faults are fields of `fault` that hold until they are changed, and the functions below.
 */
export async function standIn(t, folder, { provider = 'binance', speed = 1, began = Date.now(), port = 0 } = {}) {
  const good = makeAuthority(folder, 'known');
  const stranger = makeAuthority(folder, 'stranger');
  const startedAt = performance.now();
  const now = () => Math.floor(began + (performance.now() - startedAt) * speed);
  const self = {
    provider, now, ca: good.ca, connections: 0, requests: 0, restLog: [],
    fault: { rest: 'none', retryAfter: 1, frozen: false, dropClosed: 0, repeat: false, shuffle: false, garbage: false, refuse: false },
  };
  const server = createServer({ key: good.key, cert: good.cert }, (request, response) => answer(request, response));
  const sockets = new Set(); // of TCP
  server.on('connection', (socket) => {
    if (self.fault.refuse) return socket.destroy();
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => {});

  // ---- requests
  function answer(request, response) {
    self.requests += 1;
    const kind = self.fault.rest;
    const say = (status, body, headers = {}) => {
      self.restLog.push({ at: performance.now(), status });
      response.writeHead(status, { 'Content-Type': 'application/json', Date: new Date(now()).toUTCString(), ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    };
    if (kind === 'hang') return;
    if (kind === 'break') return request.socket.destroy();
    if (kind === '429' || kind === '418')
      return say(Number(kind), { code: -1003, msg: 'Too much request weight used.' }, { 'Retry-After': String(self.fault.retryAfter) });
    if (kind === '500') return say(500, { code: -1000, msg: 'An unknown error occurred.' });
    if (kind === 'garbage') return say(200, '[[17, "not a kli');
    const url = new URL(request.url, 'https://p');
    provider === 'binance' ? klines(url, say) : aggregates(url, request, say);
  }

  function klines(url, say) {
    if (url.pathname === '/api/v3/time') return say(200, { serverTime: now() });
    if (url.pathname !== '/api/v3/klines') return say(404, { code: -1, msg: 'no such path' });
    const q = url.searchParams;
    if (q.get('interval') !== '5m') return say(400, { code: -1120, msg: 'Invalid interval.' });
    const limit = Math.min(Number(q.get('limit') ?? 500), 1000);
    const newest = Math.floor(now() / slotMs); // still open
    const from = Math.ceil(Number(q.get('startTime')) / slotMs);
    const to = Math.min(Math.floor(Number(q.get('endTime')) / slotMs), newest);
    const rows = [];
    for (let n = from; n <= to && rows.length < limit; ++n) {
      const c = n === newest ? partial(q.get('symbol'), n) : truth(q.get('symbol'), n);
      rows.push([c.t, eight(c.o), eight(c.h), eight(c.l), eight(c.c), eight(c.v), c.t + slotMs - 1, '0', 1, '0', '0', '0']);
    }
    say(200, rows, { 'X-MBX-USED-WEIGHT-1M': '2' });
  }

  function aggregates(url, request, say) {
    const m = url.pathname.match(/^\/v2\/aggs\/ticker\/[XC]:(\w+)\/range\/5\/minute\/(\d+)\/(\d+)$/);
    if (!m) return say(404, { status: 'NOT_FOUND', message: 'no such path' });
    if (request.headers.authorization !== 'Bearer polygon-key') return say(401, { status: 'ERROR', error: 'Unknown API Key' });
    const newest = Math.floor(now() / slotMs);
    const from = Math.ceil(Number(m[2]) / slotMs);
    const to = Math.min(Math.floor(Number(m[3]) / slotMs), newest);
    const results = [];
    const most = 10_000;
    for (let n = from; n <= to && results.length < most; ++n) {
      const c = n === newest ? partial(m[1], n) : truth(m[1], n);
      results.push({ v: c.v, vw: c.c, o: c.o, c: c.c, h: c.h, l: c.l, t: c.t, n: 7 });
    }
    const body = { ticker: m[1], queryCount: results.length, resultsCount: results.length, adjusted: true, status: 'OK', request_id: 'r', count: results.length };
    if (results.length > 0) body.results = results;
    if (from + results.length <= to) body.next_url = 'https://api.example/v2/aggs/next';
    say(200, body);
  }

  const partial = (symbol, slot) => {
    const done = Math.floor((now() - slot * slotMs) / minuteMs) + 1;
    return truth(symbol, slot, Math.max(1, Math.min(5, done)));
  };

  // ---- streams
  const wss = new WebSocketServer({ noServer: true });
  const clients = new Set();
  server.on('upgrade', (request, socket, head) => {
    const path = new URL(request.url, 'https://p').pathname;
    if (provider === 'binance' ? path !== '/stream' : !['/crypto', '/forex'].includes(path)) return socket.destroy();
    wss.handleUpgrade(request, socket, head, (ws) => {
      self.connections += 1;
      const client = { ws, socket, symbols: new Set(), books: new Set(), openedAt: now(), known: provider === 'binance', held: [] };
      clients.add(client);
      ws.on('close', () => clients.delete(client));
      ws.on('error', () => {});
      ws.on('message', (text) => listen(client, JSON.parse(text.toString())));
      if (provider === 'polygon') ws.send(JSON.stringify([{ ev: 'status', status: 'connected', message: 'Connected Successfully' }]));
    });
  });

  function listen(client, said) {
    if (provider === 'binance') {
      if (said.method !== 'SUBSCRIBE') return client.ws.send(JSON.stringify({ error: { code: 2, msg: 'Invalid request' }, id: said.id }));
      for (const stream of said.params) {
        const [symbol, kind] = stream.split('@');
        (kind === 'bookTicker' ? client.books : client.symbols).add(symbol.toUpperCase());
      }
      return client.ws.send(JSON.stringify({ result: null, id: said.id }));
    }
    const status = (s, message) => client.ws.send(JSON.stringify([{ ev: 'status', status: s, message }]));
    if (said.action === 'auth') {
      client.known = said.params === 'polygon-key';
      return client.known ? status('auth_success', 'authenticated') : status('auth_failed', 'authentication failed');
    }
    if (!client.known) return status('auth_required', 'not authenticated');
    for (const other of clients) // one connection of a key at a time
      if (other !== client && other.known) other.ws.close(1008, 'max_connections');
    for (const one of said.params.split(',')) {
      const [channel, pair] = one.split('.');
      (channel === 'XA' || channel === 'CA' ? client.symbols : client.books).add(pair.replace('-', ''));
      status('success', `subscribed to: ${one}`);
    }
  }

  const pairOf = (symbol) => `${symbol.slice(0, -3)}-${symbol.slice(-3)}`;
  const speak = (client, text) => {
    if (client.ws.readyState === 1 && !self.fault.frozen && !client.halfOpen) client.ws.send(text);
  };
  const klineText = (symbol, slot, closed) => {
    const c = closed ? truth(symbol, slot) : partial(symbol, slot);
    return JSON.stringify({
      stream: `${symbol.toLowerCase()}@kline_5m`,
      data: {
        e: 'kline', E: now(), s: symbol,
        k: { t: c.t, T: c.t + slotMs - 1, s: symbol, i: '5m', f: 1, L: 2, o: eight(c.o), c: eight(c.c), h: eight(c.h), l: eight(c.l), v: eight(c.v), n: 1, x: closed, q: '0', V: '0', Q: '0', B: '0' },
      },
    });
  };
  const minuteText = (symbol, minute) => {
    const m = minuteTruth(symbol, minute);
    return JSON.stringify([{ ev: 'XA', pair: pairOf(symbol), o: m.o, c: m.c, h: m.h, l: m.l, v: m.v, s: m.t, e: m.t + minuteMs, vw: m.c, z: 0 }]);
  };

  // What has closed is said with the faults of the hour: lost, repeated, or in another order.
  function sayClosed(client, text) {
    const { fault } = self;
    if (fault.dropClosed > 0 && client.symbols.size > 0) {
      fault.dropClosed -= 1;
      return;
    }
    if (fault.garbage) {
      speak(client, text.slice(0, text.length / 2));
      speak(client, '{"stream":"x","data":{"e":"kline","k":{"x":true}}}');
      speak(client, '\u0000not json');
    }
    if (fault.shuffle) {
      client.held.push(text);
      if (client.held.length < 6) return;
      for (const late of client.held.reverse()) speak(client, late);
      client.held = [];
      return;
    }
    for (const late of client.held) speak(client, late);
    client.held = [];
    speak(client, text);
    if (fault.repeat) for (let i = 0; i < 2; ++i) speak(client, text);
  }

  const unit = provider === 'binance' ? slotMs : minuteMs;
  let closedTo = Math.floor(now() / unit);
  let beats = 0;
  const timer = setInterval(() => {
    const current = Math.floor(now() / unit);
    beats += 1;
    for (const client of clients) {
      for (let n = closedTo; n < current; ++n)
        for (const symbol of client.symbols)
          sayClosed(client, provider === 'binance' ? klineText(symbol, n, true) : minuteText(symbol, n));
      if (beats % 10 === 0 && provider === 'binance')
        for (const symbol of client.symbols) speak(client, klineText(symbol, current, false));
      if (beats % 5 === 0)
        for (const symbol of client.books) {
          const bid = priceAt(symbol, Math.floor(now() / minuteMs));
          const ask = cents(bid + 0.25);
          speak(client, provider === 'binance'
            ? JSON.stringify({ stream: `${symbol.toLowerCase()}@bookTicker`, data: { u: beats, s: symbol, b: eight(bid), B: '1', a: eight(ask), A: '2' } })
            : JSON.stringify([{ ev: 'XQ', pair: pairOf(symbol), bp: bid, bs: 1, ap: ask, as: 1, t: now(), x: 1, r: now() }]));
        }
      if (now() - client.openedAt > 24 * 3_600_000) client.ws.close(1008, 'connected for 24 hours');
    }
    closedTo = current;
  }, 20);
  const pings = setInterval(() => clients.forEach((c) => !c.halfOpen && c.ws.readyState === 1 && c.ws.ping('beat')), 2000);

  // ---- faults
  self.clients = clients;
  self.cut = () => sockets.forEach((s) => s.destroy());
  self.closeAll = (code, why) => clients.forEach((c) => c.ws.close(code, why));
  self.announceShutdown = () => clients.forEach((c) => {
    c.ws.send(JSON.stringify({ e: 'serverShutdown', E: now() }));
    setTimeout(() => c.ws.terminate(), 2000);
  });
  self.halfOpen = () => clients.forEach((c) => {
    c.halfOpen = true;
    c.socket.pause(); // reads nothing, so that pings meet no pong
  });
  self.distrust = (yes) => server.setSecureContext(yes ? stranger : good);
  self.close = () => {
    clearInterval(timer);
    clearInterval(pings);
    self.cut();
    return new Promise((done) => server.close(done));
  };
  await new Promise((ready) => server.listen(port, '127.0.0.1', ready));
  t?.after(() => self.close());
  self.port = server.address().port;
  self.options = [
    `--market.feed=${provider}`, `--market.rest-url=https://localhost:${self.port}`,
    `--market.stream-url=wss://localhost:${self.port}`, `--market.ca-file=${good.ca}`, `--market.clock-speed=${speed}`,
    ...(provider === 'polygon' ? ['--market.polygon-api-key=polygon-key'] : []),
  ];
  return self;
}
