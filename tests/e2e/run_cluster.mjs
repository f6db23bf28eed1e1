// `./dev cluster [N]`: N nodes on loopback that are one system, with certificates, PostgreSQL and
// Redis of their own in a temporary folder. Ctrl-C stops all of it, in order, and leaves nothing.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { postgres } from './postgres.mjs';
import { redis } from './redis.mjs';

const binary = fileURLToPath(new URL('../../build/troupe', import.meta.url));

// A terminal sends Ctrl-C to everything that was started from it: the database would be gone before
// the nodes have left. So all is started from a process apart, and this one passes the signal on.
function stayInFront() {
  const all = spawn(process.execPath, process.argv.slice(1),
    { detached: true, stdio: 'inherit', env: { ...process.env, TROUPE_CLUSTER_APART: '1' } });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => all.kill('SIGTERM'));
  all.on('close', (code) => process.exit(code ?? 1));
}

const key = () => randomBytes(32).toString('hex');

async function startNode(name, { folder, environment, options }) {
  mkdirSync(`${folder}/${name}`);
  const certs = `${folder}/certs`;
  const child = spawn(binary, ['serve', `--data.dir=${folder}/${name}/data`, `--cluster.name=${name}`,
    '--cluster.address=127.0.0.1:0', `--cluster.certificate=${certs}/${name}.pem`,
    `--cluster.key=${certs}/${name}.key`, `--cluster.ca=${certs}/ca.pem`, ...options],
  { cwd: `${folder}/${name}`, env: { PATH: process.env.PATH, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise((done) => child.on('close', done));
  child.stderr.on('data', (d) => process.stderr.write(String(d).replace(/^(?=.)/gm, `${name} | `)));
  let said = '';
  const url = await new Promise((done, failed) => {
    child.stdout.on('data', (d) => {
      said += d;
      const found = said.match(/address\s+(\S+)\n/);
      if (found) done(found[1]);
    });
    exited.then((code) => failed(new Error(`node ${name} ended with ${code}`)));
  });
  return { name, url, exited, stop: () => child.kill('SIGTERM') || true, kill: () => child.kill('SIGKILL') };
}

async function main(count, options) {
  const folder = mkdtempSync(join(tmpdir(), 'troupe-cluster-'));
  const afterwards = [() => rmSync(folder, { recursive: true, force: true })];
  const t = { after: (f) => afterwards.push(f) };
  const nodes = [];
  let stopped;
  const stop = new Promise((done) => (stopped = done));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stopped);
  let code = 0;
  try {
    const names = Array.from({ length: count }, (_, i) => `node-${String.fromCharCode(97 + i)}`);
    const made = spawnSync(binary, ['cluster', 'certs', `--dir=${folder}/certs`, ...names.map((n) => `--node=${n}`)],
      { encoding: 'utf8' });
    if (made.status !== 0) throw new Error(made.stderr);
    const [database, cache] = await Promise.all([postgres(t), redis(t)]);
    const environment = {
      DATABASE_URL: database.makeDatabase(), REDIS_URL: cache.url, ML_ENGINE_API_KEY: key(), TROUPE_ADMIN_KEY: key(),
      ML_ENGINE_WEBHOOK_SECRET: key(), JWT_SECRET: key(), JWT_REFRESH_SECRET: key(),
    };
    for (const [i, name] of names.entries())
      nodes.push(await startNode(name, { folder, environment, options: [`--http.port=${3001 + i}`, ...options] }));
    for (const n of nodes) console.log(`${n.name}     ${n.url}`);
    console.log(`API key    ${environment.ML_ENGINE_API_KEY}\nadmin key  ${environment.TROUPE_ADMIN_KEY}
webhooks   ${environment.ML_ENGINE_WEBHOOK_SECRET}\nPostgreSQL ${environment.DATABASE_URL}
Redis      ${environment.REDIS_URL}\nfolder     ${folder}
Try: curl -H 'X-API-Key: ${environment.TROUPE_ADMIN_KEY}' ${nodes[0].url}/admin/cluster\nCtrl-C stops it all.`);
    const ended = await Promise.race([stop, ...nodes.map((n) => n.exited.then(() => n.name))]);
    if (nodes.some((n) => n.name === ended)) console.log(`${ended} has ended; the others go on`);
    await stop;
  } catch (error) {
    console.error(`dev: ${error.message}`);
    code = 1;
  }
  console.log('stopping');
  const late = setTimeout(() => nodes.forEach((n) => n.kill()), 20_000);
  for (const n of nodes) { // one after the other: each hands over to those that stay
    n.stop();
    await n.exited;
  }
  clearTimeout(late);
  for (const f of afterwards.reverse()) await f();
  process.exit(code);
}

const [count = '3', ...options] = process.argv.slice(2);
if (!/^([1-9]|1\d|2[0-6])$/.test(count)) {
  console.error('dev: cluster takes a number of nodes from 1 to 26, then options as `troupe serve`');
  process.exit(2);
}
if (process.env.TROUPE_CLUSTER_APART) await main(Number(count), options);
else stayInFront();
