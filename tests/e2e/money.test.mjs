// Money as its clients meet it: an account's life, the README's own lines in a shell, races that only
// one may win, repeats that take effect once, and all of it once more after the server was killed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { closedTrade, serveMoney, together } from './money.mjs';
import { binary, temporaryFolder } from './node.mjs';
import { postgres } from './postgres.mjs';

const code = (answer) => answer.json?.error?.code;

const stores = {
  SQLite: () => undefined,
  PostgreSQL: async (t) => (await postgres(t)).makeDatabase(),
};

for (const [store, makeDatabase] of Object.entries(stores)) {
  test(`${store}: of 200 parallel withdrawals of the full balance exactly one succeeds`, { timeout: 60_000 }, async (t) => {
    const node = await serveMoney(t, temporaryFolder(t), await makeDatabase(t));
    assert.equal((await node.open('race')).status, 201);
    const answers = await together(200, (i) => node.capital('race', 'withdrawal', '1000.00', `w${i}`));
    const won = answers.filter((a) => a.status === 200);
    assert.equal(won.length, 1);
    for (const lost of answers.filter((a) => a.status !== 200)) {
      assert.equal(lost.status, 409);
      assert.equal(code(lost), 'INSUFFICIENT_FUNDS');
    }
    const { balance, version } = await node.status('race');
    assert.deepEqual({ balance, version }, { balance: '0.00', version: 2 });
  });

  test(`${store}: a command said 100 times at once has one effect and 100 equal answers, also after a kill`, { timeout: 60_000 }, async (t) => {
    const [folder, database] = [temporaryFolder(t), await makeDatabase(t)];
    let node = await serveMoney(t, folder, database);
    await node.open('again');
    const deposit = () => node.capital('again', 'deposit', '0.10000001', 'the-key');
    const answers = await together(100, deposit);
    assert.deepEqual(new Set(answers.map((a) => a.status)), new Set([200]));
    assert.equal(new Set(answers.map((a) => a.text)).size, 1);
    assert.equal(answers[0].json.balance, '1000.10000001');
    const before = await node.status('again');
    assert.equal(before.version, 2);

    assert.equal((await node.stop('SIGKILL')).signal, 'SIGKILL');
    node = await serveMoney(t, folder, database);
    assert.deepEqual(await node.status('again'), before);
    const repeats = await together(100, deposit);
    assert.deepEqual(new Set(repeats.map((a) => a.text)), new Set([answers[0].text]));
    const other = await node.capital('again', 'deposit', '0.20', 'the-key');
    assert.deepEqual([other.status, code(other)], [409, 'IDEMPOTENCY_CONFLICT']);
    assert.deepEqual(await node.status('again'), before);
  });

  test(`${store}: a webhook sent 100 times at once moves the balance once, also after a kill`, { timeout: 60_000 }, async (t) => {
    const [folder, database] = [temporaryFolder(t), await makeDatabase(t)];
    let node = await serveMoney(t, folder, database);
    await node.open('hook');
    const event = JSON.stringify(closedTrade('hook', 't1', '-12.5'));
    const answers = await together(100, () => node.webhook(event));
    assert.deepEqual(new Set(answers.map((a) => `${a.status} ${a.text}`)), new Set(['200 {"received":true}']));
    assert.equal((await node.status('hook')).balance, '987.50');
    await node.stop('SIGKILL');
    node = await serveMoney(t, folder, database);
    assert.equal((await node.webhook(event)).status, 200);
    assert.equal((await node.status('hook')).balance, '987.50');
    assert.equal((await node.engine('GET', '/hook/trades')).json.trades.length, 1);
    const changed = await node.webhook(event.replace('-12.5', '-13.5'));
    assert.equal(changed.status, 202, 'the same trade with another result is kept for an admin');
    const forged = await node.webhook(event, { 'X-ML-Signature': '0'.repeat(64) });
    assert.equal(forged.status, 401);
    assert.equal((await node.status('hook')).balance, '987.50');
  });
}

test('an account lives from its opening to its close', { timeout: 60_000 }, async (t) => {
  const node = await serveMoney(t, temporaryFolder(t));
  const opened = await node.open('acc-1', '1000.00', { agent_config: { risk: 'low' } });
  assert.equal(opened.status, 201);
  assert.deepEqual([opened.json.status, opened.json.balance, opened.json.version], ['active', '1000.00', 1]);
  assert.deepEqual((await node.open('acc-1', '1000.00', { agent_config: { risk: 'low' } })).json, opened.json);
  assert.equal((await node.open('acc-1', '1000.01')).status, 409);
  assert.deepEqual((await node.ask('GET', '/api/v1/agents/acc-1/config')).json, { risk: 'low' });

  // Without a key the balance that is to be says whether it was done.
  const keyless = () => node.capital('acc-1', 'deposit', '250.00', undefined, { new_total_capital: '1250.00' });
  const first = await keyless();
  assert.deepEqual([first.status, first.json.balance], [200, '1250.00']);
  assert.equal((await keyless()).text, first.text);
  const mismatch = await node.capital('acc-1', 'deposit', '1.00', undefined, { new_total_capital: '9.00' });
  assert.deepEqual([mismatch.status, code(mismatch)], [409, 'CAPITAL_MISMATCH']);
  for (const amount of [1e-7, '1.123456789', '-1', '', null, true]) {
    const bad = await node.capital('acc-1', 'deposit', amount, `bad-${amount}`);
    assert.equal(bad.status, 400, `${amount}`);
  }

  assert.equal((await node.engine('POST', '/acc-1/pause', {})).json.status, 'paused');
  assert.equal(code(await node.capital('acc-1', 'deposit', '1.00', 'while-paused')), 'ACCOUNT_PAUSED');
  assert.equal((await node.engine('POST', '/acc-1/resume', {})).json.status, 'active');
  await node.webhook(closedTrade('acc-1', 't1', '49.50'));
  const { trades } = (await node.engine('GET', '/acc-1/trades')).json;
  assert.deepEqual(trades.map((x) => [x.trade_id, x.profit_loss, x.status]), [['t1', '49.50', 'closed']]);
  assert.ok(Array.isArray((await node.engine('GET', '/acc-1/performance')).json.performance));
  assert.equal((await node.status('acc-1')).balance, '1299.50');

  const funded = await node.admin('POST', '/wallets/alice/fund', { amount: '10.00' }, { 'Idempotency-Key': 'f1' });
  assert.ok(funded.status === 200 || funded.status === 201, funded.text);
  const order = { from: 'acc-1', to: 'wallet:alice', amount: '99.50' };
  const moved = await node.admin('POST', '/transfers', order, { 'Idempotency-Key': 'm1' });
  assert.equal(moved.status, 200, moved.text);
  assert.equal((await node.admin('GET', '/accounts/wallet:alice')).json.balance, '109.50');
  const closed = await node.engine('POST', '/acc-1/close', {});
  assert.deepEqual([closed.json.status, closed.json.balance], ['closed', '0.00']);
  assert.equal(code(await node.capital('acc-1', 'deposit', '1.00', 'after')), 'ACCOUNT_CLOSED');

  const books = (await node.admin('GET', '/ledger/trial-balance')).json;
  assert.deepEqual([books.difference, books.accounts], ['0.00', '109.50']);
  assert.equal((await node.admin('GET', '/accounts/acc-1/verify')).status, 200);
  assert.equal((await node.ask('GET', '/admin/ledger/trial-balance')).status, 403, 'the engine is no admin');
});

/** Runs lines of a shell to their end. */
function shell(lines, folder) {
  return new Promise((done) => {
    const child = spawn('bash', ['-euc', lines], { cwd: folder });
    const out = { stdout: '', stderr: '' };
    child.stdout.on('data', (text) => (out.stdout += text));
    child.stderr.on('data', (text) => (out.stderr += text));
    child.on('close', (status) => done({ status, ...out }));
  });
}

/** The shell lines of a section of the README. */
function readmeLines(section) {
  const text = readFileSync(join(import.meta.dirname ?? '.', '../../README.md'), 'utf8');
  const part = text.split(`\n### ${section}\n`)[1].split('\n## ')[0];
  return [...part.matchAll(/```sh\n(.*?)```/gs)].map((m) => m[1]);
}

test('the lines of the README do what it says', { timeout: 60_000 }, async (t) => {
  const folder = temporaryFolder(t);
  const node = await serveMoney(t, folder);
  // As the README defines them above, with an answer a line.
  const before = `KEY=${node.key}; URL=${node.url}
    ask() { curl -sS -H "X-API-Key: $KEY" -H 'Content-Type: application/json' "$@"; echo; }\n`;
  const blocks = readmeLines('Money');
  const offline = blocks.findIndex((lines) => lines.includes('build/troupe account'));
  const online = blocks.slice(0, offline).join('\n');
  const { stdout, stderr, status } = await shell(before + online, folder);
  assert.equal(status, 0, stderr);
  const lines = stdout.replaceAll('}{', '}\n{').split('\n').filter((line) => line.startsWith('{'));
  const answers = lines.map((line) => JSON.parse(line));
  // There was no account at the time that is asked about, no letter, and no open breaker.
  const refused = answers.filter((a) => a.success === false).map((a) => a.error.code);
  assert.deepEqual(refused.sort(), ['NOT_FOUND', 'NOT_FOUND', 'VALIDATION_ERROR']);
  assert.ok(answers.some((a) => a.received), 'the webhook was taken');
  assert.equal((await node.status('acc-1')).balance, '1355.50', '1000 + 250.50 + 5 + 100');
  await node.stop();
  const command = blocks[offline].replaceAll('build/troupe', binary).replace(/ --as-of=\S+/, '');
  const alone = await shell(command, folder);
  assert.equal(alone.status, 0, alone.stderr);
  assert.match(alone.stdout, /verified: every hash, version and balance follows/);
});
