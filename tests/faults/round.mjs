// One round: load, faults, healing, and then the reckoning on a stopped server.
import { check, checkRestarted, unsettledTransfers } from './checker.mjs';
import { ask } from './client.mjs';
import { inject, stopOrderly, untilServes } from './injections.mjs';
import { replay, verify } from './journal.mjs';
import { units } from './money.mjs';
import { commandsOf, sendsOf } from './plan.mjs';

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const settlePatienceMs = 20_000;
// Each is a run of the program; the verifier walks every account anyway.
const provedAccounts = 5;

/** Plays `w.round`; returns its violations. */
export async function playRound(w, seconds) {
  const { client, round } = w;
  const found = [];
  w.violation = (what) => found.push({ account: '(server)', command: round.faults.map((f) => f.kind).join('+'), what });
  client.violations = [];
  const stream = commandsOf(w.random.fork('commands'), w.accounts, round, w.startedAt);
  client.start(sendsOf(w.random.fork('order'), stream));
  const begun = performance.now();
  const injections = round.faults
    .flatMap(({ kind, moments }) => moments.map((moment) => ({ kind, at: (moment * seconds) })))
    .sort((a, b) => a.at - b.at);
  for (const { kind, at } of injections) {
    await sleep(Math.max(0, at - (performance.now() - begun)));
    await inject[kind](w);
    w.faultCounts[kind] = (w.faultCounts[kind] ?? 0) + 1;
  }
  await sleep(Math.max(0, seconds * 1_000 - (performance.now() - begun)));
  await client.stop();
  await w.store.heal();
  if (await untilServes(w, w.primary)) {
    client.servers = [w.primary];
    await client.settle();
    found.push(...(await reckon(w)));
  }
  return [...found, ...client.violations];
}

/** What is served against what is stored against what was said; then once more after a restart. */
async function reckon(w) {
  const ids = [...new Set([...w.client.commands].map((c) => c.account))];
  const totals = await untilSettled(w);
  const texts = await readAccounts(w, ids);
  const sample = w.random.shuffled(ids.filter((id) => texts.get(id))).slice(0, provedAccounts);
  const found = [];
  for (const id of sample) found.push(...(await proved(w, id)));
  const served = new Map([...texts].map(([id, text]) => [id, accountOf(text)]));
  await stopOrderly(w, w.primary);
  const journal = await w.store.read();
  found.push(...check({ journal, commands: [...w.client.commands], served, totals }));
  // The receiver has it: what the sender says last may be a moment late, but not a whole round.
  const unsettled = new Set(unsettledTransfers({ journal, commands: [...w.client.commands] }));
  for (const transfer of unsettled)
    if (!w.round.first && w.unsettled.has(transfer))
      found.push({ account: transfer, what: 'a transfer that arrived is still not settled' });
  w.unsettled = unsettled;
  found.push(...(await verify(w.primary.binary, w.store.commandLine, w.primary.env)));
  for (const id of sample) found.push(...(await rebuilt(w, id, texts.get(id))));
  w.rows = [...journal.accounts.values()].reduce((sum, a) => sum + a.rows.length, 0);
  await w.primary.startWhenPossible();
  const restarted = checkRestarted({
    texts, again: await readAccounts(w, ids), journal, commands: [...w.client.commands],
    later: await w.store.read(), // after what is served was asked: it is at least as new
  });
  w.lateSettlements += restarted.late;
  found.push(...restarted.found);
  return found;
}

const get = (w, path, by = 'admin') =>
  ask(w.client.agents[0], w.primary.url, { method: 'GET', path, headers: w.client.credentials({ by }) });

/** The server's trial balance once no transfer is under way any more, or as it is when time is up. */
export async function untilSettled(w) {
  for (const until = Date.now() + settlePatienceMs; ; await sleep(50)) {
    const { status, text } = await get(w, '/admin/ledger/trial-balance');
    if (status !== 200 && Date.now() > until) throw new Error(`no trial balance: ${status} ${text}`);
    if (status !== 200) continue;
    const said = JSON.parse(text);
    const totals = Object.fromEntries(['accounts', 'engine', 'market', 'payments', 'transit', 'difference']
      .map((name) => [name, units(said[name] ?? said[`external:${name}`])]));
    if (totals.transit === 0n || Date.now() > until) return totals;
  }
}

/** id → the account as it is shown to an admin, null where there is none. */
export async function readAccounts(w, ids) {
  const out = new Map();
  for (const id of ids) {
    const { status, text } = await get(w, `/admin/accounts/${id}`);
    if (status !== 200 && status !== 404) throw new Error(`GET ${id} was answered ${status}: ${text}`);
    out.set(id, status === 200 ? text : null);
  }
  return out;
}

/** What is served as the checker takes it. */
export function accountOf(text) {
  if (text === null) return null;
  const { version, balance, reserved } = JSON.parse(text);
  return { version, balance: units(balance), reserved: units(reserved) };
}

/** The chain of an account as the running server walks it. */
async function proved(w, id) {
  const { status, text } = await get(w, `/admin/accounts/${id}/verify`);
  if (status === 200 && JSON.parse(text).verified) return [];
  return [{ account: id, what: `is not verified by the server: ${status} ${text}` }];
}

/** An account rebuilt from its rows by the command line, against what the server said. */
async function rebuilt(w, id, text) {
  const state = await replay(w.primary.binary, id, w.store.commandLine, w.primary.env);
  const wrong = (what) => [{ account: id, what: `rebuilt from its rows: ${what}` }];
  if (state.error) return wrong(state.error);
  const said = JSON.parse(text);
  const found = [];
  const same = (name, ours, theirs) => ours === theirs || found.push(...wrong(`${name} ${ours}, served was ${theirs}`));
  same('version', state.version, said.version);
  same('status', state.status, said.status);
  same('balance', state.balance, units(said.balance));
  same('reserved', state.reserved, units(said.reserved));
  if (!state.breaker) return found; // a wallet has neither mark nor breaker
  same('high-water mark', state.highWaterMark, units(said.high_water_mark));
  same('breaker', state.breaker, said.breaker.state);
  return found;
}
