// The built binary under attack by raw sockets: framing of two meanings and bombs of frames. Bombs
// of heads and bodies are in tests/http/attacks.cpp, where what is kept can be counted.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { serve, temporaryFolder } from './node.mjs';

const quiet = ['--market.symbols=BTCUSDT', '--market.speed=1', '--auth.hash-memory-mb=8'];
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
  assert.ok([400, 408, 505].includes(statuses[0]) && statuses.length === 1, `bare LF: ${statuses}`);
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

/** Resident memory in MB. */
const resident = (node) => Number(readFileSync(`/proc/${node.child.pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]) / 1024;

// A trained node has all it will ever hold of its own, so what grows over equal rounds of attacks is
// kept of the attacks. The first rounds fill pools that stay.
test('memory stays flat under rounds of bombs', { timeout: 480_000 }, async (t) => {
  const node = await serve(t, temporaryFolder(t), ...quiet);
  for (const job of ['first-BTCUSDT', 'full-BTCUSDT'])
    while ((await node.ask('GET', `/jobs/${job}`)).json.status !== 'done') await new Promise((r) => setTimeout(r, 200));
  const bombs = [
    `GET /${'x'.repeat(60_000)} HTTP/1.1\r\nHost: t\r\n\r\n`,
    `GET / HTTP/1.1\r\nHost: t\r\n${'A: b\r\n'.repeat(5_000)}\r\n`,
    post('Content-Length: 99999999999\r\n', 'x'.repeat(60_000)),
    post('Transfer-Encoding: chunked\r\n', `ffff\r\n${'y'.repeat(65_535)}\r\n`.repeat(3)),
    post('Content-Type: application/json\r\nContent-Length: 60000\r\n', '['.repeat(60_000)),
    `POST /auth/login HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\n`, // and never a body
  ];
  const round = () => Promise.all(Array.from({ length: 120 }, (_, i) => raw(node, bombs[i % bombs.length], { ms: 300 })));
  const after = [];
  for (let i = 0; i < 12; i += 1) {
    await round();
    after.push(resident(node));
  }
  const grown = after.at(-1) - after[3];
  t.diagnostic(`MB after each round: ${after.map((mb) => mb.toFixed(1)).join(' ')}`);
  assert.ok(grown < 4, `${grown.toFixed(1)} MB kept of 960 attacks`); // 960 of 60 kB would be 56 MB
  assert.equal((await node.ask('GET', '/health')).status, 200);
  await node.stop();
});
