// The product as its clients meet it: first start, signals at a socket, restart, stop.
import assert from 'node:assert/strict';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { listen, run, serve, temporaryFolder } from './node.mjs';

const symbols = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'EURUSD'];
const isSignal = (f) => f.event === 'signal';
const seconds = (node, frame) => (frame.arrivedAt - node.startedAt) / 1000;

test('a first start trains and sends a signal of four symbols, a later start at once', { timeout: 240_000 }, async (t) => {
  const folder = temporaryFolder(t);
  let node = await serve(t, folder);
  const first = await Promise.all(symbols.map((s) => listen(node, s).next(isSignal)));
  for (const [i, frame] of first.entries()) {
    assert.equal(frame.channel, `signals:${symbols[i]}`);
    assert.equal(frame.data.symbol, symbols[i]);
    assert.ok(['buy', 'sell', 'hold'].includes(frame.data.signal.type));
    assert.ok(frame.seq >= 1);
    assert.match(frame.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    const whole = frame.data.data;
    assert.ok(whole.tp > 0 && whole.sl > 0 && whole.entry > 0);
    assert.ok(whole.reasons.length > 0);
    assert.equal(statSync(`${folder}/data/api-key`).mode & 0o777, 0o600);
  }
  t.diagnostic(`first signals after ${first.map((f) => seconds(node, f).toFixed(1)).join(', ')} s`);
  assert.match(node.log, /simulated/);
  assert.match(node.log, /%/, 'training shows progress');
  assert.deepEqual(await node.stop(), { code: 0, signal: null });

  node = await serve(t, folder);
  const again = await Promise.all(symbols.map((s) => listen(node, s).next(isSignal)));
  t.diagnostic(`after a restart: ${again.map((f) => seconds(node, f).toFixed(1)).join(', ')} s`);
  await apiAnswers(node);
  await socketsFollow(node);
  const open = listen(node, 'BTCUSDT');
  await open.next(isSignal);
  const [stopped, closed] = await Promise.all([node.stop(), open.closed]);
  assert.equal(stopped.code, 0);
  assert.equal(closed.code, 1001);
  assert.match(closed.reason, /shutdown/);
});

async function apiAnswers(node) {
  for (const horizon of [6, 18, 36, 72]) {
    const { status, json } = await node.ask('POST', '/predictions', { symbol: 'BTCUSDT', horizon });
    assert.equal(status, 200);
    assert.ok(json.predicted_high > json.current_price && json.predicted_low < json.current_price);
    assert.ok(json.interval.high[0] <= json.interval.high[1]);
    assert.equal(json.interval.coverage, 0.8);
  }
  const signal = await node.ask('POST', '/signals', { symbol: 'ETHUSDT', horizon: 36 });
  assert.equal(signal.status, 200);
  assert.equal(signal.json.tpsl.length, 2);
  const history = await node.ask('GET', '/signals/history?symbol=ETHUSDT&horizon=36');
  assert.ok(history.json.total >= 1, 'a signal made on request is in the log');
  const indicators = await node.ask('GET', '/indicators?symbol=SOLUSDT');
  assert.ok(indicators.json.rsi >= 0 && indicators.json.rsi <= 100);
  assert.deepEqual(Object.keys(indicators.json.sma), ['10', '20', '50']);
  const candles = await node.ask('GET', '/api/history/EURUSD?limit=100&timeframe=1h');
  assert.equal((candles.json.candles ?? candles.json).length, 100);
  const models = await node.ask('GET', '/models/status');
  assert.ok(models.json.models.length >= 4 * 12);
  const metrics = await node.ask('GET', '/metrics');
  assert.match(metrics.text, /ml_predictions_total\{symbol="BTCUSDT",horizon="6"\} \d+/);
  assert.equal((await node.ask('GET', '/health')).json.status, 'healthy');
  const refused = await node.ask('POST', '/predictions', { symbol: 'BTCUSDT', horizon: 7 });
  assert.equal(refused.status, 400);
  assert.equal(refused.json.error.code, 'VALIDATION_ERROR');
  assert.equal((await node.ask('POST', '/predictions', { symbol: 'DOGE', horizon: 6 })).status, 404);
  assert.equal((await node.ask('GET', '/indicators?symbol=BTCUSDT', undefined, { 'X-API-Key': 'x' })).status, 401);
}

// Every closed candle brings a signal of each pushed horizon, in unbroken sequence.
async function socketsFollow(node) {
  const stream = listen(node, 'BTCUSDT');
  const first = await stream.next(isSignal);
  await stream.next((f) => isSignal(f) && f.seq >= first.seq + 4);
  const seqs = stream.frames.filter(isSignal).map((f) => f.seq);
  assert.deepEqual(seqs, seqs.map((_, i) => seqs[0] + i));
  const horizons = new Set(stream.frames.filter(isSignal).map((f) => f.data.horizon));
  assert.deepEqual([...horizons].sort((a, b) => a - b), [6, 18]);
  assert.ok(stream.frames.some((f) => f.event === 'prediction'));
}

test('a socket without the key is refused', { timeout: 60_000 }, async (t) => {
  const node = await serve(t, temporaryFolder(t), '--market.symbols=BTCUSDT');
  const refused = listen(node, 'BTCUSDT', {});
  const [response] = await new Promise((done) => refused.socket.on('unexpected-response', (_, r) => done([r])));
  assert.equal(response.statusCode, 401);
  refused.socket.terminate();
});

test('a second node on the same data folder is refused with one clear line', { timeout: 60_000 }, async (t) => {
  const folder = temporaryFolder(t);
  await serve(t, folder, '--market.symbols=BTCUSDT');
  const { code, stderr } = await run(['serve', '--http.port=0', `--data.dir=${folder}/data`], { cwd: folder });
  assert.notEqual(code, 0);
  assert.match(stderr.trim().split('\n').at(-1), /troupe serve: .*(use|lock)/);
});

test('an api-key file that a crash left empty is made anew, another market is refused', { timeout: 60_000 }, async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(`${folder}/data`);
  writeFileSync(`${folder}/data/api-key`, '');
  const node = await serve(t, folder, '--market.symbols=BTCUSDT');
  assert.match(node.key, /^[0-9a-f]{64}$/);
  assert.equal((await node.stop()).code, 0);
  const options = ['--http.port=0', `--data.dir=${folder}/data`, '--market.symbols=BTCUSDT', '--market.seed=2'];
  const other = await run(['serve', ...options], { cwd: folder });
  assert.equal(other.code, 1);
  assert.match(other.stderr, /holds the market of seed 1/);
});

test('outside demo mode a missing key stops the start and is named', { timeout: 30_000 }, async (t) => {
  const folder = temporaryFolder(t);
  const { code, stderr } = await run(['serve', '--http.address=0.0.0.0', '--http.port=0'], { cwd: folder });
  assert.notEqual(code, 0);
  assert.match(stderr, /ML_ENGINE_API_KEY/);
});

test('every command has a help, and a wrong word one clear line', { timeout: 30_000 }, async (t) => {
  const folder = temporaryFolder(t);
  for (const command of ['serve', 'train', 'backtest', 'import', 'replay', 'rescore', 'account', 'models', 'migrate', 'config']) {
    const { code, stdout } = await run([command, '--help'], { cwd: folder });
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`usage: troupe ${command}`));
  }
  const wrong = await run(['serve', '--http.prot=1'], { cwd: folder });
  assert.equal(wrong.code, 2);
  assert.equal(wrong.stderr.trim(), 'troupe serve: unknown option --http.prot');
  const masked = await run(['config'], { cwd: folder, env: { ML_ENGINE_API_KEY: 'hush-hush' } });
  assert.doesNotMatch(masked.stdout, /hush-hush/);
  assert.match(masked.stdout, /environment ML_ENGINE_API_KEY/);
});
