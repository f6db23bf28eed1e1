// Whether clients heard what the market's models said: every signal of every candle once, or a gap
// that was announced; and whether the store has each once. Pure.
import { isDeepStrictEqual } from 'node:util';

export const slotMs = 300_000;
/** Of the horizons that are asked for, those that are pushed. */
export const horizons = [6, 18];

/**
 * One client's stream of one channel, over all its connections: [{event, seq, …}] in the order heard;
 * a `signal` or `prediction` with {symbol, horizon, candle, id}, a `gap` with {from, to}, and
 * `connected` where a connection began (`node` says where). `said(horizon)`: the candles, ascending,
 * of which something is stored. Returns texts.
 */
export function checkStream(items, said) {
  const found = [];
  let seq = 0, node = '?';
  const at = new Map(); // horizon → {candle, data, gap}
  for (const item of items) {
    if (item.event === 'connected') {
      node = item.node;
      for (const last of at.values()) last.fresh = true;
      continue;
    }
    if (item.event === 'gap') {
      if (item.to < item.from) found.push(`${node} announced a gap from ${item.from} to ${item.to}`);
      for (const last of at.values()) last.gap = true;
      continue;
    }
    const { horizon, candle } = item;
    const name = `${item.event} of horizon ${horizon}, candle ${candle}, number ${item.seq} from ${node}`;
    if (item.seq <= seq) found.push(`${name}: came after number ${seq}`);
    seq = Math.max(seq, item.seq);
    const last = at.get(horizon);
    // Who comes back to where its number says nothing is told so, and begins with the newest again.
    const snapshot = last && last.gap && last.fresh && candle === last.candle;
    if (snapshot) last.gap = last.fresh = false;
    else if (last && candle <= last.candle)
      found.push(candle === last.candle ? `${name}: a second time` : `${name}: came after candle ${last.candle}`);
    else if (last && !last.gap) {
      const missing = candle - last.candle === slotMs ? [] : said(horizon).filter((c) => c > last.candle && c < candle);
      if (missing.length)
        found.push(`${name}: ${missing.length} candles before it were not heard of (${missing.slice(0, 3).join(', ')}), and no gap was announced`);
    }
    if (!last || candle > last.candle) at.set(horizon, { candle, gap: false, fresh: false });
  }
  return found;
}

/** The same number or the same id never means two things, whoever hears it. streams: [items]. */
export function checkSameness(streams) {
  const found = [];
  const by = { seq: new Map(), id: new Map() };
  for (const { event, seq, id, horizon, candle, channel } of streams.flat().filter((i) => i.candle))
    for (const [name, value] of [['seq', `${channel} ${seq}`], ['id', id && `${channel} ${event} ${id}`]]) {
      if (!value) continue;
      const what = { horizon, candle };
      if (!by[name].has(value)) by[name].set(value, what);
      else if (!isDeepStrictEqual(by[name].get(value), what))
        found.push(`${name === 'seq' ? 'number' : 'id'} ${value} is horizon ${horizon}, candle ${candle} for one and `
          + `horizon ${by[name].get(value).horizon}, candle ${by[name].get(value).candle} for another`);
    }
  return [...new Set(found)];
}

/**
 * What is stored of one symbol. candles: open times; signals, predictions: [{horizon, candle}]. From
 * the first one on, every candle has one of each; the newest candle may still be waiting for its own.
 */
export function checkStored({ symbol, candles, signals, predictions, from }) {
  const found = [];
  const wrong = (what) => found.push({ account: symbol, command: '(store)', what });
  const times = [...candles].sort((a, b) => a - b);
  const stops = times.flatMap((t, i) => (i && t - times[i - 1] !== slotMs ? [`${times[i - 1]} is followed by ${t}`] : []));
  if (stops.length) wrong(`${stops.length} times candles are missing or doubled: ${stops.slice(0, 3).join('; ')}`);
  for (const [name, rows] of Object.entries({ signals, predictions }))
    for (const horizon of horizons) {
      const count = new Map();
      for (const r of rows.filter((x) => x.horizon === horizon)) count.set(r.candle, (count.get(r.candle) ?? 0) + 1);
      const doubled = [...count].filter(([, n]) => n > 1);
      if (doubled.length)
        wrong(`${name} of horizon ${horizon}: ${doubled.length} candles have several, as ${doubled[0][0]} has ${doubled[0][1]}`);
      const first = Math.max(from ?? 0, Math.min(...count.keys()));
      const missing = times.filter((t) => t >= first && t < times.at(-1) && !count.has(t));
      if (missing.length)
        wrong(`${name} of horizon ${horizon}: ${missing.length} candles have none (${missing.slice(0, 3).join(', ')})`);
      const strange = [...count.keys()].filter((t) => t > times.at(-1) || t < times[0]);
      if (strange.length) wrong(`${name} of horizon ${horizon}: ${strange.length} are of candles that are not stored`);
    }
  return found;
}
