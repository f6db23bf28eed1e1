// The cluster under test: N nodes of the built binary on one PostgreSQL and one Redis of our own,
// every way between any two of them through a proxy that can be cut.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { ask } from '../faults/client.mjs';
import { makeCable } from '../faults/proxy.mjs';
import { Server, runToEnd } from '../faults/server.mjs';
import { PostgresStore } from '../faults/stores.mjs';
import { makeDoor } from './links.mjs';

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
export const symbols = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'];
export const keys = { engine: 'engine-key-of-the-chaos', admin: 'admin-key-of-the-chaos', webhook: 'webhook-secret-of-the-chaos' };
export const environment = { ML_ENGINE_API_KEY: keys.engine, TROUPE_ADMIN_KEY: keys.admin, ML_ENGINE_WEBHOOK_SECRET: keys.webhook,
  JWT_SECRET: 'access-secret-of-the-chaos-32-bytes!', JWT_REFRESH_SECRET: 'refresh-secret-of-the-chaos-32-bytes' };

/** A candle of five minutes every one and a half seconds. */
const market = (models) => [`--market.symbols=${symbols.join(',')}`, '--market.feed=simulated', '--market.speed=200',
  '--train.nightly-at=never', '--train.days=30', `--models.dir=${models}`];

/** Models are fitted once beside the binary. */
export async function fittedModels(binary, base, say) {
  const models = join(dirname(binary), 'chaos-models');
  mkdirSync(models, { recursive: true });
  if (symbols.every((s) => readdirSync(models).includes(s))) return models;
  say('fitting models once …');
  const trainer = new Server({ binary, name: 'trainer', folder: join(base, 'trainer'), env: environment,
    options: [...market(models), '--log.level=info'] });
  let log = '';
  await trainer.start();
  trainer.child.stderr.on('data', (text) => (log += text));
  for (const until = Date.now() + 300_000; (log.match(/speaks with models/g) ?? []).length < symbols.length;) {
    if (Date.now() > until) throw new Error(`no models: ${log.slice(-400)}`);
    await sleep(100);
  }
  await trainer.kill('SIGTERM');
  return models;
}

const freePort = () => new Promise((done) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address();
    probe.close(() => done(port));
  });
});

/** libfaketime where Debian keeps it; undefined: none. */
export function fakeClock() {
  const folders = readdirSync('/usr/lib').filter((f) => f.endsWith('-linux-gnu'));
  return folders.map((f) => `/usr/lib/${f}/faketime/libfaketimeMT.so.1`).find((file) => existsSync(file));
}

export class Cluster {
  #afterwards = [];
  copies = 0;

  constructor({ binary, base, count, leaseMs, plain, say }) {
    Object.assign(this, { binary, base, count, leaseMs, plain, say, nodes: [] });
    this.store = new PostgresStore(base, count);
  }

  async open() {
    const { redis } = await import('../e2e/redis.mjs');
    this.models = await fittedModels(this.binary, this.base, this.say);
    await this.store.open();
    this.redis = await redis({ after: (act) => this.#afterwards.push(act) });
    this.redisCables = await Promise.all(Array.from({ length: this.count }, () => makeCable(Number(new URL(this.redis.url).port))));
    this.meshPorts = await Promise.all(Array.from({ length: this.count }, freePort));
    this.doors = await Promise.all(this.meshPorts.map((port) =>
      makeDoor(this.count, port, (i) => this.nodes[i]?.running && this.nodes[i].child.pid)));
    await this.#certify();
  }

  async #certify() {
    if (this.count === 1 || this.plain) return;
    this.certificates = join(this.base, 'certificates');
    const names = this.doors.map((_, i) => `--node=n${i + 1}`);
    const made = await runToEnd(this.binary, ['cluster', 'certs', `--dir=${this.certificates}`, ...names]);
    if (made.code !== 0) throw new Error(`troupe cluster certs ended with ${made.code}: ${made.errors}`);
  }

  /** A database of its own, and new nodes on it. */
  async newEra(era) {
    await this.end();
    await this.store.newEra(era);
    await this.#giveHistory();
    this.nodes = this.doors.map((_, i) => this.#node(i));
    await Promise.all(this.nodes.map((n) => n.start()));
    await this.untilReady(60_000);
  }

  /** The market's past and the first signals, made once by a node that is alone. */
  async #giveHistory() {
    if (this.template) {
      const name = `${this.template}_${++this.copies}`;
      const { database } = this.store;
      database.sql(database.url('postgres'), `CREATE DATABASE ${name} TEMPLATE ${this.template}`);
      this.store.url = database.url(name);
      return;
    }
    this.template = new URL(this.store.url).pathname.slice(1);
    const first = new Server({ binary: this.binary, name: 'first', folder: join(this.base, 'first'), env: environment,
      options: [...market(this.models), ...this.store.optionsOf(0, this.leaseMs)] });
    await first.start();
    for (const until = Date.now() + 120_000; ; await sleep(200)) {
      const [[count]] = await this.rows('SELECT count(DISTINCT symbol_id) FROM troupe.signal_logs');
      if (Number(count) === symbols.length) break;
      if (Date.now() > until) throw new Error(`no signals at a first start: ${first.log.slice(-600)}`);
    }
    const { code } = await first.kill('SIGTERM');
    if (code !== 0) throw new Error(`the first node ended with ${code}: ${first.log.slice(-400)}`);
    await this.#giveHistory();
  }

  #node(place) {
    const name = `n${place + 1}`;
    const options = [...market(this.models), ...this.store.optionsOf(place, this.leaseMs), '--log.level=info',
      `--redis.url=redis://127.0.0.1:${this.redisCables[place].port}`];
    if (this.count > 1)
      options.push(`--cluster.name=${name}`, `--cluster.address=127.0.0.1:${this.doors[place].port}`,
        `--cluster.listen=127.0.0.1:${this.meshPorts[place]}`, ...this.#transport(name));
    const node = new Server({ binary: this.binary, name, place, folder: this.store.folderOf(place), options, env: { ...environment } });
    node.logFile = join(this.base, `${name}.log`);
    return node;
  }

  #transport(name) {
    if (this.plain) return ['--cluster.plain'];
    const file = (end) => join(this.certificates, end);
    return [`--cluster.ca=${file('ca.pem')}`, `--cluster.certificate=${file(`${name}.pem`)}`, `--cluster.key=${file(`${name}.key`)}`];
  }

  /** Every way that leads from a node to another, and back. */
  peerWires(place) {
    return this.doors.flatMap((door, to) =>
      door.from.filter((_, from) => from !== to && (from === place || to === place)));
  }

  /** Why a node does not serve yet as one of all of them; null: it does. */
  async #lacks(node, agent) {
    const get = (path, headers) => ask(agent, node.url, { method: 'GET', path, headers });
    const ready = await get('/health/ready');
    if (ready.status !== 200) return ready.text ?? 'no answer';
    if (this.count === 1) return null;
    const { status, text } = await get('/admin/cluster', { 'X-API-Key': keys.admin });
    if (status !== 200) return `/admin/cluster is answered ${status}`;
    const { state, shards, nodes } = JSON.parse(text);
    const others = nodes.filter((n) => n.alive && !n.this_node && n.way).length;
    const whole = state === 'serving' && shards.moving === 0 && others === this.count - 1
      && shards.here >= Math.floor(256 / this.count);
    return whole ? null : text;
  }

  /** Until every node serves its share and reaches all others; throws with what is missing. */
  async untilReady(patienceMs, agent) {
    for (const until = Date.now() + patienceMs; ; await sleep(30)) {
      const lacking = await Promise.all(this.nodes.map((n) => this.#lacks(n, agent)));
      const late = lacking.findIndex(Boolean);
      if (late < 0) return;
      const { name, death, log } = this.nodes[late];
      if (Date.now() > until)
        throw new Error(`${name} does not serve its share after ${patienceMs} ms: ${lacking[late]}; ${death ?? log.slice(-600)}`);
    }
  }

  /** What can be healed from outside. */
  async heal() {
    for (const wires of [...this.doors.flatMap((d) => d.from), ...this.redisCables]) {
      wires.accept();
      wires.flow();
    }
    await this.store.heal();
    for (const node of this.nodes) {
      if (node.frozen) node.thaw();
      if (!node.running) await node.startWhenPossible();
    }
  }

  /** account → name of the node that owns it. */
  async owners(ids) {
    const text = await this.store.ask(`SELECT a.id, l.node FROM troupe.accounts a JOIN troupe.leases l USING (shard)
      WHERE a.id IN (${ids.map((id) => `'${id}'`).join(',')})`);
    return new Map(text.split('\n').filter(Boolean).map((line) => line.split('|')));
  }

  async rows(sql) {
    const text = await this.store.ask(sql);
    return text.split('\n').filter(Boolean).map((line) => line.split('|'));
  }

  async end() {
    for (const node of this.nodes) {
      if (node.frozen) node.thaw();
      await node.kill('SIGKILL');
    }
  }

  async close() {
    await this.end();
    await this.store.close();
    for (const act of this.#afterwards.splice(0)) await act();
    for (const each of [...(this.doors ?? []), ...(this.redisCables ?? [])]) await each.close();
  }
}
