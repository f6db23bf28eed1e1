// One `troupe serve`, and all that may befall it. Only processes started here are ever signalled.
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';

const keptLog = 20_000;

export class Server {
  url = null;
  running = false;
  frozen = false;
  /** Grows whenever it dies or stops to run for a while: what was asked before may go unanswered. */
  troubles = 0;
  log = '';
  /** Where all that it says is kept; none: only the end of it is, here. */
  logFile = null;
  /** How it ended without being told to, if it did. */
  death = null;

  constructor({ binary, name, place = 0, folder, options, env }) {
    Object.assign(this, { binary, name, place, folder, options, env });
  }

  /** Resolves once it says where it listens; throws with its words when it ends instead. */
  async start() {
    const child = spawn(this.binary, ['serve', '--http.port=0', `--data.dir=${this.folder}`, ...this.options], {
      env: { PATH: process.env.PATH, ...this.env }, stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    this.exited = new Promise((done) => child.on('close', (code, signal) => {
      if (this.child === child && this.running) {
        this.running = false;
        ++this.troubles;
        this.death = `ended by itself with ${code ?? signal}: ${this.log.slice(-400).trim()}`;
      }
      done({ code, signal });
    }));
    child.stderr.on('data', (text) => {
      this.log = (this.log + text).slice(-keptLog);
      if (this.logFile) appendFileSync(this.logFile, text);
    });
    let said = '';
    await new Promise((ready, failed) => {
      child.on('error', failed);
      child.stdout.on('data', (text) => {
        said += text;
        const found = /address\s+http:\/\/(\S+)\n/.exec(said);
        if (found) ready((this.url = found[1]));
      });
      this.exited.then(({ code, signal }) =>
        failed(new Error(`serve ended with ${code ?? signal}: ${this.log.slice(-400).trim()}`)));
    });
    this.running = true;
  }

  /** Starts it as often as it takes: what it needs may be away for a while. */
  async startWhenPossible(patienceMs = 20_000) {
    for (const until = Date.now() + patienceMs; ;) {
      try {
        return await this.start();
      } catch (error) {
        if (Date.now() > until) throw error;
        await new Promise((done) => setTimeout(done, 50));
      }
    }
  }

  async kill(signal = 'SIGKILL') {
    if (!this.running) return null;
    ++this.troubles;
    this.running = this.frozen = false;
    this.child.kill(signal);
    return this.exited;
  }

  freeze() {
    ++this.troubles;
    this.frozen = true;
    this.child.kill('SIGSTOP');
  }

  thaw() {
    this.frozen = false;
    this.child.kill('SIGCONT');
  }
}

/** A run of the binary to its end: {code, out, errors}. */
export function runToEnd(binary, args, env = {}) {
  return new Promise((done, failed) => {
    const child = spawn(binary, args, { env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '', errors = '';
    child.stdout.on('data', (text) => (out += text));
    child.stderr.on('data', (text) => (errors += text));
    child.on('error', failed);
    child.on('close', (code) => done({ code, out, errors }));
  });
}
