// The live feed against a provider that fails in every way it may: a stand-in speaks its documented
// format over TLS on loopback, its clock runs fast, and faults are injected one after the other.
// In the end the store's candles must be the provider's, complete, each once. Prints how long each
// fault took to be made good.
//
//   node feed.mjs --binary=PATH [--provider=binance] [--speed=300] [--rounds=3] [--only=cut,lost] [--skip=500]
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values: given } = parseArgs({
  options: {
    binary: { type: 'string' }, provider: { type: 'string', default: 'binance' },
    speed: { type: 'string', default: '300' }, rounds: { type: 'string', default: '3' }, only: { type: 'string' }, skip: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
if (given.binary) process.env.TROUPE_BINARY = given.binary;
const { serve } = await import('../e2e/node.mjs');
const { standIn, truth, slotMs } = await import('../e2e/standin_feed.mjs');

const speed = Number(given.speed);
const symbols = given.provider === 'binance' ? ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'] : ['BTCUSD', 'ETHUSD'];
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const folder = mkdtempSync(join(tmpdir(), 'troupe-feed-'));
const cleanUp = [];
const context = { after: (f) => cleanUp.push(f) };

const market = await standIn(context, folder, { provider: given.provider, speed });
const node = await serve(context, folder, ...market.options, `--market.symbols=${symbols.join(',')}`,
  '--market.history-days=1', '--train.nightly-at=never', '--market.requests-per-minute=100000', '--log.level=info');

const newest = async (symbol) => {
  const { status, json } = await node.ask('GET', `/api/history/${symbol}?limit=1&timeframe=5m`);
  if (status !== 200) return 0;
  const last = (json.candles ?? json).at(-1);
  return last ? Date.parse(last.time ?? last.open_time ?? last.timestamp) || Number(last.time ?? last.open_time) : 0;
};

// How many closed candles the slowest symbol has not been given yet.
const behind = async (closed) => {
  const at = await Promise.all(symbols.map(newest));
  return Math.max(...at.map((t) => closed - Math.floor(t / slotMs)));
};

/** Seconds until every symbol serves the candle that is open now, whose own rest is part of them. */
async function caughtUp(limitMs) {
  const from = performance.now();
  const target = Math.floor(market.now() / slotMs);
  for (; performance.now() - from < limitMs; await wait(20))
    if ((await behind(target)) <= 0) return (performance.now() - from) / 1000;
  throw new Error(`not caught up after ${limitMs} ms, ${await behind(target)} slots behind`);
}

const { fault } = market;
const held = (name, value, ms, during = () => {}) => async () => {
  fault[name] = value;
  during();
  await wait(ms);
  fault[name] = name === 'rest' ? 'none' : typeof value === 'number' ? 0 : false;
};
// Each ends when the provider is well again; what is measured begins then.
const faults = {
  'cut': async () => market.cut(),
  'closed by the server (24 h)': async () => market.closeAll(1008, 'connected for 24 hours'),
  'serverShutdown': async () => {
    if (given.provider === 'binance') market.announceShutdown();
    await wait(2500);
  },
  'silent though connected': held('frozen', true, 25_000),
  'half open (no pong)': async () => { market.halfOpen(); },
  'closed candles lost': held('dropClosed', 5, 3000),
  'repeated': held('repeat', true, 4000),
  'out of order': held('shuffle', true, 6000),
  'not JSON': held('garbage', true, 4000),
  'cut, then requests 429': held('rest', '429', 5000, () => market.cut()),
  'cut, then requests 418': held('rest', '418', 3000, () => market.cut()),
  'cut, then requests 500': held('rest', '500', 4000, () => market.cut()),
  'cut, then requests unanswered': held('rest', 'hang', 4000, () => market.cut()),
  'cut, then answers not JSON': held('rest', 'garbage', 4000, () => market.cut()),
  'connections refused': held('refuse', true, 6000, () => market.cut()),
  'certificate of a stranger': async () => {
    market.distrust(true);
    market.cut();
    await wait(4000);
    market.distrust(false);
  },
};

let failed = false;
const seconds = {};
try {
  const began = Math.floor(market.now() / slotMs);
  console.log(`caught up ${(await caughtUp(60_000)).toFixed(1)} s after the first start`);
  const chosen = given.only?.split(',');
  const skipped = given.skip?.split(',') ?? [];
  for (let round = 0; round < Number(given.rounds); ++round)
    for (const [name, inject] of Object.entries(faults)) {
      if (chosen && !chosen.some((part) => name.includes(part))) continue;
      if (skipped.some((part) => name.includes(part))) continue;
      await inject();
      (seconds[name] ??= []).push(await caughtUp(420_000));
      console.log(`${name}: ${seconds[name].at(-1).toFixed(1)} s`);
      await wait(1000);
    }
  await caughtUp(60_000);
  const ended = Math.floor(market.now() / slotMs) - 2;
  await wait(1500);
  const exit = await node.stop();
  assert.equal(exit.code, 0);
  const rows = execFileSync('sqlite3', ['-separator', ' ', join(folder, 'data/store.sqlite3'),
    'SELECT s.name, c.open_time, c.open, c.high, c.low, c.close, c.volume FROM candles c JOIN symbols s ON s.id = c.symbol_id ORDER BY 1, 2'],
  { maxBuffer: 1 << 28 }).toString().trim().split('\n').map((line) => line.split(' '));
  let wrong = 0;
  let missing = 0;
  for (const symbol of symbols) {
    const mine = new Map(rows.filter((r) => r[0] === symbol).map((r) => [Number(r[1]), r.slice(2).map(Number)]));
    for (let n = began - 280; n <= ended; ++n) {
      const c = truth(symbol, n);
      const row = mine.get(c.t);
      if (!row) missing += 1;
      else if ([c.o, c.h, c.l, c.c, c.v].some((x, i) => x !== row[i])) wrong += 1;
    }
  }
  const hours = ((ended - began) * slotMs) / 3_600_000;
  console.log(`\n${hours.toFixed(1)} h of market time, ${symbols.length} symbols, ${rows.length} candles stored, each once;`
    + ` missing ${missing}, different from the provider's ${wrong}; ${market.connections} connections, ${market.requests} requests`);
  console.log('\nseconds from the end of a fault until every symbol served a candle that closed after it,'
    + ` ${(slotMs / speed / 1000).toFixed(1)} s of which may be that candle's own length (median, longest)`);
  for (const [name, all] of Object.entries(seconds)) {
    const sorted = [...all].sort((a, b) => a - b);
    console.log(`  ${name.padEnd(34)} ${sorted[sorted.length >> 1].toFixed(1).padStart(6)} ${sorted.at(-1).toFixed(1).padStart(6)}  (${all.length})`);
  }
  failed = missing > 0 || wrong > 0;
} catch (error) {
  console.error(error);
  failed = true;
} finally {
  if (failed) console.error(node.log.split('\n').slice(-40).join('\n'));
  for (const f of cleanUp.reverse()) await f();
  if (!given.keep) rmSync(folder, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
