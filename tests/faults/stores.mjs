// The two stores under test, and what may befall them: a folder or a disk of 16 MB for SQLite, a
// PostgreSQL of our own at the end of two cables.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCable } from './proxy.mjs';
import { readPostgres, readSqlite } from './journal.mjs';
import { runToEnd } from './server.mjs';

export const leaseMs = 1_000;

/** What a server is started with so that money has the machine to itself: a market that stands. */
export function quietMarket(folder, models) {
  const file = join(folder, 'candles.csv');
  const start = 1_700_000_100_000;
  writeFileSync(file, Array.from({ length: 40 }, (_, i) =>
    `${start + i * 300_000},100,101,99,100.5,5,${start + i * 300_000 + 299_999},0,0,0,0,0\n`).join(''));
  return ['--market.symbols=BTCUSDT', '--market.feed=replay', `--market.file=BTCUSDT=${file}`, '--market.speed=0.001',
    '--train.nightly-at=never', '--train.days=30', `--models.dir=${models}`, '--log.level=warn'];
}

/** True when this process may mount: it is in a mount namespace of its own. */
export const mayMount = () => process.env.TROUPE_FAULTS_NAMESPACE === '1';

export class SqliteStore {
  constructor(base) {
    this.base = base;
  }
  async open() {}

  /** A store of its own: on the machine's disk, or on one of 16 MB. */
  async newEra(era, disk) {
    this.small = disk === 'small';
    this.folder = join(this.base, this.small ? 'small' : `era-${era}`);
    mkdirSync(this.folder, { recursive: true });
    if (!this.small) return;
    spawnSync('umount', [this.folder]);
    const mount = ['-t', 'tmpfs', '-o', 'size=16m', 'troupe-faults', this.folder];
    const mounted = spawnSync('mount', mount, { encoding: 'utf8' });
    if (mounted.status !== 0) throw new Error(`no small disk: ${mounted.stderr}`);
  }

  /** Of the server in a place, 0 or 1: there is one file for both. */
  folderOf() {
    return join(this.folder, 'data');
  }
  optionsOf() {
    return [];
  }

  /** Takes what is left of the disk. */
  fill() {
    const piece = Buffer.alloc(64 * 1024);
    for (let size = piece.length; size >= 512; size >>= 1)
      try {
        for (;;) writeFileSync(join(this.folder, 'filler'), piece.subarray(0, size), { flag: 'a' });
      } catch (error) {
        if (error.code !== 'ENOSPC') throw error;
      }
  }
  free() {
    rmSync(join(this.folder, 'filler'), { force: true });
  }

  /** The journal of a stopped server, from a copy that the command line may read too. */
  async read() {
    const copy = join(this.base, 'copy');
    rmSync(copy, { recursive: true, force: true });
    mkdirSync(copy);
    for (const end of ['', '-wal'])
      if (existsSync(join(this.folderOf(), `ledger.sqlite3${end}`)))
        cpSync(join(this.folderOf(), `ledger.sqlite3${end}`), join(copy, `ledger.sqlite3${end}`));
    this.commandLine = [`--data.dir=${copy}`];
    return readSqlite(join(copy, 'ledger.sqlite3'));
  }
  heal() {
    if (this.small) this.free();
  }
  async endEra() {
    if (this.small) spawnSync('umount', [this.folder]);
    rmSync(this.folder, { recursive: true, force: true });
  }
  async close() {}
}

export class PostgresStore {
  #afterwards = [];

  /** `places`: how many servers may run, each with a cable of its own. */
  constructor(base, places = 2) {
    Object.assign(this, { base, places });
  }

  async open() {
    const { postgres } = await import('../e2e/postgres.mjs');
    this.database = await postgres({ after: (act) => this.#afterwards.push(act) });
    this.cables = await Promise.all(Array.from({ length: this.places }, () => makeCable(this.database.port)));
  }

  async newEra(era) {
    this.folder = join(this.base, `era-${era}`);
    mkdirSync(this.folder, { recursive: true });
    this.url = this.database.makeDatabase();
  }

  /** Of the server in a place, from 0: each has a folder and a cable of its own. */
  folderOf(place) {
    return join(this.folder, `node-${place}`);
  }
  optionsOf(place, lease = leaseMs) {
    const far = new URL(this.url);
    far.port = this.cables[place].port;
    return [`--store.url=${far}`, `--store.lease-ms=${lease}`];
  }

  /** Asks the database past the cables: one value. */
  async ask(sql) {
    const { code, out, errors } = await runToEnd('psql', ['-X', '-q', '-A', '-t', '-d', this.url, '-c', sql]);
    if (code !== 0) throw new Error(errors);
    return out.trim();
  }

  /** Every other session is ended by its own server. */
  endSessions() {
    return this.ask(`SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`);
  }

  read() {
    mkdirSync(join(this.base, 'empty'), { recursive: true });
    this.commandLine = [`--store.url=${this.url}`, `--store.lease-ms=${leaseMs}`, `--data.dir=${join(this.base, 'empty')}`];
    return readPostgres(this.url);
  }
  async heal() {
    for (const cable of this.cables) {
      cable.accept();
      cable.flow();
    }
    if (!this.database.child) await this.database.startAgain();
  }
  async endEra() {
    rmSync(this.folder, { recursive: true, force: true });
  }
  async close() {
    for (const act of this.#afterwards.splice(0).reverse()) await act();
    for (const cable of this.cables ?? []) await cable.close();
  }
}
