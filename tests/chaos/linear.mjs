// Whether what was seen of one account could have happened one thing after the other, each between
// its question and its answer. Versions make this easy: they say in which order the writes stand,
// so all that can be wrong is time: something that had ended was not seen by what began later. Pure.
import * as names from '../faults/commands.mjs';
import { decimal } from '../faults/money.mjs';

/**
 * operations: [{begin, end, version, read, name}] of one account, `end` Infinity where nobody learned
 * of one. A write makes its version; a read sees one, 0 where there was no account. Returns texts.
 */
export function checkLinear(operations) {
  const found = [];
  const begun = [...operations].sort((a, b) => a.begin - b.begin);
  const ended = operations.filter((o) => o.end < Infinity).sort((a, b) => a.end - b.end);
  let newest = null, next = 0;
  for (const now of begun) {
    for (; next < ended.length && ended[next].end < now.begin; ++next)
      if (!newest || ended[next].version > newest.version) newest = ended[next];
    if (!newest) continue;
    const late = now.read ? now.version < newest.version : now.version <= newest.version;
    if (late)
      found.push(`${now.name} has version ${now.version}, and began ${(now.begin - newest.end).toFixed(1)} ms after `
        + `${newest.name} had ended with version ${newest.version}`);
  }
  return found;
}

const earliest = (a, b) => ({ begin: Math.min(a.begin, b.begin), end: Math.min(a.end, b.end), name: a.name });

/** `account reference` → when the row with that reference was first asked for, and first acknowledged. */
export function timesOf(commands) {
  const times = new Map();
  const note = (account, reference, time) => {
    const key = `${account} ${reference}`;
    times.set(key, times.has(key) ? earliest(times.get(key), time) : time);
  };
  for (const { name, account, reference, to, outcome } of commands) {
    if (outcome.begun === undefined) continue; // planned and never sent
    const end = outcome.acknowledged ?? Infinity;
    const time = { begin: outcome.begun, end, name: `${name} ${reference}` };
    note(account, reference, time);
    if (!to) continue;
    // The answer to a transfer says how it ended: the step that this means had been taken then.
    const id = names.transferId(reference);
    const status = outcome.accepted.length ? JSON.parse(outcome.accepted[0]).status : null;
    const step = (where, of, when) =>
      note(where, of, { ...time, end: status === when ? end : Infinity });
    step(to, names.creditReference(account, id), 'settled');
    step(account, names.returnReference(id), 'returned');
    step(account, names.settleReference(id), null);
  }
  return times;
}

/**
 * reads: [{account, begin, end, version, balance, node}], balance in units, null where there was no account.
 * Returns violations {account, command, what} of all accounts.
 */
export function checkHistories({ journal, commands, reads }) {
  const times = timesOf(commands);
  const found = [];
  const of = new Map([...journal.accounts].map(([id, { rows }]) => [id, writesOf(id, rows, times)]));
  for (const read of reads) {
    if (!of.has(read.account)) of.set(read.account, []);
    const name = `a read from ${read.node}`;
    of.get(read.account).push({ ...read, read: true, name });
    const row = journal.accounts.get(read.account)?.rows[read.version - 1];
    if (read.version > 0 && row?.balance !== read.balance)
      found.push({ account: read.account, command: name, what: `version ${read.version} was served with balance `
        + `${decimal(read.balance)}, stored is ${row ? decimal(row.balance) : 'no such version'}` });
  }
  for (const [account, operations] of of)
    found.push(...checkLinear(operations).map((what) => ({ account, command: '(history)', what })));
  return found;
}

function writesOf(account, rows, times) {
  const out = [];
  for (const row of rows) {
    // What merely followed from a command stands in the same append as that command.
    const known = row.reference === '' ? out.at(-1) : times.get(`${account} ${row.reference}`);
    const end = row.reference === '' ? Infinity : known?.end ?? Infinity;
    out.push({ begin: known?.begin ?? -Infinity, end, version: row.version, read: false, name: known?.name ?? 'a row' });
  }
  return out;
}
