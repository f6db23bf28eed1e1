// The load: several keep-alive connections that say commands, repeat what got no answer, and write
// down every answer. What an attempt proves: 2xx the command is kept for ever, 4xx this attempt did
// nothing, anything else nothing at all.
import { createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';

// Money is answered within 2 s, be it with 503; what is silent twice as long never answers.
const timeoutMs = 4_000;
const triesUnderLoad = 6, triesAtEnd = 60;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** One exchange: {status, text}, or without a status when no answer came. `cutAfterMs`: hang up. */
export function ask(agent, address, { method, path, headers = {}, body = '' }, cutAfterMs) {
  const [host, port] = address.split(':');
  const length = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
  return new Promise((done) => {
    const sent = request({ agent, host, port, method, path, headers: { ...length, ...headers } }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part) => (text += part));
      response.on('end', () => done({ status: response.statusCode, text }));
      response.on('error', () => done({}));
      response.on('close', () => done({}));
    });
    const hangUp = (why) => {
      sent.destroy();
      done(why);
    };
    sent.on('error', (error) => done({ unsent: error.code === 'ECONNREFUSED' }));
    sent.setTimeout(timeoutMs, () => hangUp({ silent: true }));
    if (cutAfterMs !== undefined) setTimeout(() => hangUp({ cut: true }), cutAfterMs);
    sent.end(body);
  });
}

export class Client {
  /** Everything said in this era; each once, however often it was sent. */
  commands = new Set();
  counts = { attempts: 0, accepted: 0, repeated: 0, refused: 0, unknown: 0 };
  /** Of a server that ran all the while. */
  slowest503Ms = 0;
  violations = [];
  /** Part of a hundred of attempts that hang up before the answer. */
  cutPercent = 0;
  #running = false;
  #workers = [];

  /** `servers`: those that may be asked, the likeliest first; may change at any time. */
  constructor({ keys, servers, random, connections = 12 }) {
    Object.assign(this, { keys, servers, random });
    this.agents = Array.from({ length: connections }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  }

  credentials({ by, body }) {
    if (by === 'engine') return { 'X-API-Key': this.keys.engine };
    if (by === 'admin') return { 'X-API-Key': this.keys.admin };
    const signed = by === 'forger' ? `${body} ` : body;
    return { 'X-ML-Signature': createHmac('sha256', this.keys.webhook).update(signed).digest('hex') };
  }

  /** Says commands of `sends` on every connection until stop(). */
  start(sends) {
    this.#running = true;
    this.#workers = this.agents.map(async (agent, i) => {
      const random = this.random.fork(`connection ${i}`);
      while (this.#running) {
        const { value: command } = sends.next();
        this.commands.add(command);
        await this.#insist(agent, command, random, triesUnderLoad, () => this.#running);
      }
    });
  }

  async stop() {
    this.#running = false;
    await Promise.all(this.#workers);
  }

  /** Asks again about half of what nobody knows the outcome of; the other half stays unknown. */
  async settle() {
    const open = [...this.commands].filter((c) => c.outcome.unknown > 0 && !decided(c) && this.random.chance(50));
    const random = this.random.fork('settle');
    await Promise.all(this.agents.map(async (agent) => {
      for (let command; (command = open.pop());)
        if (!(await this.#insist(agent, command, random, triesAtEnd, () => true)))
          this.violations.push({ account: command.account, command: `${command.name} ${command.reference}`,
            what: 'gets no definite answer although the server is well' });
    }));
  }

  /** Whom the n-th attempt at a command goes to. */
  pick(n) {
    return this.servers[n % this.servers.length];
  }

  /** Says one command to one server once. */
  async say(command, server, agent = this.agents[0], cutAfterMs) {
    const { outcome, request } = command;
    this.commands.add(command);
    outcome.begun ??= performance.now();
    ++outcome.sent;
    ++this.counts.attempts;
    const troubles = server.troubles, before = performance.now();
    const whole = server.running && !server.frozen;
    const headers = { ...request.headers, ...this.credentials(request) };
    const answer = server.url ? await ask(agent, server.url, { ...request, headers }, cutAfterMs) : { unsent: true };
    const well = whole && server.troubles === troubles;
    if (answer.silent && well) this.#violation(command, `had no answer from ${server.name} for ${timeoutMs} ms`);
    const took = performance.now() - before;
    if (answer.status === 503 && well && took > this.slowest503Ms)
      Object.assign(this, { slowest503Ms: took, slowest503: `${command.name} ${answer.text.slice(0, 200)}` });
    return this.#note(command, answer);
  }

  /** True when the attempt proves something. */
  #note(command, { status, text, unsent }) {
    const { outcome, request } = command;
    if (unsent) return false;
    const forged = request.by === 'forger';
    if (forged && status && ![401, 429].includes(status) && status < 500)
      this.#violation(command, `a wrong signature was answered ${status}`);
    if (status === 200 || status === 201) {
      ++this.counts[outcome.accepted.length ? 'repeated' : 'accepted'];
      outcome.acknowledged ??= performance.now();
      outcome.accepted.push(essence(text));
      return true;
    }
    const code = /"code":"(\w+)"/.exec(text ?? '')?.[1];
    const later = (status === 429 && !forged) || code === 'IN_PROGRESS';
    const proof = status === 202 || (status >= 400 && status < 500 && !later);
    if (!proof) {
      ++outcome.unknown;
      ++this.counts.unknown;
      return false;
    }
    ++this.counts.refused;
    if (status === 202) ++outcome.letters;
    outcome.refused.push(`${status} ${code ?? ''}`);
    // Nothing that is said here is malformed; only a breaker that is closed may not be reset.
    if ([400, 403, 405, 413].includes(status) && command.name !== 'reset')
      this.#violation(command, `was answered ${status}: ${text.slice(0, 300)}`);
    return true;
  }

  /** Until an attempt proves something, at one server or another, `tries` times at most. */
  async #insist(agent, command, random, tries, wanted) {
    for (let n = 0; n < tries; ++n) {
      const server = this.pick(n, random);
      const cut = random.chance(this.cutPercent) ? random.below(8) / 2 : undefined;
      if (await this.say(command, server, agent, cut)) return true;
      if (!wanted()) return false;
      await sleep(random.between(5, 20) * (n + 1));
    }
    return false;
  }

  #violation(command, what) {
    this.violations.push({ account: command.account, command: `${command.name} ${command.reference}`, what });
  }

  close() {
    for (const agent of this.agents) agent.destroy();
  }
}

const decided = ({ outcome }) => outcome.accepted.length > 0 || outcome.refused.length > 0;

/** What two answers to one command must have in common: everything. */
const essence = (text) => text;
