// Several nodes on one database: any account at any node, one that leaves, one that dies.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { test } from 'node:test';
import { serveMoney, together } from './money.mjs';
import { run, temporaryFolder } from './node.mjs';
import { postgres } from './postgres.mjs';

const names = ['a', 'b', 'c'];

async function until(condition, what, ms = 20_000) {
  for (const end = Date.now() + ms; ; ) {
    if (await condition()) return;
    if (Date.now() > end) throw new Error(`never so: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

async function start(t, folder, url, name) {
  mkdirSync(`${folder}/${name}`, { recursive: true });
  const proof = { certificate: `${name}.pem`, key: `${name}.key`, ca: 'ca.pem' };
  const node = await serveMoney(t, `${folder}/${name}`, url, '--cluster.address=127.0.0.1:0', `--cluster.name=${name}`,
    ...Object.entries(proof).map(([what, file]) => `--cluster.${what}=${folder}/certs/${file}`));
  node.name = name;
  node.cluster = async () => (await node.admin('GET', '/cluster')).json;
  return node;
}

/** All shards are somewhere, spread evenly, and every node can reach every other. */
const settled = (nodes) => until(async () => {
  const seen = await Promise.all(nodes.map((n) => n.cluster()));
  return seen.every((c) => c.state === 'serving' && c.shards.moving === 0
    && c.shards.here >= Math.floor(256 / nodes.length)
    && c.nodes.filter((n) => n.alive && !n.this_node && n.way).length === nodes.length - 1);
}, `${nodes.length} nodes share everything`);

test('any node takes any command; a node that leaves or dies takes nothing with it', { timeout: 180_000 }, async (t) => {
  const folder = temporaryFolder(t);
  const server = await postgres(t);
  const url = server.makeDatabase();
  const made = await run(['cluster', 'certs', `--dir=${folder}/certs`, ...names.map((n) => `--node=${n}`)], { cwd: folder });
  assert.equal(made.code, 0, made.stderr);
  const nodes = [];
  for (const name of names) nodes.push(await start(t, folder, url, name));
  await settled(nodes);

  const accounts = Array.from({ length: 60 }, (_, i) => `acc-${i}`);
  const opened = await together(accounts.length, (i) => nodes[i % 3].open(accounts[i]));
  assert.deepEqual(new Set(opened.map((r) => r.status)), new Set([201]));
  const seen = await Promise.all(nodes.map((n) => n.cluster()));
  for (const c of seen) assert.ok(c.commands.elsewhere > 0 && c.commands.here > 0, JSON.stringify(c.commands));

  // The same command three times, at each node: one effect.
  const said = await together(accounts.length * 3, (i) =>
    nodes[i % 3].capital(accounts[Math.floor(i / 3)], 'deposit', '10.00', 'once'));
  assert.deepEqual(new Set(said.map((r) => r.status)), new Set([200]));
  for (const n of nodes)
    for (const id of accounts.slice(0, 12)) assert.equal((await n.status(id)).balance, '1010.00');

  // Money of an account at one node to an account at another.
  const moved = await together(20, (i) => nodes[i % 3].admin('POST', '/transfers',
    { from: accounts[i], to: accounts[59 - i], amount: '5.00' }, { 'Idempotency-Key': `t-${i}` }));
  assert.deepEqual(new Set(moved.map((r) => r.json?.status)), new Set(['settled']), moved[0].text);

  // One leaves in order: nobody is refused meanwhile.
  const answers = [];
  let going = true;
  const asking = Promise.all(Array.from({ length: 8 }, async (_, w) => {
    for (let i = 0; going; ++i)
      answers.push((await nodes[i % 2].capital(accounts[(i * 8 + w) % 60], 'deposit', '1.00', `w${w}-${i}`)).status);
  }));
  await until(() => answers.length > 50, 'commands flow');
  assert.deepEqual(await nodes[2].stop(), { code: 0, signal: null });
  const at = answers.length;
  await until(() => answers.length > at + 100, 'commands go on flowing');
  going = false;
  await asking;
  assert.deepEqual(new Set(answers), new Set([200]), 'while a node left');
  await settled(nodes.slice(0, 2));

  // One dies: what it had is somebody else's when its lease is over.
  nodes[1].child.kill('SIGKILL');
  await nodes[1].exited;
  await until(async () => (await nodes[0].cluster()).shards.here === 256, 'the last has everything');
  for (const id of accounts) assert.equal((await nodes[0].status(id)).status, 'active');

  // It comes back and has its share again.
  const again = await start(t, folder, url, 'b');
  await settled([nodes[0], again]);
  const sum = answers.length + 60 * 1010;
  const sheet = (await again.admin('GET', '/ledger/trial-balance')).json;
  assert.equal(Number(sheet.accounts), sum);
  assert.equal(Number(sheet.difference), 0);
  assert.equal(server.sql(url, `SELECT count(*) FROM (SELECT shard, epoch, lag(epoch) OVER (PARTITION BY shard ORDER BY position)
    AS before FROM troupe.journal j JOIN troupe.accounts a ON a.number = j.account) x WHERE epoch < before`), '0');
});
