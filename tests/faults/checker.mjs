// Judges what is in the store against what was said and what was answered. Pure: reads no store and
// asks no server, so that a doctored journal shows whether it would notice.
//
// journal: {accounts: Map(id → {row, version, balance, reserved, hash, rows}), letters: [{body}]}: the
//   store's row of the account, which may be behind; what the newest of its rows in the journal says
// commands: as commands.mjs makes them, with their outcomes
// served:  Map(id → {version, balance, reserved}) as the server answered; null: there is none
// totals:  {accounts, engine, market, payments, transit, difference} as the server answered
import { createHash } from 'node:crypto';
import * as names from './commands.mjs';
import { decimal } from './money.mjs';
import { AccountModel, followers, houses, kindOf, kinds } from './model.mjs';

const sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** [{account, command?, what}]: empty when nothing was lost, doubled, halved or changed. */
export function check({ journal, commands, served, totals }) {
  const found = [];
  const claims = claimsOf(commands);
  const transfers = transfersOf(journal, claims);
  for (const [id, account] of journal.accounts)
    found.push(...checkAccount(id, account, claims.get(id) ?? new Map(), transfers));
  found.push(...checkClaims(journal, claims), ...checkTransfers(transfers), ...checkLetters(journal, commands));
  found.push(...checkBooks(journal, totals), ...checkServed(journal, served));
  return found;
}

/** account → reference → the contents that claim it. */
function claimsOf(commands) {
  const claims = new Map();
  for (const command of commands) {
    if (!claims.has(command.account)) claims.set(command.account, new Map());
    const of = claims.get(command.account);
    if (!of.has(command.reference)) of.set(command.reference, []);
    of.get(command.reference).push(command);
  }
  return claims;
}

const accepted = (command) => command.outcome.accepted.length > 0;
/** May have taken effect: it was accepted, or somebody never learned what became of it. */
const possible = (command) => accepted(command) || command.outcome.unknown > 0;
/** May have left a row: a transfer that the receiver refuses was begun, and comes back. */
const begun = (command) => possible(command) || (command.to && command.outcome.refused.length > 0);

function checkAccount(id, account, claims, transfers) {
  const found = [];
  const wrong = (row, what) =>
    found.push({ account: id, command: row.reference, what: `version ${row.version} (${kinds[row.kind]}): ${what}` });
  const model = new AccountModel();
  let hash = sha256('troupe account chain 1\n', id);
  for (const row of account.rows) {
    hash = sha256(hash, row.payload);
    if (!hash.equals(row.hash)) wrong(row, 'the hash does not follow');
    if (row.version !== model.version + 1) wrong(row, `follows version ${model.version}`);
    if (row.balance !== model.balance + row.amount) wrong(row, `balance ${decimal(row.balance)} does not follow`);
    if (row.reserved !== 0n) wrong(row, 'something is reserved that nobody asked for');
    const { effect, what } = effectOf(id, row, claims, transfers, model);
    if (what) wrong(row, what);
    model.fold(row, effect);
  }
  const last = account.rows.at(-1);
  if (!last) return [{ account: id, what: 'has no rows' }];
  const at = account.row && account.rows.find((row) => row.version === account.row.version);
  if (!at || account.row.balance !== at.balance || account.row.reserved !== at.reserved
      || !account.row.hash.equals(at.hash))
    found.push({ account: id, what: 'its row is not that of any version' });
  if (account.version !== last.version || account.balance !== last.balance)
    found.push({ account: id, what: 'is not what its last version says' });
  return found;
}

/** What the row stands for, and what is wrong about it. */
function effectOf(id, row, claims, transfers, model) {
  const judged = (effect) => {
    const expected = model.expected(effect, row.at);
    if (row.kind !== effect.kind) return `should be ${kinds[effect.kind]}`;
    if (row.amount !== expected.amount || houses[row.contra] !== expected.house)
      return `moves ${decimal(row.amount)} against ${houses[row.contra]}, `
        + `not ${decimal(expected.amount)} against ${expected.house}`;
    return null;
  };
  if (row.reference === '')
    return followers.has(row.kind) ? { what: judged({ kind: row.kind, what: 'nothing' }) }
      : { what: 'bears no reference' };
  const step = transfers.steps.get(`${id} ${row.reference}`);
  if (step) return { what: step.row ? 'a second time' : ((step.row = row), judged(step.effect(row))) };
  // A wallet is opened by the first money that it is sent.
  if (row.kind === 0 && id.startsWith('wallet:'))
    return { what: judged({ kind: 0, what: 'nothing' }) };
  // Two contents may lead to one and the same row: then it is that of the acknowledged one.
  const contents = (claims.get(row.reference) ?? []).filter(begun).sort((a, b) => accepted(b) - accepted(a));
  if (contents.length === 0)
    return { what: claims.has(row.reference) ? 'was refused, and yet is stored' : 'was said by nobody' };
  const complaints = contents.map((c) => judged(c.effect));
  const at = complaints.indexOf(null);
  if (at < 0) return { effect: contents[0].effect, what: complaints[0] };
  (contents[at].stored ??= []).push(row);
  return { effect: contents[at].effect };
}

/** Every acknowledged command once; of several contents of one reference at most one. */
function checkClaims(journal, claims) {
  const found = [];
  for (const [id, references] of claims) {
    const count = new Map();
    for (const row of journal.accounts.get(id)?.rows ?? [])
      count.set(row.reference, (count.get(row.reference) ?? 0) + 1);
    for (const [reference, contents] of references) {
      const stored = count.get(reference) ?? 0;
      const wrong = (what) => found.push({ account: id, command: `${contents[0].name} ${reference}`, what });
      if (stored > 1) wrong(`stored ${stored} times`);
      const won = contents.filter(accepted);
      if (won.length > 1) wrong('two contents were acknowledged under one reference');
      if (won.length > 0 && stored === 0) wrong('was acknowledged and is lost');
      if (won.length > 0 && stored > 0 && !won.some((c) => c.stored)) wrong('was acknowledged, but other content is stored');
      if (won.length > 0) found.push(...checkAnswers(id, won[0]));
    }
  }
  for (const contents of [...claims.values()].flatMap((of) => [...of.values()]))
    for (const c of contents) delete c.stored;
  return found;
}

/** However often it was said: one answer, and it says what the row says. */
function checkAnswers(account, command) {
  if (!command.receipt) return [];
  const answers = new Set(command.outcome.accepted);
  const wrong = (what) => [{ account, command: `${command.name} ${command.reference}`, what }];
  if (answers.size > 1)
    return wrong(`had ${answers.size} different answers: ${[...answers].slice(0, 2).join(' and ')}`);
  const { version, balance } = JSON.parse(command.outcome.accepted[0]);
  if (version === undefined) return []; // a transfer: its end is looked at there
  const row = command.stored?.[0];
  if (row && (row.version !== version || decimal(row.balance) !== balance))
    return wrong(`was answered version ${version}, balance ${balance}; stored is ${row.version}, ${decimal(row.balance)}`);
  return [];
}

/** Transfers by their first row, and the steps that must or must not follow elsewhere. */
function transfersOf(journal, claims) {
  const all = [], steps = new Map();
  for (const [from, { rows }] of journal.accounts)
    for (const row of rows.filter((r) => r.kind === kindOf('transfer_reserved'))) {
      const command = claims.get(from)?.get(row.reference)?.find((c) => c.to);
      if (!command) continue; // named as said by nobody
      const id = names.transferId(row.reference);
      const amount = -row.amount;
      const step = (account, reference, effect) => {
        const out = { effect };
        steps.set(`${account} ${reference}`, out);
        return out;
      };
      const back = { what: 'move', house: 'transit', amount };
      all.push({
        from, command,
        arrived: step(command.to, names.creditReference(from, id), (r) =>
          r.kind === kindOf('transfer_refused') ? { kind: r.kind, what: 'nothing' }
            : { ...back, kind: kindOf('transfer_credited') }),
        settled: step(from, names.settleReference(id), () => ({ kind: kindOf('transfer_settled'), what: 'nothing' })),
        returned: step(from, names.returnReference(id), () => ({ ...back, kind: kindOf('transfer_returned') })),
      });
    }
  return { all, steps };
}

/** Transfers of which only the sender's last word is missing: {from, reference}. */
export function unsettledTransfers({ journal, commands }) {
  const { all, steps } = transfersOf(journal, claimsOf(commands));
  for (const [id, { rows }] of journal.accounts)
    for (const row of rows) (steps.get(`${id} ${row.reference}`) ?? {}).row = row;
  return all
    .filter((t) => t.arrived.row && !t.settled.row && !t.returned.row)
    .map(({ from, command }) => `${from} ${command.reference}`);
}

/** Both legs, or back where it came from. */
function checkTransfers({ all }) {
  const found = [];
  for (const { from, command, arrived, settled, returned } of all) {
    const wrong = (what) => found.push({ account: from, command: `transfer ${command.reference}`, what });
    const credited = arrived.row?.kind === kindOf('transfer_credited');
    if (settled.row && returned.row) wrong('is settled and returned');
    if (!arrived.row && !returned.row) wrong('has neither arrived nor come back');
    if (settled.row && !credited) wrong('is settled, but the receiver has nothing');
    if (returned.row && credited) wrong('is returned, but the receiver has it too');
    if (settled.row && !possible(command)) wrong('was refused, and yet is settled');
    const end = accepted(command) && JSON.parse(command.outcome.accepted[0]).status;
    if (end && !(end === 'returned' ? returned : settled).row) wrong(`was answered as ${end}, and is not`);
  }
  return found;
}

/** What was put aside for an admin is there. */
function checkLetters(journal, commands) {
  const kept = new Set(journal.letters.map((l) => l.body));
  return commands
    .filter((c) => c.outcome.letters > 0 && !kept.has(c.request.body))
    .map(({ account, name, reference }) =>
      ({ account, command: `${name} ${reference}`, what: 'was answered 202, and no letter is kept' }));
}

/** The books by the rows themselves, and as the server adds them up. */
function checkBooks(journal, totals) {
  const own = { accounts: 0n, engine: 0n, market: 0n, payments: 0n, transit: 0n };
  for (const { rows, balance } of journal.accounts.values()) {
    own.accounts += balance;
    for (const row of rows) if (row.contra !== 0) own[houses[row.contra]] -= row.amount;
  }
  const found = [];
  const wrong = (what) => found.push({ account: '(books)', what });
  const sum = Object.values(own).reduce((a, b) => a + b);
  if (sum !== 0n) wrong(`the trial balance is ${decimal(sum)}`);
  if (own.transit !== 0n) wrong(`${decimal(own.transit)} is still in transit`);
  for (const [name, value] of Object.entries({ ...own, difference: 0n }))
    if (totals && totals[name] !== value)
      wrong(`the server says ${name} ${decimal(totals[name])}, the rows ${decimal(value)}`);
  return found;
}

/**
 * What a restarted server shows is what it showed before, to the letter; but for transfers of which
 * the sender's last word was missing: it may be said meanwhile, and moves nothing.
 * texts, again: Map(id → the account as it was shown, null: none); journal, later: the rows then.
 * {found, late}: late is how many such words came
 */
export function checkRestarted({ texts, again, journal, later, commands }) {
  const open = new Map(); // sender → references of the rows that may follow
  for (const unsettled of unsettledTransfers({ journal, commands })) {
    const [from, reference] = unsettled.split(' ');
    if (!open.has(from)) open.set(from, new Set());
    open.get(from).add(names.settleReference(names.transferId(reference)));
  }
  const found = [];
  let late = 0;
  for (const [id, text] of texts) {
    const now = again.get(id);
    if (now === text) continue;
    const wrong = () => found.push({ account: id, what: `was served as ${text}, and after a restart as ${now}` });
    if (!now || !text) { wrong(); continue; }
    const before = JSON.parse(text), after = JSON.parse(now);
    const rows = later.accounts.get(id).rows.filter((r) => r.version > before.version && r.version <= after.version);
    const settles = rows.every((r) => r.kind === kindOf('transfer_settled') && r.amount === 0n
      && open.get(id)?.has(r.reference));
    const same = JSON.stringify({ ...after, version: before.version }) === JSON.stringify(before);
    if (!same || !settles || rows.length !== after.version - before.version) wrong();
    else late += rows.length;
  }
  return { found, late };
}

/** Read from memory, or rebuilt: the same account. */
export function checkServed(journal, served) {
  const found = [];
  for (const [id, answer] of served) {
    const stored = journal.accounts.get(id);
    const wrong = (what) => found.push({ account: id, what });
    if (!answer && stored) wrong('is stored, but the server does not know it');
    if (answer && !stored) wrong('is served, but not stored');
    if (!answer || !stored) continue;
    for (const name of ['version', 'balance', 'reserved'])
      if (answer[name] !== undefined && answer[name] !== stored[name])
        wrong(`the server says ${name} ${answer[name]}, the journal ${stored[name]}`);
  }
  return found;
}
