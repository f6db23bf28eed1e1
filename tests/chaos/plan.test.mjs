// The plan, and the doors between nodes: a fault program whose faults do nothing proves nothing.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { inject } from './injections.mjs';
import { makeDoor } from './links.mjs';
import { faultKinds, planRounds, shardOf, spreadIds } from './plan.mjs';

test('the same seed makes the same rounds, and each kind comes once in so many', () => {
  const kinds = Object.keys(faultKinds);
  const rounds = planRounds('7', 2 * kinds.length, 3);
  assert.deepEqual(rounds, planRounds('7', 2 * kinds.length, 3));
  assert.notDeepEqual(rounds, planRounds('8', 2 * kinds.length, 3));
  for (const half of [rounds.slice(0, kinds.length), rounds.slice(kinds.length)])
    assert.deepEqual(half.map((r) => r.kind).sort(), [...kinds].sort());
  assert.deepEqual([...new Set(rounds.map((r) => r.victim))].sort(), [0, 1, 2]);
  assert.ok(!planRounds('7', 40, 3, ['clock']).some((r) => r.kind === 'clock'));
});
test('every kind can be injected', () => {
  assert.deepEqual(Object.keys(inject).sort(), Object.keys(faultKinds).sort());
});
test('probes lie evenly over the shards', () => {
  assert.equal(shardOf(''), Number(14695981039346656037n % 256n));
  assert.equal(shardOf('a'), 0x8c); // FNV-1a of "a" is af63dc4c8601ec8c
  const places = spreadIds('p', 8).map((id) => Math.floor(shardOf(id) / 32));
  assert.deepEqual(places.sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
});

test('a door knows who dials, and parts that pair alone', { timeout: 20_000 }, async (t) => {
  const echo = createServer((socket) => socket.pipe(socket).on('error', () => {}));
  await once(echo.listen(0, '127.0.0.1'), 'listening');
  // Another process that says a word a line on a connection of its own, and prints what comes back.
  const other = spawn(process.execPath, ['-e', `let s; require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const [word, port] = line.split(' ');
    if (word === 'dial') s = require('net').connect(port, '127.0.0.1').on('data', (b) => process.stdout.write(b))
      .on('close', () => process.stdout.write('closed')).on('error', () => {});
    else s.write(word); })`]);
  const door = await makeDoor(2, echo.address().port, (i) => [process.pid, other.pid][i]);
  t.after(async () => {
    other.kill();
    await door.close();
    echo.close();
  });
  const answer = async () => String((await once(other.stdout, 'data'))[0]);
  other.stdin.write(`dial ${door.port}\n`);
  const mine = connect(door.port, '127.0.0.1').on('error', () => {});
  mine.write('mine');
  assert.equal(String((await once(mine, 'data'))[0]), 'mine');
  other.stdin.write('theirs\n');
  assert.equal(await answer(), 'theirs');
  door.from[1].cut();
  assert.equal(await answer(), 'closed');
  mine.write('still');
  assert.equal(String((await once(mine, 'data'))[0]), 'still');
  door.from[1].refuse();
  other.stdin.write(`dial ${door.port}\n`);
  assert.equal(await answer(), 'closed');
  door.from[0].refuse();
  door.from[0].cut();
  await once(mine, 'close');
});
