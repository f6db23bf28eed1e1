// A PostgreSQL of the tests' own: made in a temporary folder, on a free port of loopback and a
// socket in that folder, durable as in production, gone after the test. As root it runs as the user
// postgres or nobody. A server that is there already is never touched.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** The folder with initdb and postgres, which Debian keeps off the path. */
export function serverPrograms() {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((v) => join(debian, v, 'bin')), ...process.env.PATH.split(delimiter)];
  const found = folders.find((folder) => existsSync(join(folder, 'initdb')));
  if (!found)
    throw new Error('no PostgreSQL server programs (initdb) in /usr/lib/postgresql or on the PATH; ' +
      'install postgresql-15, as ./dev test does');
  return found;
}

// PostgreSQL refuses to run as root.
function owner() {
  if (process.getuid() !== 0) return {};
  for (const user of ['postgres', 'nobody']) {
    const line = readFileSync('/etc/passwd', 'utf8').split('\n').find((l) => l.startsWith(`${user}:`));
    if (line) return { uid: Number(line.split(':')[2]), gid: Number(line.split(':')[3]) };
  }
  throw new Error('runs as root and finds no user postgres or nobody');
}

function freePort() {
  return new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

/**
 * Makes a cluster and starts it. Resolves to
 * `url(database)`, `socketUrl(database)`, `makeDatabase()` → url, `sql(url, text)` → its rows as text
 * (`|` between columns), `stop()`, `stopImmediately()` (as a crash), `startAgain()`,
 * `freeze()`/`thaw()` (SIGSTOP and SIGCONT, sockets stay open), `terminateBackends(database)`.
 */
export async function postgres(t) {
  const programs = serverPrograms();
  const as = owner();
  const folder = mkdtempSync(join(tmpdir(), 'troupe-pg-'));
  if (as.uid !== undefined) chownSync(folder, as.uid, as.gid);
  const server = { folder, port: await freePort() };
  t.after(async () => {
    server.thaw();
    await server.stopImmediately();
    rmSync(folder, { recursive: true, force: true });
  });
  const log = () => readFileSync(join(folder, 'log'), 'utf8').slice(-2000);
  const made = spawnSync(join(programs, 'initdb'), ['-D', join(folder, 'data'), '-U', 'troupe', '-A', 'trust',
    '-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions'], { ...as, cwd: '/', encoding: 'utf8' });
  let databases = 0;
  let frozen = [];

  server.url = (database) => `postgres://troupe@127.0.0.1:${server.port}/${database}`;
  server.socketUrl = (database) => `host=${folder} port=${server.port} user=troupe dbname=${database}`;
  server.sql = (url, text) =>
    execFileSync(join(programs, 'psql'), ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', url, '-c', text],
      { encoding: 'utf8', timeout: 30_000 }).trim();
  server.makeDatabase = () => {
    const name = `test_${++databases}`;
    server.sql(server.url('postgres'), `CREATE DATABASE ${name}`);
    return server.url(name);
  };
  server.startAgain = async () => {
    const out = openSync(join(folder, 'log'), 'a');
    const child = spawn(join(programs, 'postgres'), ['-D', join(folder, 'data'), '-k', folder, '-p', String(server.port),
      ...['listen_addresses=127.0.0.1', 'max_connections=100', 'fsync=on', 'synchronous_commit=on',
        'full_page_writes=on', 'timezone=UTC'].flatMap((setting) => ['-c', setting])],
    { ...as, cwd: '/', stdio: ['ignore', out, out] });
    let ended = false;
    server.child = child;
    server.exited = new Promise((done) => child.on('close', () => done((ended = true))));
    const until = Date.now() + 60_000;
    const ready = () => spawnSync(join(programs, 'pg_isready'), ['-q', '-d', server.url('postgres')]).status === 0;
    while (!ready()) {
      if (ended || Date.now() > until) throw new Error(`PostgreSQL did not start:\n${log()}`);
      await new Promise((done) => setTimeout(done, 20));
    }
  };
  const end = (signal) => async () => {
    if (!server.child) return;
    server.child.kill(signal);
    await server.exited;
    server.child = undefined;
  };
  server.stop = end('SIGINT'); // fast: sessions are ended, everything is written
  server.stopImmediately = end('SIGQUIT');
  server.freeze = () => {
    const backends = server.sql(server.url('postgres'),
      'SELECT pid FROM pg_stat_activity WHERE datname IS NOT NULL AND pid <> pg_backend_pid()');
    frozen = [server.child.pid, ...backends.split('\n').filter(Boolean).map(Number)];
    for (const pid of frozen) process.kill(pid, 'SIGSTOP');
  };
  server.thaw = () => {
    for (const pid of frozen.splice(0)) process.kill(pid, 'SIGCONT');
  };
  server.terminateBackends = (database) =>
    server.sql(server.url('postgres'),
      `SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = '${database}'`);

  if (made.status !== 0) throw new Error(`initdb failed:\n${made.stderr}`);
  await server.startAgain();
  return server;
}
