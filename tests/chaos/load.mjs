// What goes on all the while: money commands to any node, reads that are written down with their
// moments, and a few accounts to which something is said every few milliseconds.
import { Agent } from 'node:http';
import { Client, ask } from '../faults/client.mjs';
import * as say from '../faults/commands.mjs';
import { decimal, units } from '../faults/money.mjs';

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const probeEveryMs = 40;
const mostUnanswered = 120;

/** Says each command to whichever node comes. */
export class ScatteredClient extends Client {
  pick(n, random) {
    return random.pick(this.servers);
  }
}

/** Accounts whose service is timed. Each attempt that fails is made once more, at the next node. */
export class Probes {
  /** account → [{at, end, ok}], at and end on the clock of performance.now(). */
  history = new Map();
  errors = [];
  #running = false;
  #open = new Set();
  #said = 0;

  constructor(client, ids) {
    Object.assign(this, { client, ids, agent: new Agent({ keepAlive: true }) });
    for (const id of ids) this.history.set(id, []);
  }

  /** Opens the accounts, each of which must come to be. */
  async open() {
    for (const id of this.ids) {
      const command = say.open(id, 'nova', 0n);
      for (let n = 0; command.outcome.accepted.length === 0; ++n) {
        if (n > 200) throw new Error(`the account ${id} cannot be opened: ${command.outcome.refused.at(-1)}`);
        await this.client.say(command, this.client.servers[n % this.client.servers.length], this.agent);
        if (command.outcome.accepted.length === 0) await sleep(50);
      }
    }
  }

  start(name) {
    this.#running = true;
    this.#workers = this.ids.map((id, i) => this.#probe(id, i, name));
  }
  #workers = [];

  async #probe(id, offset, name) {
    let open = 0;
    await sleep((offset * probeEveryMs) / this.ids.length);
    for (let n = offset; this.#running; ++n, await sleep(probeEveryMs)) {
      if (open >= mostUnanswered) continue;
      ++open;
      const one = this.#once(say.deposit(id, `probe-${name}-${++this.#said}`, 1n, decimal), n).finally(() => --open);
      this.#open.add(one);
      one.finally(() => this.#open.delete(one));
    }
  }

  async #once(command, n) {
    const { servers } = this.client;
    const at = performance.now();
    const won = () => command.outcome.accepted.length > 0;
    await this.client.say(command, servers[n % servers.length], this.agent);
    if (!won()) await this.client.say(command, servers[(n + 1) % servers.length], this.agent);
    const end = performance.now();
    if (!won()) this.errors.push({ at, end, account: command.account, refused: command.outcome.refused.at(-1) });
    this.history.get(command.account).push({ at, end, ok: won() });
  }

  async stop() {
    this.#running = false;
    await Promise.all(this.#workers);
    await Promise.all(this.#open);
  }

  /** Ends of what succeeded, of one account. */
  successes(id) {
    return this.history.get(id).filter((h) => h.ok).map((h) => h.end);
  }
}

/** Reads accounts at any node, and writes down what was seen and when. */
export class Readers {
  reads = [];
  #running = false;
  #workers = [];

  constructor(client, ids, count = 2) {
    Object.assign(this, { client, ids });
    this.agents = Array.from({ length: count }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  }

  start(random) {
    this.#running = true;
    this.#workers = this.agents.map((agent, i) => this.#read(agent, random.fork(`reader ${i}`)));
  }

  async #read(agent, random) {
    const headers = this.client.credentials({ by: 'admin' });
    for (; this.#running; await sleep(random.between(2, 15))) {
      const account = random.pick(this.ids), node = random.pick(this.client.servers);
      if (!node.url) continue;
      const begin = performance.now();
      const { status, text } = await ask(agent, node.url, { method: 'GET', path: `/admin/accounts/${account}`, headers });
      if (status !== 200 && status !== 404) continue;
      const { version = 0, balance } = status === 200 ? JSON.parse(text) : {};
      this.reads.push({ account, begin, end: performance.now(), version, balance: balance && units(balance), node: node.name });
    }
  }

  async stop() {
    this.#running = false;
    await Promise.all(this.#workers);
  }
}
