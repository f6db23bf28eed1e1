// A market that comes from a provider: history at the first start, candles as they close, a book,
// the data API; and what is said and served while the provider is away.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serve, run, temporaryFolder } from './node.mjs';
import { slotMs, standIn, truth } from './standin_feed.mjs';

const until = async (what, test, limitMs = 60_000) => {
  const from = performance.now();
  for (let last; ; ) {
    last = await what();
    if (test(last)) return last;
    assert.ok(performance.now() - from < limitMs, `not in time: ${JSON.stringify(last)}`);
    await new Promise((done) => setTimeout(done, 100));
  }
};

const same = (candle, symbol) => {
  const c = truth(symbol, candle.open_time / slotMs);
  assert.deepEqual([candle.open, candle.high, candle.low, candle.close, candle.volume], [c.o, c.h, c.l, c.c, c.v]);
};

for (const [provider, symbols] of [['binance', ['BTCUSDT', 'ETHUSDT']], ['polygon', ['BTCUSD', 'ETHUSD']]])
  test(`${provider}: a market from history to the book`, { timeout: 180_000 }, async (t) => {
    const folder = temporaryFolder(t);
    const market = await standIn(t, folder, { provider, speed: 300 });
    const options = [...market.options, `--market.symbols=${symbols.join(',')}`, '--market.history-days=2', '--train.nightly-at=never'];
    let node = await serve(t, folder, ...options);
    const [symbol] = symbols;
    const history = async (limit) => (await node.ask('GET', `/api/history/${symbol}?limit=${limit}`)).json;
    const first = await until(() => history(500), (h) => h.candles?.length === 500);
    first.candles.forEach((c) => same(c, symbol));

    // Candles that close while we look, and the price with its book on a socket.
    const socket = new (await import('ws')).default(`${node.url.replace('http', 'ws')}/ws?api_key=${node.key}`);
    const prices = [];
    socket.on('message', (text) => {
      const frame = JSON.parse(text.toString());
      if (frame.event === 'price_update') prices.push(frame);
    });
    await new Promise((open) => socket.on('open', open));
    socket.send(JSON.stringify({ op: 'subscribe', channel: `ticker:${symbol}` }));
    await until(() => prices, (all) => all.some((f) => f.data.bid > 0));
    const book = prices.find((f) => f.data.bid > 0).data;
    assert.ok(Math.abs(book.ask - book.bid - 0.25) < 1e-6, JSON.stringify(book));
    const now = first.candles.at(-1).open_time;
    const later = await until(() => history(5), (h) => h.candles.at(-1).open_time >= now + 3 * slotMs);
    later.candles.forEach((c) => same(c, symbol));
    socket.close();

    const status = (await node.ask('GET', '/sync/status')).json.symbols;
    assert.deepEqual(status.map((s) => s.symbol).sort(), [...symbols].sort());
    for (const s of status) {
      assert.equal(s.gaps, 0);
      assert.equal(s.source, provider);
      assert.ok(s.lag_ms <= 3 * slotMs, JSON.stringify(s));
    }
    const job = await node.ask('POST', '/sync/trigger', { ticker_id: symbol });
    assert.equal(job.status, 202);
    await until(async () => (await node.ask('GET', `/jobs/${job.json.job_id}`)).json, (j) => j.status === 'done');
    const series = (await node.ask('GET', `/sync/history/${symbol}`)).json;
    assert.ok(series.records_count >= 570 && series.last_sync, JSON.stringify(series));
    const spread = await until(async () => (await node.ask('GET', `/spreads/${symbol}?session=all`)).json, (s) => s.count > 0);
    assert.ok(Math.abs(spread.avg_spread - 0.25) < 1e-6, JSON.stringify(spread));

    // The provider goes: stale is said, what is stored is served; it comes back: all is made good.
    market.fault.refuse = true;
    market.cut();
    await until(async () => (await node.ask('GET', '/sync/status')).json.symbols, (all) => all.every((s) => s.status === 'stale'));
    assert.equal((await history(100)).candles.length, 100);
    // A start meanwhile serves what is stored, too; the next one finds the provider well again.
    assert.equal((await node.stop()).code, 0);
    node = await serve(t, folder, ...options);
    await until(() => history(100), (h) => h.candles?.length === 100);
    assert.equal((await node.stop()).code, 0);
    market.fault.refuse = false;
    node = await serve(t, folder, ...options);
    await until(async () => (await node.ask('GET', '/sync/status')).json.symbols,
      (all) => all.every((s) => s.status === 'live' && s.gaps === 0), 100_000);
    (await history(1000)).candles.forEach((c) => same(c, symbol));
    assert.equal((await node.stop()).code, 0);
  });

test('what cannot be a market is refused by the name of its setting', async (t) => {
  const folder = temporaryFolder(t);
  const refused = async (...options) => (await run(['serve', '--http.port=0', `--data.dir=${folder}/d`, ...options], { cwd: folder })).stderr;
  assert.match(await refused('--market.feed=polygon'), /POLYGON_API_KEY/);
  assert.match(await refused('--market.feed=binance', '--market.symbols=EURUSD'), /EURUSD/);
  assert.match(await refused('--market.feed=binance', '--market.rest-url=http://example.com'), /market\.rest-url/);
  assert.match(await refused('--market.feed=binance', '--market.stream-url=ws://example.com'), /market\.stream-url/);
  assert.match(await refused('--market.feed=binance', '--market.ca-file=/nothing'), /market\.ca-file/);
});
