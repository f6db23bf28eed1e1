// One round: load everywhere, one fault, healing, and then the reckoning while the nodes serve on.
import { check, unsettledTransfers } from '../faults/checker.mjs';
import { untilServes } from '../faults/injections.mjs';
import { verify } from '../faults/journal.mjs';
import { commandsOf, sendsOf } from '../faults/plan.mjs';
import { accountOf, readAccounts, untilSettled } from '../faults/round.mjs';
import { symbols } from './cluster.mjs';
import { inject } from './injections.mjs';
import { checkHistories } from './linear.mjs';
import { longestSpan } from './service.mjs';
import { checkSameness, checkStored, checkStream } from './streams.mjs';
import { checkEpochs, checkWriters } from './writers.mjs';

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const readyPatienceMs = 20_000;
const tailMs = 700;
const storedPatienceMs = 8_000;

/** Plays `w.round`: {violations, spans, errors, probes}; spans are of the accounts that it hit. */
export async function playRound(w, seconds) {
  const { client, round, cluster, timed: probes, readers } = w;
  const found = [];
  w.violation = (what) => found.push({ account: '(nodes)', command: round.kind, what });
  client.violations = [];
  probes.errors = [];
  w.victim = cluster.nodes[round.victim];
  const before = { epochs: await epochsOf(cluster), probes: countOf(probes) };
  client.start(sendsOf(w.random.fork('order'), commandsOf(w.random.fork('commands'), w.accounts, round, w.startedAt)));
  readers.start(w.random.fork('reads'));
  probes.start(`${round.number}`);
  const begun = performance.now();
  await sleep((seconds * 1_000 * round.after) / 1_000);
  const owners = await cluster.owners(probes.ids);
  const faultAt = performance.now();
  w.step = 'the fault itself';
  const hit = await inject[round.kind](w);
  const healedAt = performance.now();
  w.step = 'healing';
  await cluster.heal();
  await cluster.untilReady(readyPatienceMs);
  const well = (await Promise.all(cluster.nodes.map((node) => untilServes(w, node)))).every(Boolean);
  const rest = Math.max(tailMs, begun + seconds * 1_000 - performance.now());
  for (const listener of w.listeners) if (w.random.chance(20)) listener.move();
  await sleep(rest);
  const endedAt = performance.now();
  w.step = 'the last answers to the load';
  await Promise.all([client.stop(), probes.stop(), readers.stop()]);
  const ids = probes.ids.filter((id) => hit === null || hit.includes(owners.get(id)));
  const spans = ids.map((id) => longestSpan(probes.successes(id), faultAt, endedAt));
  if (well) {
    w.step = 'definite answers to what is unknown';
    await client.settle();
    found.push(...(await reckon(w, before.epochs)));
  }
  return { violations: [...found, ...client.violations], spans, errors: probes.errors.length,
    probes: countOf(probes) - before.probes, faultMs: healedAt - faultAt };
}

const countOf = (probes) => [...probes.history.values()].reduce((sum, h) => sum + h.length, 0);

async function epochsOf(cluster) {
  return new Map((await cluster.rows('SELECT shard, epoch FROM troupe.leases')).map((r) => r.map(Number)));
}

async function reckon(w, epochsBefore) {
  const { client, cluster } = w;
  const commands = [...client.commands];
  const ids = [...new Set(commands.map((c) => c.account))];
  const at = (place) => ({ client, primary: cluster.nodes[place % cluster.nodes.length] });
  w.step = 'the trial balance and accounts';
  const totals = await untilSettled(at(w.round.number));
  // Each account at one node, and the next time at another.
  const served = new Map();
  for (let place = 0; place < cluster.nodes.length; ++place) {
    const part = ids.filter((_, i) => (i + w.round.number) % cluster.nodes.length === place);
    for (const [id, text] of await readAccounts(at(place), part)) served.set(id, accountOf(text));
  }
  w.step = 'the journal';
  const journal = await cluster.store.read();
  w.rows = [...journal.accounts.values()].reduce((sum, a) => sum + a.rows.length, 0);
  const found = check({ journal, commands, served, totals });
  const unsettled = new Set(unsettledTransfers({ journal, commands }));
  for (const transfer of unsettled)
    if (!w.round.first && w.unsettled.has(transfer))
      found.push({ account: transfer, what: 'a transfer that arrived is still not settled' });
  w.unsettled = unsettled;
  w.step = 'troupe account verify';
  found.push(...(await verify(cluster.binary, cluster.store.commandLine, cluster.nodes[0].env)));
  w.step = 'epochs';
  found.push(...(await checkOwners(cluster, epochsBefore)));
  found.push(...checkHistories({ journal, commands, reads: w.readers.reads }));
  w.step = 'the market';
  found.push(...(await checkMarket(w)));
  return found;
}

async function checkOwners(cluster, epochsBefore) {
  const rows = await cluster.rows(`SELECT j.position, a.shard, j.epoch, a.id, j.version
    FROM troupe.journal j JOIN troupe.accounts a ON a.number = j.account`);
  const epochs = await epochsOf(cluster);
  return [...checkEpochs(epochsBefore, epochs), ...checkWriters(rows.map(([position, shard, epoch, account, version]) =>
    ({ position: Number(position), shard: Number(shard), epoch: Number(epoch), account, version: Number(version) })), epochs)];
}

/** symbol → what the store has of it since the first signal, at one moment. */
async function storedMarket(cluster) {
  const logs = (name) => `SELECT '${name}', s.name, l.horizon, l.candle_time FROM troupe.${name} l JOIN troupe.symbols s ON s.id = l.symbol_id`;
  const rows = await cluster.rows(`SELECT 'candles', s.name, 0, c.open_time FROM troupe.candles c JOIN troupe.symbols s ON s.id = c.symbol_id
    WHERE c.open_time >= (SELECT min(candle_time) FROM troupe.signal_logs) UNION ALL ${logs('signal_logs')} UNION ALL ${logs('prediction_logs')}`);
  const of = new Map(symbols.map((symbol) => [symbol, { symbol, candles: [], signals: [], predictions: [] }]));
  for (const [table, symbol, horizon, time] of rows) {
    const it = of.get(symbol);
    if (table === 'candles') it.candles.push(Number(time));
    else it[table === 'signal_logs' ? 'signals' : 'predictions'].push({ horizon: Number(horizon), candle: Number(time) });
  }
  return of;
}

async function checkMarket(w) {
  let stored, found;
  // What is being written just now may come in pieces.
  for (const until = performance.now() + storedPatienceMs; ; await sleep(500)) {
    stored = await storedMarket(w.cluster);
    found = [...stored.values()].flatMap((of) => [...checkStored(of),
      ...(of.signals.length ? [] : [{ account: of.symbol, what: 'has no signal at all' }])]);
    if (found.length === 0 || performance.now() > until) break;
  }
  const streams = [];
  for (const listener of w.listeners) {
    for (const what of listener.strange.splice(0)) found.push({ account: listener.name, command: '(stream)', what });
    for (const [channel, items] of listener.streams) {
      const [kind, symbol] = channel.split(':');
      const said = (horizon) => stored.get(symbol)[kind].filter((r) => r.horizon === horizon)
        .map((r) => r.candle).sort((a, b) => a - b);
      const wrong = checkStream(items, said);
      found.push(...wrong.map((what) => ({ account: `${listener.name} ${channel}`, command: '(stream)', what })));
      streams.push(items);
    }
  }
  for (const what of checkSameness(streams)) found.push({ account: '(streams)', what });
  w.heard = streams.reduce((sum, items) => sum + items.filter((i) => i.candle).length, 0);
  w.gaps = streams.reduce((sum, items) => sum + items.filter((i) => i.event === 'gap').length, 0);
  return found;
}
