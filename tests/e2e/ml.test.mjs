// The user API against the built binary, as the demo user: predictions and signals out of models
// trained at the start, what was served read back over a restart, candles, watchlists, the stream.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import WebSocket from 'ws';
import { serve, temporaryFolder } from './node.mjs';

const small = ['--market.symbols=BTCUSDT,EURUSD', '--market.speed=600', '--train.days=30', '--auth.hash-memory-mb=8'];

/** The demo user with plan premium, so that no daily limit ends the test. */
async function demoOf(node) {
  const said = node.said();
  const email = said.match(/user\s+(\S+)/)[1];
  const password = said.match(/password\s+(\S+)/)[1];
  const adminKey = said.match(/admin key\s+(\S+)/)[1];
  const login = async () => (await node.ask('POST', '/auth/login', { email, password })).json.data;
  const { user } = await login();
  const set = await node.ask('POST', `/admin/users/${user.id}/plan`, { plan: 'premium' }, { 'X-API-Key': adminKey });
  assert.equal(set.status, 200, set.text);
  const token = (await login()).tokens.access_token;
  const ask = (method, path, body) => node.ask(method, path, body, { 'X-API-Key': '', Authorization: `Bearer ${token}` });
  return { ask, token };
}

async function until(what, ask, good) {
  const end = Date.now() + 150_000;
  for (;;) {
    const answer = await ask();
    if (good(answer)) return answer;
    if (Date.now() > end) throw new Error(`${what}: ${answer.status} ${answer.text}`);
    await new Promise((done) => setTimeout(done, 200));
  }
}

test('the demo user asks for everything of a market', { timeout: 300_000 }, async (t) => {
  const folder = temporaryFolder(t);
  let node = await serve(t, folder, ...small);
  let demo = await demoOf(node);

  const want = { symbol: 'BTCUSDT', horizon: 18 };
  const prediction = await until('a model', () => demo.ask('POST', '/api/ml/predictions', want), (a) => a.status === 200);
  const { data, metadata, success } = prediction.json;
  assert.equal(success, true);
  assert.equal(metadata.requestId, prediction.headers.get('x-request-id'));
  assert.equal(data.formattedPredictedHigh, `$${data.predicted_high.toLocaleString('en-US')}`);
  assert.equal(data.formattedPredictedLow, `$${data.predicted_low.toLocaleString('en-US')}`);
  await until('a bulletin', () => demo.ask('POST', '/api/ml/predictions', want), (a) => a.json.metadata?.cached === true);

  const signal = await demo.ask('POST', '/api/ml/signals', { symbol: 'BTCUSDT', horizon: 36, includeTpsl: false });
  assert.equal(signal.status, 200, signal.text);
  assert.equal(signal.json.data.signalEmoji, { buy: '📈', sell: '📉', hold: '⏸️' }[signal.json.data.signal.type]);
  assert.equal(signal.json.data.tpsl, undefined);
  const short = await until('its model', () => demo.ask('GET', '/ml/signals/EURUSD?horizon=6'), (a) => a.status === 200);
  assert.equal(short.json.data.signals[0].symbol, 'EURUSD');
  const served = [signal.json.data.id, short.json.data.signals[0].id].sort();
  // The signal's own row is written by its symbol, a moment later.
  const history = () => demo.ask('GET', '/api/ml/signals/history');
  const log = await until('the log', history, (a) => a.json.data.total === 2);
  assert.deepEqual(log.json.data.signals.map((s) => s.id).sort(), served);

  for (const [path, field] of [['/api/ml/indicators/BTCUSDT', 'rsi'], ['/api/ml/indicators/BTCUSDT?timeframe=1h', 'rsi']])
    assert.equal(typeof (await demo.ask('GET', path)).json.data[field], 'number', path);
  const symbols = (await demo.ask('GET', '/trading/symbols?asset_type=forex')).json.data.symbols;
  assert.deepEqual(symbols.map((s) => s.symbol), ['EURUSD']);
  const newest = (await demo.ask('GET', '/trading/candles/BTCUSDT?limit=3')).json.data.candles;
  const range = await demo.ask('GET', `/trading/candles/BTCUSDT?tf=1h&to=${newest[0].open_time}&limit=24`);
  assert.equal(range.json.data.candles.length, 24, range.text);
  assert.ok(range.json.data.candles.at(-1).open_time < newest[0].open_time);

  const made = await demo.ask('POST', '/trading/watchlists', { name: 'majors', symbols: ['EURUSD'] });
  assert.equal(made.status, 201, made.text);
  const stream = new WebSocket(`${node.url.replace('http', 'ws')}/trading/stream/BTCUSDT`,
    { headers: { Authorization: `Bearer ${demo.token}` } });
  const event = await new Promise((done, failed) => {
    stream.on('error', failed);
    stream.on('message', (text) => {
      const frame = JSON.parse(text);
      if (frame.event === 'prediction') done(frame);
    });
  });
  assert.equal(event.data.symbol, 'BTCUSDT');
  stream.terminate();

  await node.stop();
  node = await serve(t, folder, ...small);
  demo = await demoOf(node);
  const lists = (await demo.ask('GET', '/trading/watchlists')).json.data.watchlists;
  assert.deepEqual(lists, [made.json.data.watchlist]);
  const again = (await history()).json.data;
  assert.deepEqual(again.signals.map((s) => s.id).sort(), served, 'what was served is kept');
  assert.equal((await demo.ask('DELETE', `/trading/watchlists/${lists[0].id}`)).status, 200);
  assert.deepEqual((await demo.ask('GET', '/trading/watchlists')).json.data.watchlists, []);
  await node.stop();
});
