// Reads what a store holds, past the product: with the database's own client, row by row. And lets
// the product's own verifier walk the same store.
import { fromColumns, units } from './money.mjs';
import { runToEnd } from './server.mjs';

const columns = ['version', 'at', 'reference', 'kind', 'contra', 'amount', 'balance', 'reserved', 'payload', 'hash'];

/** Each line of a client's output, in columns. */
async function lines(binary, args) {
  const { code, out, errors } = await runToEnd(binary, args);
  if (code !== 0) throw new Error(`${binary}: ${errors.trim()}`);
  return out.split('\n').filter(Boolean).map((line) => line.split('\t'));
}

/** `ask(sql)` → lines; `amount`, `bytes`: the SQL of a column of that kind; `parse`: reads an amount. */
async function read(ask, amount, bytes, parse, prefix) {
  const heads = await ask(`SELECT id, version, ${amount('balance')}, ${amount('reserved')}, ${bytes('hash')} `
    + `FROM ${prefix}accounts`);
  const rows = await ask(
    `SELECT coalesce(a.id, '(no account)'), j.version, j.at, j.reference, j.kind, j.contra, ${amount('j.amount')}, `
    + `${amount('j.balance', '_after')}, ${amount('j.reserved', '_after')}, ${bytes('j.payload')}, ${bytes('j.hash')} `
    + `FROM ${prefix}journal j LEFT JOIN ${prefix}accounts a ON a.number = j.account ORDER BY j.account, j.version`);
  const letters = await ask(`SELECT ${bytes('body')} FROM ${prefix}dead_letters`);
  const accounts = new Map(heads.map(([id, version, balance, reserved, hash]) => [id, {
    row: { version: Number(version), balance: parse(balance), reserved: parse(reserved), hash: Buffer.from(hash, 'hex') }, rows: [],
  }]));
  for (const [id, ...values] of rows) {
    const row = Object.fromEntries(columns.map((name, i) => [name, values[i]]));
    for (const name of ['version', 'at', 'kind', 'contra']) row[name] = Number(row[name]);
    for (const name of ['amount', 'balance', 'reserved']) row[name] = parse(row[name]);
    for (const name of ['payload', 'hash']) row[name] = Buffer.from(row[name], 'hex');
    if (!accounts.has(id)) accounts.set(id, { rows: [] });
    accounts.get(id).rows.push(row);
  }
  // An account's row may be behind its journal: what it says now is in its newest row.
  for (const account of accounts.values()) {
    const { version, balance, reserved, hash } = account.rows.at(-1) ?? account.row;
    Object.assign(account, { version, balance, reserved, hash });
  }
  return { accounts, letters: letters.map(([body]) => ({ body: Buffer.from(body, 'hex').toString() })) };
}

/** The journal of a ledger file that nobody writes. */
export function readSqlite(file) {
  const ask = (sql) => lines('sqlite3', ['-batch', '-separator', '\t', file, sql]);
  const amount = (name) => `${name}_whole || ' ' || ${name}_fraction`;
  return read(ask, amount, (name) => `hex(${name})`, (text) => fromColumns(...text.split(' ')), '');
}

/** The journal in a database. */
export function readPostgres(url) {
  const ask = (sql) => lines('psql', ['-X', '-q', '-A', '-t', '-F', '\t', '-v', 'ON_ERROR_STOP=1', '-d', url, '-c', sql]);
  return read(ask, (name, after = '') => name + after, (name) => `encode(${name}, 'hex')`, units, 'troupe.');
}

/** Complaints of `troupe account verify`. */
export async function verify(binary, options, env) {
  const { code, out, errors } = await runToEnd(binary, ['account', 'verify', ...options], env);
  if (code === 0 && /verified/.test(out)) return [];
  const words = (errors || out).trim().slice(0, 600);
  return [{ account: '(verify)', what: `troupe account verify ended with ${code}: ${words}` }];
}

/** An account as `troupe account replay` rebuilds it from its rows alone. */
export async function replay(binary, account, options, env) {
  const { code, out, errors } = await runToEnd(binary, ['account', 'replay', `--account=${account}`, ...options], env);
  if (code !== 0) return { error: (errors || out).trim() };
  const said = (name) => new RegExp(`^${name} +(\\S+)`, 'm').exec(out)?.[1];
  const mark = said('high-water mark'); // a wallet has none
  return {
    version: Number(said('version')), status: said('status'), balance: units(said('balance')),
    reserved: units(said('reserved')), highWaterMark: mark && units(mark), breaker: said('circuit breaker'),
  };
}
