// Nothing lost, nothing doubled: loads the built server with money, breaks what can break, and
// proves after each round that every acknowledged command is stored once and none is half done.
//
//   node faults.mjs --store=sqlite|postgres [--rounds=6] [--seed=TEXT] [--accounts=10]
//                   [--seconds-per-round=2] [--binary=build/troupe] [--only=KIND] [--keep]
//
// The same seed makes the same plan: commands, repeats, faults and their moments. What the machine
// does with it is its own. Exits non-zero on the first round with a violation, and names the seed.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Client } from './client.mjs';
import { untilServes } from './injections.mjs';
import { faultKinds, planAccounts, planRounds } from './plan.mjs';
import { Random } from './random.mjs';
import { playRound } from './round.mjs';
import { Server } from './server.mjs';
import { PostgresStore, SqliteStore, mayMount, quietMarket } from './stores.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({
  options: {
    store: { type: 'string' }, rounds: { type: 'string', default: '6' }, seed: { type: 'string' },
    accounts: { type: 'string', default: '10' }, 'seconds-per-round': { type: 'string', default: '2' },
    binary: { type: 'string', default: process.env.TROUPE_BINARY ?? join(here, '../../build/troupe') },
    only: { type: 'string' }, keep: { type: 'boolean', default: false },
  },
});
const seed = options.seed ?? String(Date.now() % 1_000_000);
const binary = resolve(options.binary);
const say = (text) => process.stdout.write(`${text}\n`);

/** Runs this program again where it may mount a disk of its own; null where that cannot be. */
function inOwnNamespace() {
  if (spawnSync('unshare', ['--mount', 'true']).status !== 0) return null;
  const child = spawn('unshare', ['--mount', process.execPath, ...process.argv.slice(1), `--seed=${seed}`], {
    stdio: 'inherit', env: { ...process.env, TROUPE_FAULTS_NAMESPACE: '1' },
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  return new Promise((done) => child.on('close', (code) => done(code ?? 1)));
}

const keys = { engine: 'engine-key-of-the-faults', admin: 'admin-key-of-the-faults', webhook: 'webhook-secret-of-the-faults' };
const environment = { ML_ENGINE_API_KEY: keys.engine, TROUPE_ADMIN_KEY: keys.admin, ML_ENGINE_WEBHOOK_SECRET: keys.webhook,
  JWT_SECRET: 'access-secret-of-the-faults-32-bytes', JWT_REFRESH_SECRET: 'refresh-secret-of-the-faults-32-byte' };

/** Models are fitted once beside the binary, so that no round is spent on them. */
async function fittedModels(base) {
  const models = join(dirname(binary), 'faults-models');
  mkdirSync(models, { recursive: true });
  const market = quietMarket(base, models);
  if (readdirSync(models).length === 0) {
    say('fitting models once …');
    const trainer = new Server({ binary, name: 'trainer', folder: join(base, 'trainer'), env: environment,
      options: [...market, '--log.level=info'] });
    await trainer.start();
    for (const until = Date.now() + 300_000; !/speaks with models/.test(trainer.log) && Date.now() < until;)
      await new Promise((done) => setTimeout(done, 100));
    await trainer.kill('SIGTERM');
  }
  return market;
}

const servers = [];
function newServer(w) {
  const place = servers.length % 2;
  const server = new Server({ binary, place, name: `server ${servers.length + 1}`, folder: w.store.folderOf(place),
    options: [...w.market, ...w.store.optionsOf(place), ...w.round.options], env: environment });
  servers.push(server);
  return server;
}

async function beginEra(w, { era, disk }) {
  await w.primary?.kill('SIGKILL');
  w.client?.close();
  if (w.primary) await w.store.endEra();
  await w.store.newEra(era, disk);
  const random = new Random(`${seed}/${options.store}/era ${era}`);
  w.accounts = planAccounts(seed, options.store, era, Number(options.accounts));
  w.primary = newServer(w);
  await w.primary.start();
  w.client = new Client({ keys, servers: [w.primary], random });
  return untilServes(w, w.primary);
}

const total = { commands: 0, accepted: 0, repeated: 0, refused: 0, unknown: 0, rounds: 0, slowest503Ms: 0 };

async function play(w, rounds) {
  let era = 0;
  for (const round of rounds) {
    const first = round.era !== era;
    w.round = { ...round, first };
    w.random = new Random(`${seed}/${options.store}/round ${round.number}`);
    w.violation = (what) => { throw new Error(what); };
    if (first) await beginEra(w, round);
    era = round.era;
    const before = { ...w.client.counts, commands: w.client.commands.size };
    const violations = await playRound(w, Number(options['seconds-per-round']));
    const of = { commands: w.client.commands.size - before.commands };
    for (const name of ['accepted', 'repeated', 'refused', 'unknown']) of[name] = w.client.counts[name] - before[name];
    for (const name in of) total[name] += of[name];
    total.rounds += 1;
    if (w.client.slowest503Ms > total.slowest503Ms) Object.assign(total, { slowest503Ms: w.client.slowest503Ms, slowest503: w.client.slowest503 });
    const faults = round.faults.map((f) => `${f.kind}@${f.moments.join(',')}`).join(' ');
    say(`round ${String(round.number).padStart(3)}/${rounds.length}  ${faults.padEnd(34)} commands ${of.commands}, `
      + `acknowledged ${of.accepted}, repeated ${of.repeated}, refused ${of.refused}, `
      + `unanswered ${of.unknown}, rows ${w.rows}`);
    for (const v of violations.slice(0, 40))
      say(`  VIOLATION seed ${seed} round ${round.number} account ${v.account} command ${v.command ?? '-'}: ${v.what}`);
    if (violations.length) return violations.length;
  }
  return 0;
}

function closingTable(w, violations) {
  say(`\nstore ${options.store}, seed ${seed}: ${total.rounds} rounds, ${violations} violations`);
  say(`  commands ${total.commands}, acknowledged ${total.accepted}, repeats answered ${total.repeated}, `
    + `refused ${total.refused}, without an answer ${total.unknown}`);
  say(`  slowest 503 of a server that ran: ${Math.round(total.slowest503Ms)} ms${total.slowest503 ? ` (${total.slowest503})` : ""}`);
  say(`  transfers whose last word came only after a restart: ${w.lateSettlements}`);
  say(`  faults: ${Object.entries(w.faultCounts).map(([kind, n]) => `${kind} ${n}`).join(', ')}`);
}

async function main() {
  if (!faultKinds[options.store]) throw new Error('say --store=sqlite or --store=postgres');
  if (options.store === 'sqlite' && !mayMount()) {
    const code = await inOwnNamespace();
    if (code !== null) return code;
    say('NO FULL DISK IS TRIED: this user may not mount one (run as root)');
  }
  const without = options.store === 'sqlite' && !mayMount() ? ['disk'] : [];
  if (options.only) without.push(...faultKinds[options.store].filter((k) => k !== options.only));
  say(`seed ${seed}`);
  const base = mkdtempSync(join(tmpdir(), 'troupe-faults-'));
  const w = { faultCounts: {}, lateSettlements: 0, startedAt: Date.now(), newServer: async () => {
    const server = newServer(w);
    await server.start();
    return server;
  } };
  process.on('exit', () => {
    for (const server of servers) if (server.running) server.child.kill('SIGKILL');
    if (options.keep) say(`kept: ${base}`);
    else rmSync(base, { recursive: true, force: true });
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => w.store.close().finally(() => process.exit(1)));
  w.store = options.store === 'sqlite' ? new SqliteStore(base) : new PostgresStore(base);
  try {
    w.market = await fittedModels(base);
    await w.store.open();
    const violations = await play(w, planRounds(seed, options.store, Number(options.rounds), without));
    closingTable(w, violations);
    return violations ? 1 : 0;
  } finally {
    for (const server of servers) await server.kill('SIGKILL');
    if (!options.keep) await w.store.endEra?.();
    await w.store.close();
  }
}

main().then((code) => process.exit(code), (error) => {
  say(`seed ${seed}: ${error.stack}`);
  process.exit(1);
});
