// Backtests and rescoring with the built binary: on files, and on what a node said live.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { listen, run, serve, temporaryFolder } from './node.mjs';

const interval = 300_000;

// A walk with clustered volatility in the columns of a kline file; the same on every run.
function klines(rows, from = Date.UTC(2024, 0, 1)) {
  let seed = 4242;
  const uniform = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
  const normal = () => Math.sqrt(-2 * Math.log(uniform() || 1e-9)) * Math.cos(2 * Math.PI * uniform());
  let price = 40_000, sigma = 0.001;
  const lines = [];
  for (let i = 0; i < rows; ++i) {
    sigma = Math.min(0.004, Math.max(0.0004, sigma * Math.exp(0.05 * normal())));
    const open = price, close = open * Math.exp(sigma * normal());
    const high = Math.max(open, close) * (1 + sigma * Math.abs(normal()) / 2);
    const low = Math.min(open, close) * (1 - sigma * Math.abs(normal()) / 2);
    const t = from + i * interval;
    if (i % 5000 !== 4321) // now and then one is missing
      lines.push([t, open, high, low, close, 10 + 5 * uniform(), t + interval - 1, 0, 0, 0, 0, 0].join(','));
    price = close;
  }
  return lines;
}

test('a walk over files is the same on one thread and two, and knows no future', { timeout: 300_000 }, async (t) => {
  const folder = temporaryFolder(t);
  const troupe = (...args) => run([...args, '--data.dir=data'], { cwd: folder });
  writeFileSync(`${folder}/BTCUSDT-5m.csv`, klines(70 * 288).join('\n'));
  const walk = (...more) => troupe('backtest', 'BTCUSDT-5m.csv', '--strategy=all', '--blocks=2', '--from=2024-02-15', ...more);

  const table = await walk('--check-leaks', '--svg=curve.svg', '--train.workers=1');
  assert.equal(table.code, 0, table.stderr);
  assert.match(table.stderr, /cut short at 3 places, [1-9]\d* closes scored again/);
  assert.match(table.stderr, /no leak found/);
  for (const name of ['aggressive_filter', 'always_in', 'conservative_filter'])
    assert.match(table.stdout, new RegExp(`${name} +signals [0-9a-f]{16}  result [0-9a-f]{16}`));
  const svg = readFileSync(`${folder}/curve.svg`, 'utf8');
  assert.match(svg, /^<svg xmlns=.*<\/svg>\n$/s);
  assert.doesNotMatch(svg, /NaN|inf/i);

  const json = await walk('--format=json', '--train.workers=2');
  const reports = json.stdout.trim().split('\n').map((line) => JSON.parse(line));
  assert.equal(reports.length, 3);
  for (const r of reports) {
    assert.ok(table.stdout.includes(`signals ${r.signals_hash}  result ${r.result_hash}`), 'the same on two threads');
    assert.equal(r.from, '2024-02-15T00:00:00.000Z');
  }
  const always = reports.find((r) => r.strategy.name === 'always_in');
  assert.ok(always.trades > 100);
  assert.equal(always.random_entries.runs, 100);
  assert.ok(Math.abs(always.gross_r - always.cost_r - always.net_r) < 1e-9);
  assert.ok(Math.abs(always.by_month.reduce((sum, m) => sum + m.net_r, 0) - always.net_r) < 1e-9);

  const csv = (await walk('--format=csv', '--strategy=always_in')).stdout.trim().split('\n');
  assert.equal(csv.length, always.trades + 1);
  const unknown = await troupe('backtest', 'BTCUSDT-5m.csv', '--strategy=nobody');
  assert.equal(unknown.stderr.trim(), 'troupe backtest: --strategy names no known strategy: nobody');
  assert.match((await troupe('backtest', 'BTCUSDT-5m.csv', '--in-sample')).stderr, /`troupe train` makes them/);
});

test('the live path and a backtest of the same candles say the same signals', { timeout: 300_000 }, async (t) => {
  const folder = temporaryFolder(t);
  const troupe = (...args) => run([...args, '--data.dir=data'], { cwd: folder });
  writeFileSync(`${folder}/BTCUSDT-5m.csv`, klines(45 * 288).join('\n'));
  const trained = await troupe('train', 'BTCUSDT-5m.csv');
  assert.equal(trained.code, 0, trained.stderr);
  const replayed = await troupe('replay', 'BTCUSDT-5m.csv', '--signals-hash');
  assert.equal(replayed.code, 0, replayed.stderr);
  for (const horizon of [6, 18]) {
    const [, count, hash] = replayed.stdout.match(new RegExp(`horizon ${horizon}: (\\d+) signals ([0-9a-f]{16})`));
    const judged = await troupe('backtest', 'BTCUSDT-5m.csv', '--in-sample', `--horizon=${horizon}`, '--format=json');
    assert.match(judged.stderr, /IN SAMPLE/);
    const report = JSON.parse(judged.stdout);
    assert.equal(report.closes, Number(count));
    assert.equal(report.signals_hash, hash);
  }
});

test('what a node said live is made again to the bit, after a restart and with new models', { timeout: 400_000 }, async (t) => {
  const folder = temporaryFolder(t);
  const options = ['--market.symbols=BTCUSDT', '--market.speed=600', '--train.days=40'];
  const isSignal = (f) => f.event === 'signal';
  const someSignals = async (node, version) => {
    const stream = listen(node, 'BTCUSDT');
    const first = await stream.next((f) => isSignal(f) && f.data.data.provenance.model_version !== version);
    await stream.next((f) => isSignal(f) && f.seq >= first.seq + 4);
    for (const horizon of [36, 72]) await node.ask('POST', '/signals', { symbol: 'BTCUSDT', horizon });
    return first.data.data.provenance.model_version;
  };
  const rescored = async (...args) => run(['rescore', '--data.dir=data', ...args], { cwd: folder });

  let node = await serve(t, folder, ...options);
  const before = await someSignals(node, '');
  assert.equal((await node.stop()).code, 0);
  const first = await rescored('--all', '--limit=1000');
  assert.equal(first.code, 0, first.stdout + first.stderr);

  node = await serve(t, folder, ...options, '--signals.strategy=aggressive_filter', '--signals.cost-bp=3');
  await someSignals(node, '');
  const train = await node.ask('POST', '/models/train', { symbol: 'BTCUSDT' });
  assert.equal(train.status, 202);
  await ended(node, train.json.job_id);
  const { models } = (await node.ask('GET', '/models/status')).json;
  const { version } = models.find((m) => m.state === 'challenger');
  const admin = { 'X-API-Key': readFileSync(`${folder}/data/admin-key`, 'utf8').trim() };
  assert.equal((await node.ask('POST', '/models/BTCUSDT/promote', { version }, admin)).status, 200);
  assert.equal(await someSignals(node, before), version);

  const quick = await node.ask('POST', '/api/backtest', {
    strategy: { margin_r: 0, name: 'mine' }, symbol: 'BTCUSDT', models: 'serving', random_runs: 10 });
  const result = quick.status === 200 ? quick.json : await ended(node, quick.json.job_id);
  assert.equal(result.strategy.name, 'mine');
  assert.ok(result.closes > 1000);
  const last = new Date(result.to).getTime();
  const long = await node.ask('POST', '/api/backtest', {
    strategy: 'always_in', symbol: 'BTCUSDT', blocks: 1, start_date: new Date(last - 5 * 86_400_000).toISOString() });
  assert.equal(long.status, 202, long.text);
  assert.ok((await ended(node, long.json.job_id)).trades > 0);

  assert.equal((await node.stop()).code, 0);
  const all = await rescored('--all', '--limit=10000');
  assert.equal(all.code, 0, all.stdout + all.stderr);
  assert.match(all.stdout, /(\d+) of \1 signals made again to the bit/);
  const wrong = await rescored('--signal=nobody');
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /there is no signal nobody/);
});

// The result of a job, waited for.
async function ended(node, id) {
  for (;;) {
    const { json } = await node.ask('GET', `/jobs/${id}`);
    assert.notEqual(json.status, 'failed', json.error);
    if (json.status === 'done') return json.result;
    await new Promise((go) => setTimeout(go, 200));
  }
}
