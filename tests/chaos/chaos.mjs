// Many nodes, one system: loads a cluster of the built binary with money, signals and sockets, breaks
// nodes and the ways between them, and proves after each round that nothing was lost, doubled or seen
// out of order. Says for how long accounts were not served.
//
//   node chaos.mjs [--rounds=11] [--seconds-per-round=4] [--nodes=3] [--seed=TEXT] [--only=KIND,…]
//                  [--accounts=8] [--lease-ms=1500] [--binary=build/troupe] [--plain] [--keep] [--go-on]
//
// The same seed makes the same plan; what the machine does with it is its own. Exits non-zero on the
// first round with a violation (with --go-on at the end), and names the seed.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { planAccounts } from '../faults/plan.mjs';
import { Random } from '../faults/random.mjs';
import { Cluster, fakeClock, keys, symbols } from './cluster.mjs';
import { Probes, Readers, ScatteredClient } from './load.mjs';
import { faultKinds, planRounds, spreadIds } from './plan.mjs';
import { playRound } from './round.mjs';
import { serviceTable } from './service.mjs';
import { Listener } from './sockets.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: String(Object.keys(faultKinds).length) }, 'seconds-per-round': { type: 'string', default: '4' },
    nodes: { type: 'string', default: '3' }, seed: { type: 'string' }, only: { type: 'string' },
    accounts: { type: 'string', default: '8' }, 'lease-ms': { type: 'string', default: '1500' },
    binary: { type: 'string', default: process.env.TROUPE_BINARY ?? join(here, '../../build/troupe') },
    plain: { type: 'boolean', default: false }, keep: { type: 'boolean', default: false }, 'go-on': { type: 'boolean', default: false },
  },
});
const seed = options.seed ?? String(Date.now() % 1_000_000);
const leaseMs = Number(options['lease-ms']);
const probeCount = 8;
const say = (text) => process.stdout.write(`${text}\n`);

const total = { commands: 0, accepted: 0, repeated: 0, refused: 0, unknown: 0 };
const service = new Map(Object.keys(faultKinds).map((kind) => [kind, { spans: [], errors: 0, commands: 0 }]));

async function endEra(w) {
  for (const listener of w.listeners ?? []) listener.stop();
  w.client?.close();
  if (w.cluster.store.folder) {
    await w.cluster.end();
    await w.cluster.store.endEra();
  }
}

async function beginEra(w, era) {
  await endEra(w);
  await w.cluster.newEra(era);
  const { nodes } = w.cluster;
  w.client = new ScatteredClient({ keys, servers: nodes, random: new Random(`${seed}/cluster/era ${era}`), connections: 4 });
  w.accounts = planAccounts(seed, 'cluster', era, Number(options.accounts));
  w.timed = new Probes(w.client, spreadIds(`probe-${era}`, probeCount));
  await w.timed.open();
  const wallets = w.accounts.users.map((u) => `wallet:${u}`);
  w.readers = new Readers(w.client, [...w.timed.ids, ...w.accounts.investments.map((a) => a.id), ...wallets]);
  w.listeners = nodes.map((node, at) => new Listener({ name: `client ${at + 1}`, nodes, at, symbols, key: keys.engine }));
}

const textOf = ({ account, command, what }) => `account ${account} command ${command ?? '-'}: ${what}`;
const mostNamed = 20;
const roundPatienceMs = 120_000;

/** No round takes for ever: what it waits for is named. */
function inTime(w, playing) {
  let timer;
  const late = new Promise((_, failed) => {
    timer = setTimeout(() => failed(new Error(`round ${w.round.number} (${w.round.kind}) does not end: ${w.step}`)), roundPatienceMs);
  });
  return Promise.race([playing, late]).finally(() => clearTimeout(timer));
}

async function play(w, rounds) {
  let violations = 0;
  for (const round of rounds) {
    w.round = round;
    w.random = new Random(`${seed}/cluster/round ${round.number}`);
    if (round.first) await beginEra(w, round.era);
    const before = { ...w.client.counts, commands: w.client.commands.size };
    const { violations: found, spans, errors, probes, faultMs } = await inTime(w, playRound(w, Number(options['seconds-per-round'])));
    const of = { commands: w.client.commands.size - before.commands };
    for (const name of ['accepted', 'repeated', 'refused', 'unknown']) of[name] = w.client.counts[name] - before[name];
    for (const name in of) total[name] += of[name];
    const kind = service.get(round.kind);
    kind.spans.push(...spans);
    kind.errors += errors;
    kind.commands += probes;
    say(`round ${String(round.number).padStart(3)}/${rounds.length}  ${round.kind.padEnd(8)} of n${round.victim + 1} `
      + `(${(faultMs / 1_000).toFixed(1)} s)  commands ${of.commands}, acknowledged ${of.accepted}, unanswered ${of.unknown}, `
      + `rows ${w.rows}, reads ${w.readers.reads.length}, heard ${w.heard}, gaps ${w.gaps}; `
      + `longest without service ${Math.round(Math.max(0, ...spans))} ms of ${spans.length} accounts, errors ${errors}`);
    // What was found in an earlier round is found again in what has grown since.
    const fresh = found.filter((v) => !w.named.has(textOf(v)));
    for (const v of fresh) w.named.add(textOf(v));
    for (const v of fresh.slice(0, mostNamed)) say(`  VIOLATION seed ${seed} round ${round.number} ${textOf(v)}`);
    if (fresh.length > mostNamed) say(`  … and ${fresh.length - mostNamed} more`);
    violations += fresh.length;
    if (fresh.length && !options['go-on']) break;
  }
  return violations;
}

function closingTable(violations) {
  say(`\n${options.nodes} nodes, lease ${leaseMs} ms, seed ${seed}: ${violations} violations`);
  say(`  commands ${total.commands}, acknowledged ${total.accepted}, repeats answered ${total.repeated}, `
    + `refused ${total.refused}, without an answer ${total.unknown}`);
  for (const line of serviceTable(service, leaseMs)) say(line);
}

async function main() {
  say(`seed ${seed}`);
  const without = options.only ? Object.keys(faultKinds).filter((k) => !options.only.split(',').includes(k)) : [];
  if (!fakeClock() && !without.includes('clock')) {
    say('NO CLOCK IS SHIFTED: libfaketime is not there (Debian: faketime)');
    without.push('clock');
  }
  const base = mkdtempSync(join(tmpdir(), 'troupe-chaos-'));
  const w = { startedAt: Date.now(), named: new Set() };
  w.cluster = new Cluster({ binary: resolve(options.binary), base, count: Number(options.nodes), leaseMs, plain: options.plain, say });
  let keep = options.keep;
  process.on('exit', () => {
    for (const node of w.cluster.nodes) if (node.running) node.child.kill('SIGKILL');
    if (keep) say(`kept: ${base}`);
    else rmSync(base, { recursive: true, force: true });
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => w.cluster.close().finally(() => process.exit(1)));
  try {
    await w.cluster.open();
    const violations = await play(w, planRounds(seed, Number(options.rounds), Number(options.nodes), without));
    closingTable(violations);
    keep ||= violations > 0;
    return violations ? 1 : 0;
  } finally {
    for (const listener of w.listeners ?? []) listener.stop();
    await w.cluster.close();
  }
}

main().then((code) => process.exit(code), (error) => {
  say(`seed ${seed}: ${error.stack}`);
  process.exit(1);
});
