// What is planted must be found and named: in the journal's epochs, in what clients heard, in what
// the store has of the market, and in how long an account was not served.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { longestSpan, quantile, serviceTable } from './service.mjs';
import { checkSameness, checkStored, checkStream, horizons, slotMs } from './streams.mjs';
import { checkEpochs, checkWriters } from './writers.mjs';

const row = (position, shard, epoch, account, version) => ({ position, shard, epoch, account, version });
const sound = () => [row(1, 7, 1, 'a', 1), row(2, 8, 3, 'b', 1), row(3, 7, 1, 'a', 2), row(4, 7, 2, 'c', 1), row(9, 7, 2, 'a', 3)];

test('a shard that moves on is sound, in whatever order its rows are read', () => {
  assert.deepEqual(checkWriters(sound()), []);
  assert.deepEqual(checkWriters(sound().reverse(), new Map([[7, 2], [8, 5]])), []);
});

for (const [what, plant, pattern] of [
  ['an older epoch after a newer', (rows) => rows.push(row(10, 7, 1, 'a', 4)), /shard 7 was written under epoch 1 after it had been under 2/],
  ['an epoch that nobody has taken', (rows) => rows.push(row(10, 8, 4, 'b', 2)), /has only come to 3/],
  ['no epoch at all', (rows) => rows.push(row(10, 9, 0, 'd', 1)), /nobody had taken it/],
  ['a version twice', (rows) => rows.push(row(10, 7, 2, 'a', 3)), /version 3 stands after 3/],
  ['a version left out', (rows) => rows.push(row(10, 7, 2, 'a', 5)), /version 5 stands after 3/],
])
  test(`found: ${what}`, () => {
    const rows = sound();
    plant(rows);
    const found = checkWriters(rows, new Map([[7, 2], [8, 3]]));
    assert.equal(found.length, 1, JSON.stringify(found));
    assert.match(found[0].what, pattern);
  });

test('found: an epoch of the leases that went back', () => {
  assert.deepEqual(checkEpochs(new Map([[1, 4]]), new Map([[1, 4], [2, 1]])), []);
  assert.equal(checkEpochs(new Map([[1, 4], [2, 1]]), new Map([[1, 3], [2, 1]])).length, 1);
});

const candle = (n) => n * slotMs;
const said = () => [1, 2, 3, 4, 5, 6].map(candle);
/** Both horizons of candles from … to, with numbers that go on from `seq`. */
function heard(from, to, seq) {
  const out = [];
  for (let n = from; n <= to; ++n)
    for (const horizon of horizons)
      out.push({ event: 'signal', channel: 'signals:X', seq: seq++, horizon, candle: candle(n), id: `${horizon}-${n}` });
  return out;
}
const connected = (node) => ({ event: 'connected', node });
const gap = (from, to) => ({ event: 'gap', from, to });

test('a stream that moves to another node and goes on is sound', () => {
  assert.deepEqual(checkStream([connected('n1'), ...heard(2, 3, 10), connected('n2'), ...heard(4, 6, 14)], said), []);
});
test('what is missing is forgiven where a gap was announced, and only there', () => {
  const stream = [connected('n1'), ...heard(1, 2, 10), gap(14, 90), ...heard(5, 5, 91)];
  assert.deepEqual(checkStream(stream, said), []);
  assert.equal(checkStream(stream.filter((i) => i.event !== 'gap'), said).length, 2);
  const again = [...stream, ...heard(6, 6, 93)].filter((i) => i.candle !== candle(2));
  assert.deepEqual(checkStream(again, said), []);
  assert.equal(checkStream([gap(1, 2), ...heard(1, 1, 10), ...heard(3, 3, 12)], said).length, 2);
});
test('who comes back after a gap may be shown the newest once more, and no more than once', () => {
  const back = [connected('n1'), ...heard(1, 2, 10), connected('n2'), gap(14, 90), ...heard(2, 3, 91)];
  assert.deepEqual(checkStream(back, said), []);
  assert.equal(checkStream([...back.slice(0, -2), ...heard(2, 2, 93)], said).length, 2);
  assert.equal(checkStream(back.filter((i) => i.event !== 'connected'), said).length, 2);
  assert.equal(checkStream(back.filter((i) => i.event !== 'gap'), said).length, 2);
});
for (const [what, stream, pattern] of [
  ['a number that went back', [...heard(1, 2, 10), ...heard(3, 3, 13)], /came after number 13/],
  ['a signal heard twice under other numbers', [...heard(1, 2, 10), ...heard(2, 2, 20)], /a second time/],
  ['a signal heard twice around a gap', [...heard(1, 2, 10), gap(14, 19), ...heard(2, 3, 20)], /a second time/],
  ['an older candle after a newer', [...heard(2, 3, 10), ...heard(1, 1, 20)], /came after candle/],
  ['one horizon left out', heard(1, 3, 10).filter((i) => i.candle !== candle(2) || i.horizon !== 18), /no gap was announced/],
  ['a gap of nothing', [...heard(1, 1, 10), gap(12, 11)], /announced a gap/],
])
  test(`found: ${what}`, () => {
    const found = checkStream(stream, said);
    assert.ok(found.length >= 1);
    assert.ok(found.some((text) => pattern.test(text)), found.join('\n'));
  });

test('found: one number, or one id, for two signals', () => {
  assert.deepEqual(checkSameness([heard(1, 3, 10), heard(2, 3, 12)]), []);
  assert.match(checkSameness([heard(1, 1, 10), heard(2, 2, 10)])[0], /number signals:X 10/);
  const other = heard(2, 2, 20).map((i) => ({ ...i, id: '6-1' }));
  assert.match(checkSameness([heard(1, 1, 10), other])[0], /id signals:X signal 6-1/);
});

const stored = () => {
  const of = said().slice(2).flatMap((c) => horizons.map((horizon) => ({ horizon, candle: c })));
  return { symbol: 'X', candles: said(), signals: [...of], predictions: [...of] };
};
test('a store with one of each from the first on is sound, the newest candle aside', () => {
  assert.deepEqual(checkStored(stored()), []);
  const late = stored();
  late.signals.splice(-2);
  assert.deepEqual(checkStored(late), []);
});
for (const [what, plant, pattern] of [
  ['a candle missing', (s) => s.candles.splice(3, 1), /is followed by/],
  ['a candle doubled', (s) => s.candles.push(candle(4)), /missing or doubled/],
  ['a signal missing', (s) => s.signals.splice(2, 1), /signals of horizon 6: 1 candles have none/],
  ['a prediction doubled', (s) => s.predictions.push(s.predictions[3]), /predictions of horizon 18: 1 candles have several/],
  ['a signal of a candle that is not there', (s) => s.signals.push({ horizon: 6, candle: candle(7) }), /not stored/],
])
  test(`found in the store: ${what}`, () => {
    const s = stored();
    plant(s);
    const found = checkStored(s);
    assert.ok(found.some((v) => pattern.test(v.what)), JSON.stringify(found));
  });

test('the longest span without service reaches from the fault to the first success', () => {
  assert.equal(longestSpan([10, 20, 900, 930, 990], 0, 1_000), 880);
  assert.equal(longestSpan([], 100, 400), 300);
  assert.equal(longestSpan([50, 450, 150], 100, 400), 250);
  assert.equal(quantile([5, 1, 3], 0.5), 3);
  assert.equal(quantile([5, 1, 3], 0.99), 5);
});
test('goals are judged by the longest', () => {
  const kinds = new Map([['kill', { spans: [900, 2_100], errors: 0, commands: 9 }], ['rolling', { spans: [90], errors: 1, commands: 9 }],
    ['leave', { spans: [290], errors: 0, commands: 9 }]]);
  const text = serviceTable(kinds, 1_000).join('\n');
  assert.match(text, /kill.* 2100 .*goal 2000: MISSED/);
  assert.match(text, /leave.*goal 300: met/);
  assert.match(text, /rolling.*goal 0 errors: MISSED/);
});
