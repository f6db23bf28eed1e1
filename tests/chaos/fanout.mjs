// Signals of one, two and three nodes to three hundred sockets spread over them: what arrives, what the
// nodes use for it, and how much later than at the first socket. One market, a candle each 1.5 s.
//   node fanout.mjs BINARY
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster, keys, symbols } from './cluster.mjs';
import WebSocket from '../e2e/node_modules/ws/wrapper.mjs';
const cpu = (pid) => { const f = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' '); return (Number(f[11]) + Number(f[12])) / 100; };
for (const count of [1, 2, 3]) {
  const base = mkdtempSync(join(tmpdir(), 'troupe-fanout-'));
  const c = new Cluster({ binary: process.argv[2], base, count, leaseMs: 3000, plain: false, say: () => {} });
  try {
    await c.open(); await c.newEra(1);
    const first = new Map(); const late = []; let frames = 0, on = false; const clients = [];
    for (let i = 0; i < 300; ++i) {
      const n = c.nodes[i % count];
      const s = new WebSocket(`${'ws://' + n.url.replace(/^http:../, '')}/ws/${symbols[0]}`, { headers: { 'X-API-Key': keys.engine } }); clients.push(s);
      s.on('open', () => symbols.slice(1).forEach((x) => { s.send(JSON.stringify({ op: 'subscribe', channel: `signals:${x}` })); s.send(JSON.stringify({ op: 'subscribe', channel: `predictions:${x}` })); }));
      s.on('message', (d) => { if (!on) return; ++frames; const now = performance.now(); const m = /"channel":"([^"]+)","seq":(\d+)/.exec(d.toString('latin1', 0, 200)); if (!m) return; const k = m[1] + m[2]; const f = first.get(k); if (f === undefined) first.set(k, now); else late.push(now - f); });
      s.on('error', () => {});
    }
    await new Promise((r) => setTimeout(r, 3000)); on = true; const before = c.nodes.map((n) => cpu(n.child.pid));
    await new Promise((r) => setTimeout(r, 15000)); on = false;
    const used = c.nodes.reduce((sum, n, i) => sum + cpu(n.child.pid) - before[i], 0); late.sort((a, b) => a - b);
    console.log(`${count} nodes: ${(frames / 15).toFixed(0)} deliveries/s to 300 sockets, ${(used / 15 * 100).toFixed(1)} % of a core in all nodes, later than the first socket p50 ${late[late.length >> 1].toFixed(2)} p99 ${late[Math.floor(late.length * .99)].toFixed(2)} ms`);
    clients.forEach((s) => s.terminate());
  } catch (e) { console.log(count, e.message); } finally { await c.close(); rmSync(base, { recursive: true, force: true }); }
}
process.exit();
