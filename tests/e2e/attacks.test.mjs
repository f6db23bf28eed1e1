// The built binary under attack by raw sockets: what must be refused is refused, honest requests
// are served meanwhile, and the process has no more memory at the end than it may.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { listen, serve, temporaryFolder } from './node.mjs';

const quiet = ['--market.symbols=BTCUSDT', '--market.speed=1', '--auth.hash-memory-mb=8'];
const kb = (pid) => Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]);
/** Serves once its models are trained, so that memory means what is asked of it. */
async function settled(t) {
  const node = await serve(t, temporaryFolder(t), '--market.symbols=BTCUSDT', '--auth.hash-memory-mb=8');
  const stream = listen(node, 'BTCUSDT');
  await stream.next((f) => f.event === 'signal');
  stream.socket.close();
  return node;
}

const poison = 'GET /health HTTP/1.1\r\nHost: smuggled\r\n\r\n';

/** Sends bytes and hears everything until the other side closes, or for `ms`. */
function raw(node, bytes, { ms = 15_000 } = {}) {
  const { hostname, port } = new URL(node.url);
  return new Promise((done) => {
    let heard = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes, 'latin1'));
    const end = () => {
      clearTimeout(late);
      socket.destroy();
      done({ heard, statuses: [...heard.matchAll(/HTTP\/1\.1 (\d+)/g)].map((m) => Number(m[1])) });
    };
    const late = setTimeout(end, ms);
    socket.setEncoding('latin1');
    socket.on('data', (d) => (heard += d));
    socket.on('error', end);
    socket.on('close', end);
  });
}

const post = (headers, body) => `POST /auth/login HTTP/1.1\r\nHost: t\r\n${headers}\r\n${body}`;
const chunks = '0\r\n\r\n';
const forms = {
  'CL and TE': post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', chunks),
  'TE and CL': post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', chunks),
  'two CL': post('Content-Length: 5\r\nContent-Length: 44\r\n', 'hello'),
  'equal CL': post('Content-Length: 5\r\nContent-Length: 5\r\n', 'hello'),
  'listed CL': post('Content-Length: 5, 5\r\n', 'hello'),
  'blank before the colon': post('Transfer-Encoding : chunked\r\n', chunks),
  'two TE': post('Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n', chunks),
  'unknown coding': post('Transfer-Encoding: gzip, chunked\r\n', chunks),
  'near miss': post('Transfer-Encoding: xchunked\r\n', chunks),
  'TE in 1.0': `POST /auth/login HTTP/1.0\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`,
  'bare LF in a chunk': post('Transfer-Encoding: chunked\r\n', '5\nhello\r\n0\r\n\r\n'),
  'bare LF in a head': 'GET /health HTTP/1.1\r\nHost: t\nX: y\r\n\r\n',
  'fold of the first header': 'GET /health HTTP/1.1\r\n Host: t\r\n\r\n',
  'two hosts': 'GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
};

test('no smuggled request is answered', { timeout: 120_000 }, async (t) => {
  const node = await serve(t, temporaryFolder(t), ...quiet);
  await Promise.all(Object.entries(forms).map(async ([name, bytes]) => {
    const { statuses } = await raw(node, bytes + poison);
    assert.deepEqual(statuses, [400], name);
  }));
  // Lines without CR are no head at all: nothing is answered until its time is over.
  const { statuses } = await raw(node, `GET /health HTTP/1.1\nHost: t\n\n${poison}`);
  assert.ok([400, 408].includes(statuses[0]) && statuses.length === 1, `bare LF: ${statuses}`);
  await node.stop();
});

test('bombs and slow clients cost no memory, and honest requests are served', { timeout: 240_000 }, async (t) => {
  const node = await settled(t);
  const honest = async () => {
    const from = performance.now();
    assert.equal((await node.ask('GET', '/health')).status, 200);
    return performance.now() - from;
  };
  for (let i = 0; i < 50; ++i) await honest();
  const rounds = async (times) => {
    const slowest = [];
    for (let i = 0; i < times; ++i) {
      const bombs = [
        `GET /health HTTP/1.1\r\nHost: t\r\nX: ${'x'.repeat(1 << 20)}`,
        `GET /health HTTP/1.1\r\nHost: t\r\n${'X: 1\r\n'.repeat(50_000)}`,
        `GET /${'x'.repeat(1 << 20)}`,
        post('Content-Length: 1000000000\r\n', 'x'.repeat(1 << 20)),
        post('Transfer-Encoding: chunked\r\n', `7fffffff\r\n${'x'.repeat(1 << 20)}`),
        post('Transfer-Encoding: chunked\r\n', `5;${'x'.repeat(1 << 20)}`),
        post('Transfer-Encoding: chunked\r\n', '1\r\nx\r\n'.repeat(100_000)),
        post('Connection: close\r\nContent-Length: 60000\r\n', '['.repeat(60_000)),
        post('Connection: close\r\nContent-Encoding: gzip\r\nContent-Length: 10\r\n', '\x1f\x8b\x08\0\0\0\0\0\0\x03'),
      ];
      // Closing early may cut the answer off: an ended connection is an answer too.
      const fates = await Promise.all([...bombs, ...bombs].map((b) => raw(node, b)));
      for (const { statuses } of fates)
        assert.ok(statuses.length <= 1 && statuses.every((s) => [400, 413, 429, 431].includes(s)), `${statuses}`);
      slowest.push(await honest());
    }
    return Math.max(...slowest);
  };
  await rounds(5); // so that buffers are there
  const before = kb(node.child.pid);
  const slowest = await rounds(30);
  const grown = kb(node.child.pid) - before;
  t.diagnostic(`540 bombs: ${grown} kB more of ${before} kB; slowest honest request ${slowest.toFixed(1)} ms`);
  assert.ok(grown < 16 * 1024, `${grown} kB more`);

  const { hostname, port } = new URL(node.url);
  const held = await Promise.all(Array.from({ length: 1000 }, () => new Promise((done) => {
    const socket = connect(Number(port), hostname, () => socket.write('GET /health HTTP/1.1\r\nHost: t\r\nX-') && done(socket));
    socket.on('error', () => done(socket));
  })));
  const full = kb(node.child.pid);
  const while_held = await honest();
  t.diagnostic(`1000 slow connections: ${((full - before - grown) / 1000).toFixed(1)} kB each; honest request ${while_held.toFixed(1)} ms`);
  assert.ok(full - before < 64 * 1024);
  const ended = await Promise.all(held.map((s) => new Promise((done) => {
    let heard = '';
    s.on('data', (d) => (heard += d));
    s.on('close', () => done(heard));
    if (s.destroyed) done(heard);
  })));
  assert.ok(ended.every((heard) => heard.startsWith('HTTP/1.1 408')), 'each is told and let go');
  await node.stop();
});

const frame = (first, payload = '', lengthBytes) => Buffer.concat([
  Buffer.from([first]), lengthBytes ?? Buffer.from([0x80 | payload.length]), Buffer.alloc(4), Buffer.from(payload, 'latin1'),
]);

test('sockets agree to no compression and close on bombs', { timeout: 60_000 }, async (t) => {
  const node = await serve(t, temporaryFolder(t), ...quiet);
  const upgrade = (extra = '') => 'GET /ws HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
    + `X-API-Key: ${node.key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${extra}\r\n`;
  const fate = async (bytes, extra) => {
    const { heard } = await raw(node, Buffer.concat([Buffer.from(upgrade(extra)), bytes]));
    assert.match(heard, /^HTTP\/1\.1 101/);
    const [head, ...rest] = heard.split('\r\n\r\n');
    const frames = Buffer.from(rest.join('\r\n\r\n'), 'latin1');
    const close = frames.lastIndexOf(0x88);
    return { head, code: close < 0 ? undefined : frames.readUInt16BE(close + 2) };
  };
  const offered = await fate(frame(0xc1, 'x'), 'Sec-WebSocket-Extensions: permessage-deflate\r\n');
  assert.doesNotMatch(offered.head, /extensions/i);
  assert.equal(offered.code, 1002, 'RSV1');
  assert.equal((await fate(Buffer.concat([frame(0x01, 'x'), ...Array.from({ length: 4100 }, () => frame(0x00, 'x'))]))).code, 1009);
  assert.equal((await fate(frame(0x81, '', Buffer.from([0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255])))).code, 1009);
  assert.equal((await fate(Buffer.from([0x81, 0x01, 0x78]))).code, 1002, 'unmasked');
  await node.stop();
});

test('guesses at the door are limited and cost little', { timeout: 120_000 }, async (t) => {
  const node = await settled(t);
  const ask = (method, path, body, headers = {}) => node.ask(method, path, body, { 'X-API-Key': '', ...headers });
  const statuses = {};
  let before;
  for (let i = 0; i < 600; ++i) {
    if (i === 200) before = kb(node.child.pid); // the hasher has its memory by then
    const { status } = i % 2
      ? await ask('GET', '/auth/me', undefined, { 'X-API-Key': `trp_${String(i).padStart(64, '0')}` })
      : await ask('POST', '/auth/login', { email: 'demo@troupe.example', password: `guess number ${i}` });
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
  const grown = kb(node.child.pid) - before;
  t.diagnostic(`${JSON.stringify(statuses)}: ${grown} kB more of ${before} kB`);
  assert.ok((statuses[429] ?? 0) >= 350, 'the most are turned away');
  assert.equal(Object.keys(statuses).every((s) => ['401', '429'].includes(s)), true);
  assert.ok(grown < 16 * 1024, `${grown} kB more`);
  assert.equal((await node.ask('GET', '/models/status')).status, 200, 'who has the key is not limited');
  await node.stop();
});
