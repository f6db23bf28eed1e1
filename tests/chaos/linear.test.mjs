// The checker of histories must accept what could have happened and name what could not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as say from '../faults/commands.mjs';
import { decimal, units } from '../faults/money.mjs';
import { Random } from '../faults/random.mjs';
import { checkHistories, checkLinear, timesOf } from './linear.mjs';

const write = (begin, end, version) => ({ begin, end, version, read: false, name: `write ${version}` });
const read = (begin, end, version) => ({ begin, end, version, read: true, name: 'a read' });

test('what overlaps may be seen or not, in any order of ends', () => {
  assert.deepEqual(checkLinear([write(0, 10, 1), write(5, 30, 2), write(6, 20, 3)]), []);
  assert.deepEqual(checkLinear([write(0, 10, 1), write(11, 30, 2), read(12, 13, 1), read(14, 29, 2), read(15, 40, 2)]), []);
  assert.deepEqual(checkLinear([write(0, 10, 2), write(0, 10, 1), read(11, 12, 2)]), []);
});

test('a read that began after a write was acknowledged sees it', () => {
  const found = checkLinear([write(0, 10, 1), write(11, 20, 2), read(20.5, 25, 1)]);
  assert.equal(found.length, 1);
  assert.match(found[0], /a read has version 1, and began 0\.5 ms after write 2/);
});

test('no read goes back behind one that had ended, though the write is still under way', () => {
  assert.equal(checkLinear([write(0, 1, 1), write(2, 90, 2), read(3, 4, 2), read(5, 6, 1)]).length, 1);
  assert.deepEqual(checkLinear([write(0, 1, 1), write(2, 90, 2), read(3, 6, 2), read(5, 7, 1)]), []);
});

test('nothing is seen before anybody asked for it', () => {
  assert.match(checkLinear([write(0, 1, 1), read(2, 3, 2), write(4, 9, 2)])[0], /write 2 has version 2, and began 1\.0 ms after a read/);
  assert.match(checkLinear([write(0, 1, 1), read(2, 3, 2), write(4, Infinity, 2)])[0], /write 2/);
});

test('a write that began later has a later version', () => {
  assert.equal(checkLinear([write(0, 1, 2), write(2, 3, 1)]).length, 1);
});

test('one whose end nobody learned of may have happened at any time since it began', () => {
  assert.deepEqual(checkLinear([write(0, Infinity, 1), write(50, 60, 2), read(61, 62, 2)]), []);
  assert.deepEqual(checkLinear([write(0, Infinity, 2), write(50, 60, 1), read(61, 62, 1), read(63, 64, 2)]), []);
});

test('an account that is there is not unknown later', () => {
  assert.equal(checkLinear([read(0, 1, 0), write(2, 3, 1), read(4, 5, 0)]).length, 1);
});

test('whatever a single true order produces is accepted, and a stale read among it is found', () => {
  for (let seed = 0; seed < 300; ++seed) {
    const random = new Random(`linear ${seed}`);
    const operations = [];
    let version = 0;
    for (let at = 100; operations.length < 60; at += random.between(1, 5)) {
      const begin = at - random.between(0, 40), end = random.chance(10) ? Infinity : at + random.between(0, 40);
      if (random.chance(40)) operations.push({ ...write(begin, end, ++version) });
      else operations.push(read(begin, end, version));
    }
    assert.deepEqual(checkLinear(random.shuffled(operations)), [], `seed ${seed}`);
    operations.push(read(1_000, 1_001, version - 1));
    if (operations.some((o) => o.version === version && o.end < 1_000)) assert.equal(checkLinear(operations).length, 1);
  }
});

const quoted = (x) => `"${decimal(x)}"`;

function sent(command, begun, acknowledged, answer) {
  command.outcome.begun = begun;
  if (acknowledged !== undefined) {
    command.outcome.acknowledged = acknowledged;
    command.outcome.accepted.push(JSON.stringify(answer));
  } else command.outcome.unknown = 1;
  return command;
}

/** Two accounts and a transfer between them. */
function scene() {
  const id = say.transferId('key:x1');
  const rows = (...of) => ({ rows: of.map(([reference, balance], i) => ({ version: i + 1, reference, balance: units(balance) })) });
  return {
    journal: { accounts: new Map([
      ['a', rows(['open:a', '100'], ['key:d1', '105'], ['key:x1', '95'], [say.settleReference(id), '95'])],
      ['b', rows(['open:b', '0'], [say.creditReference('a', id), '10'], ['', '10'])],
    ]) },
    commands: [
      sent(say.open('a', 'nova', units('100')), 0, 1, { version: 1 }), sent(say.open('b', 'nova', 0n), 0, 1, { version: 1 }),
      sent(say.deposit('a', 'd1', units('5'), quoted), 10, 20, { version: 2 }),
      sent(say.transfer('a', 'b', 'x1', units('10'), quoted), 30, 40, { status: 'settled' }),
      say.deposit('a', 'never sent', 1n, quoted),
    ],
    reads: [],
  };
}
const seen = (account, begin, end, version, balance) => ({ account, begin, end, version, balance: balance && units(balance), node: 'n1' });

test('rows are put to the commands they stand for, also on the other side of a transfer', () => {
  const s = scene();
  const times = timesOf(s.commands);
  const id = say.transferId('key:x1');
  assert.deepEqual(times.get(`b ${say.creditReference('a', id)}`), { begin: 30, end: 40, name: 'transfer key:x1' });
  assert.equal(times.get(`a ${say.settleReference(id)}`).end, Infinity);
  s.reads.push(seen('a', 15, 19, 1, '100'), seen('a', 21, 22, 2, '105'), seen('b', 35, 36, 1, '0'), seen('b', 41, 42, 2, '10'));
  assert.deepEqual(checkHistories(s), []);
});

for (const [what, reads, pattern] of [
  ['a stale read of the sender', [seen('a', 41, 42, 2, '105')], /after transfer key:x1/],
  ['a stale read of the receiver', [seen('b', 41, 42, 1, '0')], /after transfer key:x1/],
  ['a version from the future', [seen('a', 5, 6, 2, '105')], /deposit key:d1 has version 2/],
  ['an account that vanished', [seen('a', 50, 51, 0, null)], /a read from n1 has version 0/],
  ['another balance than that version has', [seen('a', 21, 22, 2, '106')], /served with balance 106\.00, stored is 105\.00/],
  ['a version that was never stored', [seen('a', 50, 51, 9, '1')], /no such version/],
])
  test(`found: ${what}`, () => {
    const s = scene();
    s.reads.push(...reads);
    const found = checkHistories(s);
    assert.equal(found.length, 1, JSON.stringify(found));
    assert.match(found[0].what, pattern);
  });

test('a repeat that is answered again does not move the end of the first answer', () => {
  const s = scene();
  s.commands.push(sent(say.deposit('a', 'd1', units('5'), quoted), 50, 60, { version: 2 }));
  s.reads.push(seen('a', 25, 26, 1, '100'));
  assert.equal(checkHistories(s).length, 1);
});
