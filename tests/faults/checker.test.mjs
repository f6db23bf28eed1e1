// A checker that never complains proves nothing: each kind of damage is planted in a sound journal,
// and must be found and named.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { check, checkRestarted, unsettledTransfers } from './checker.mjs';
import * as say from './commands.mjs';
import { decimal, units } from './money.mjs';
import { AccountModel, dayOf, houses, kindOf } from './model.mjs';
import { commandsOf, faultKinds, planAccounts, planRounds, sendsOf } from './plan.mjs';
import { Random } from './random.mjs';

const now = Date.UTC(2026, 0, 5, 10);
const sha256 = (...parts) => parts.reduce((h, p) => h.update(p), createHash('sha256')).digest();
const money = (text) => units(text);
const asText = (x) => `"${decimal(x)}"`;

/** A journal as the product would have kept it. */
class World {
  journal = { accounts: new Map(), letters: [] };
  commands = [];
  at = now;
  #models = new Map();

  #append(id, kind, reference, effect) {
    if (!this.journal.accounts.has(id)) {
      this.journal.accounts.set(id, { rows: [] });
      this.#models.set(id, new AccountModel());
    }
    const model = this.#models.get(id);
    const { house, amount } = model.expected(effect, this.at);
    this.journal.accounts.get(id).rows.push({
      version: model.version + 1, at: this.at, reference, kind, contra: houses.indexOf(house), amount,
      balance: model.balance + amount, reserved: 0n,
      payload: Buffer.from(`${id} ${model.version + 1} ${reference}`),
    });
    const row = this.journal.accounts.get(id).rows.at(-1);
    model.fold(row, effect);
    return row;
  }

  take(command, { acknowledged = true } = {}) {
    this.commands.push(command);
    command.outcome.sent = 1;
    const { version, balance } = this.#append(command.account, command.effect.kind, command.reference, command.effect);
    const answer = command.to ? { status: 'settled' } : { version, balance: decimal(balance) };
    if (acknowledged) command.outcome.accepted.push(JSON.stringify(answer));
    else command.outcome.unknown = 1;
    return command;
  }

  refuse(command) {
    this.commands.push(command);
    command.outcome.refused.push('409 INSUFFICIENT_FUNDS');
    return command;
  }

  transfer(command, end, options) {
    this.take(command, options);
    const id = say.transferId(command.reference), amount = -command.effect.amount;
    const transit = (kind) => ({ kind: kindOf(kind), what: 'move', house: 'transit', amount });
    const nothing = { what: 'nothing' };
    const arrival = say.creditReference(command.account, id);
    if (end === 'settled') {
      this.#append(command.to, kindOf('transfer_credited'), arrival, transit('transfer_credited'));
      this.#append(command.account, kindOf('transfer_settled'), say.settleReference(id), nothing);
    } else if (end === 'returned') {
      this.#append(command.to, kindOf('transfer_refused'), arrival, nothing);
      this.#append(command.account, kindOf('transfer_returned'), say.returnReference(id), transit('transfer_returned'));
    }
  }

  rows(id) {
    return this.journal.accounts.get(id).rows;
  }

  /** What the checker is asked, with hashes and last rows that follow from the rows as they are. */
  question() {
    const totals = { accounts: 0n, engine: 0n, market: 0n, payments: 0n, transit: 0n, difference: 0n };
    const served = new Map();
    for (const [id, account] of this.journal.accounts) {
      let hash = sha256('troupe account chain 1\n', id);
      for (const row of account.rows) {
        row.hash = hash = sha256(hash, row.payload);
        if (row.contra) totals[houses[row.contra]] -= row.amount;
      }
      const last = account.rows.at(-1);
      const head = { version: last.version, balance: last.balance, reserved: 0n, hash: last.hash };
      Object.assign(account, head, { row: { ...head } });
      totals.accounts += last.balance;
      served.set(id, { version: last.version, balance: last.balance, reserved: 0n });
    }
    return { journal: this.journal, commands: this.commands, served, totals };
  }
}

function soundWorld() {
  const w = new World();
  w.take(say.open('a', 'nova', money('1000')));
  w.take(say.open('b', 'atlas', money('0')));
  w.take(say.deposit('a', 'd1', money('0.30000001'), asText));
  w.take(say.deposit('a', 'd2', money('5'), asText), { acknowledged: false });
  w.take(say.withdrawal('a', 'w1', money('100'), asText));
  w.refuse(say.withdrawal('a', 'w2', money('9999'), asText));
  w.take(say.fund('u', 'f1', money('50'), asText));
  w.transfer(say.transfer('a', 'b', 'x1', money('10'), asText), 'settled');
  w.transfer(say.transfer('a', 'b', 'x2', money('11'), asText), 'returned', { acknowledged: false });
  w.take(say.trade('a', 't1', 'open', 0n, now));
  w.take(say.trade('a', 't1', 'closed', money('-7.5'), now));
  w.take(say.balanceUpdated('a', 'e1', money('900')));
  w.take(say.performance('a', dayOf(now), money('900'), money('910')));
  w.take(say.performance('b', dayOf(now), money('10'), money('12')));
  w.take(say.trade('b', 't2', 'closed', money('3'), now));
  w.take(say.pause('b', 'p1'));
  w.take(say.resume('b', 'r1'));
  w.take(say.close('b', 'c1'));
  return w;
}

test('a sound journal is found sound', () => assert.deepEqual(check(soundWorld().question()), []));

test('an account whose row is behind its journal is sound', () => {
  const q = soundWorld().question();
  const account = q.journal.accounts.get('a');
  account.row = { ...account.rows[2] };
  assert.deepEqual(check(q), []);
});

/** Plants something before and after hashes and last rows are made; tells what is then found. */
function found(doctor, doctorQuestion = () => {}) {
  const w = soundWorld();
  doctor(w);
  const q = w.question();
  doctorQuestion(q, w);
  const out = check(q);
  assert.ok(out.length > 0, 'the damage was not found');
  return out.map((v) => `${v.account}: ${v.what}`).join('\n');
}
const withReference = (rows, reference) => rows.findIndex((r) => r.reference === reference);
/** So that what is found is the damage, and not the gap that it left. */
function renumber(rows) {
  let balance = 0n;
  rows.forEach((row, i) => {
    row.version = i + 1;
    row.balance = balance += row.amount;
  });
}

test('a lost row', () => {
  const lost = (w) => w.rows('a').splice(withReference(w.rows('a'), 'key:d1'), 1);
  assert.match(found(lost), /a: was acknowledged and is lost/);
  assert.match(found(lost), /follows version/);
  assert.match(found((w) => (lost(w), renumber(w.rows('a')))), /a: was acknowledged and is lost/);
});

test('a lost last row, and a lost account', () => {
  assert.match(found((w) => w.rows('b').pop()), /b: was acknowledged and is lost/);
  assert.match(found((w) => w.journal.accounts.delete('b')), /b: was acknowledged and is lost/);
});

test('a doubled row', () => {
  const doubled = (w) => {
    const at = withReference(w.rows('a'), 'key:d1');
    w.rows('a').splice(at, 0, { ...w.rows('a')[at] });
    renumber(w.rows('a'));
  };
  assert.match(found(doubled), /a: stored 2 times/);
});

test('a changed amount, by the smallest unit and with balances that follow', () => {
  const changed = (w) => {
    w.rows('a')[withReference(w.rows('a'), 'key:d1')].amount += 1n;
    renumber(w.rows('a'));
  };
  assert.match(found(changed), /moves 0\.30000002 against engine, not 0\.30000001/);
});

test('a changed contra, kind, adjusting entry, or trade after its day was settled', () => {
  const at = (w, id, reference) => w.rows(id)[withReference(w.rows(id), reference)];
  assert.match(found((w) => (at(w, 'a', 'key:d1').contra = 3)), /against payments, not/);
  assert.match(found((w) => (at(w, 'a', 'key:d1').kind = 2)), /should be deposited/);
  assert.match(found((w) => (at(w, 'a', 'event:e1').amount += 1n, renumber(w.rows('a')))), /balance_adjusted\): moves/);
  const day = 'performance:2026-01-05';
  assert.match(found((w) => (at(w, 'a', day).amount += 1n, renumber(w.rows('a')))), /performance_recorded\): moves/);
  const w = new World();
  w.at -= 2 * 86_400_000;
  w.take(say.open('a', 'nova', money('10')));
  w.at = now;
  w.take(say.performance('a', dayOf(now) - 1, money('10'), money('12')));
  w.take(say.trade('a', 't', 'closed', money('2'), now - 86_400_000));
  assert.equal(w.rows('a').at(-1).amount, 0n, 'the adjusting entry has moved it already');
  assert.deepEqual(check(w.question()), []);
});

test('half a transfer, at either end', () => {
  const half = (end) => (w) => w.transfer(say.transfer('a', 'wallet:u', 'x3', money('1'), asText), end);
  const none = found(half('nowhere'));
  assert.match(none, /a: has neither arrived nor come back/);
  assert.match(none, /1\.00 is still in transit/);
  const dropped = (w, id, kind) => {
    w.rows(id).splice(w.rows(id).findIndex((r) => r.kind === kindOf(kind)), 1);
    renumber(w.rows(id));
  };
  const unheard = found((w) => (half('settled')(w), dropped(w, 'wallet:u', 'transfer_credited')));
  assert.match(unheard, /settled, but the receiver has nothing/);
  const late = new World();
  late.take(say.open('a', 'nova', money('10')));
  late.take(say.fund('u', 'f', money('1'), asText));
  late.transfer(say.transfer('a', 'wallet:u', 'x', money('1'), asText), 'settled', { acknowledged: false });
  assert.deepEqual(unsettledTransfers(late.question()), []);
  late.rows('a').pop();
  assert.deepEqual(check(late.question()), [], 'both legs are there');
  assert.deepEqual(unsettledTransfers(late.question()), ['a key:x']);
  assert.match(found(half('returned')), /a: was answered as settled, and is not/);
});

test('after a restart: only the last word of a transfer may have come since', () => {
  const w = soundWorld();
  w.transfer(say.transfer('a', 'wallet:u', 'late', money('1'), asText), 'settled', { acknowledged: false });
  const settled = w.rows('a').pop();
  const shown = (rows, id) => JSON.stringify({ id, version: rows.at(-1).version, balance: decimal(rows.at(-1).balance) });
  const question = (change, { told = true } = {}) => {
    const { journal, commands } = structuredClone({ journal: w.journal, commands: w.commands.map(({ request, ...c }) => c) });
    const later = structuredClone(journal);
    const texts = new Map([...journal.accounts].map(([id, { rows }]) => [id, shown(rows, id)]));
    change(later.accounts.get('a').rows);
    const again = told ? new Map([...later.accounts].map(([id, { rows }]) => [id, shown(rows, id)])) : texts;
    return checkRestarted({ texts, again, journal, later, commands }).found;
  };
  const row = (rows, more) => rows.push({ ...rows.at(-1), amount: 0n, ...more, version: rows.at(-1).version + 1 });
  assert.deepEqual(question(() => {}), []);
  assert.deepEqual(question((rows) => row(rows, settled)), []);
  const isFound = (change) => assert.equal(question(change).length, 1);
  isFound((rows) => row(rows, { ...settled, reference: 'transfer:t-other:settled' }));
  isFound((rows) => row(rows, { ...settled, kind: kindOf('deposited') }));
  isFound((rows) => row(rows, { ...settled, amount: 1n, balance: rows.at(-1).balance + 1n }));
  isFound((rows) => (row(rows, settled), row(rows, { reference: 'd-x', kind: kindOf('account_paused') })));
  isFound((rows) => rows.pop());
  isFound((rows) => { rows.at(-1).balance += 1n; });
});

test('a refused command that is stored, and a row that nobody asked for', () => {
  const refused = (w) => {
    const c = w.take(say.deposit('a', 'd3', money('1'), asText));
    c.outcome = { ...c.outcome, accepted: [], refused: ['409'] };
  };
  assert.match(found(refused), /was refused, and yet is stored/);
  const stranger = (w) => (w.take(say.deposit('a', 'd3', money('1'), asText)), w.commands.pop());
  assert.match(found(stranger), /was said by nobody/);
});

test('two contents under one key, and different answers to one command', () => {
  const both = (w) => {
    w.take(say.deposit('a', 'k', money('1'), asText));
    w.commands.push(say.deposit('a', 'k', money('2'), asText));
    w.commands.at(-1).outcome.accepted.push('{}');
  };
  assert.match(found(both), /two contents were acknowledged/);
  const other = (w) => {
    w.take(say.deposit('a', 'k', money('1'), asText), { acknowledged: false });
    w.commands.at(-1).outcome.unknown = 0;
    w.commands.at(-1).outcome.refused.push('409');
    w.commands.push(say.deposit('a', 'k', money('2'), asText));
    w.commands.at(-1).outcome.accepted.push('{}');
  };
  assert.match(found(other), /moves 1\.00 against engine, not 2\.00/);
  assert.match(found((w) => w.commands[2].outcome.accepted.push('{}')), /2 different answers/);
  const lie = (w) => (w.commands[2].outcome.accepted = ['{"version":2,"balance":"1.00"}']);
  assert.match(found(lie), /was answered version 2, balance 1\.00/);
});

test('a changed byte, a stale account row, a server that says otherwise, a lost letter', () => {
  const q = (doctor) => found(() => {}, doctor);
  assert.match(q(({ journal }) => (journal.accounts.get('a').rows[3].payload[0] ^= 1)), /hash does not follow/);
  assert.match(q(({ journal }) => (journal.accounts.get('a').balance += 1n)), /not what its last version says/);
  assert.match(q(({ journal }) => (journal.accounts.get('a').row.balance += 1n)), /not that of any version/);
  assert.match(q(({ journal }) => (journal.accounts.get('a').row.version += 99)), /not that of any version/);
  assert.match(q(({ served }) => (served.get('a').balance += 1n)), /the server says balance/);
  assert.match(q(({ served }) => served.set('b', null)), /the server does not know it/);
  assert.match(q(({ totals }) => (totals.market += 1n)), /the server says market/);
  assert.match(found((w) => (w.refuse(say.trade('z', 't', 'closed', 1n, now)).outcome.letters = 1)), /no letter is kept/);
});

test('random streams, damaged at random, are never found sound', () => {
  const seed = `${Date.now()}`;
  for (let turn = 0; turn < 200; ++turn) {
    const random = new Random(`${seed}/${turn}`);
    const w = soundWorld();
    const rows = w.rows('a');
    const row = rows[random.below(rows.length)];
    const damage = random.pick(['amount', 'balance', 'reserved', 'version', 'contra', 'kind', 'reference', 'drop', 'twice']);
    if (damage === 'drop') rows.splice(rows.indexOf(row), 1);
    else if (damage === 'twice') rows.splice(rows.indexOf(row), 0, { ...row });
    else if (damage === 'reference') row.reference += 'x';
    else if (damage === 'contra' || damage === 'kind') row[damage] = (row[damage] + 1) % 5;
    else row[damage] += typeof row[damage] === 'bigint' ? 1n : 1;
    assert.ok(check(w.question()).length > 0, `seed ${seed}, turn ${turn}: ${damage} at ${row.reference}`);
  }
});

test('the same seed makes the same plan, and every kind of fault has its round', () => {
  for (const store of ['sqlite', 'postgres']) {
    const kinds = faultKinds[store];
    const rounds = planRounds('s', store, kinds.length);
    assert.deepEqual(rounds, planRounds('s', store, kinds.length));
    assert.deepEqual(new Set(rounds.map((r) => r.faults[0].kind)), new Set(kinds));
    const stream = () => {
      const random = new Random('s');
      const round = { number: 1, first: true };
      const stream = commandsOf(random.fork('what'), planAccounts('s', store, 1, 4), round, now);
      const sends = sendsOf(random.fork('order'), stream);
      return Array.from({ length: 500 }, () => sends.next().value.request.body);
    };
    assert.deepEqual(stream(), stream());
  }
});

test('amounts are read and written exactly', () => {
  for (const text of ['0.00', '1000.00', '0.00000001', '-0.10', '999999999999.99999999', '1.234'])
    assert.equal(decimal(units(text)), text);
  for (const text of ['', '1e3', '1.123456789', '.5', '+1', 'NaN']) assert.throws(() => units(text));
});
