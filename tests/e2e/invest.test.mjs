// A user who invests, on the built binary and both stores: from the wallet into an account, up and
// down and out again, killed in the middle of a request that is then said again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closedTrade, serveMoney, together } from './money.mjs';
import { run, temporaryFolder } from './node.mjs';
import { postgres } from './postgres.mjs';

const code = (answer) => answer.json?.error?.code;

const stores = {
  SQLite: () => undefined,
  PostgreSQL: async (t) => (await postgres(t)).makeDatabase(),
};

/** A verified user with money in the wallet: `say` is the user API under their token. */
async function investor(node, email, funds) {
  const person = { email, password: 'correct horse', firstName: 'Ada', lastName: 'Lovelace' };
  const made = await node.ask('POST', '/auth/register', person, { 'X-API-Key': '' });
  assert.equal(made.status, 201, made.text);
  const { user, tokens } = made.json.data;
  const kyc = await node.admin('POST', `/users/${user.id}/kyc`, { status: 'approved' });
  assert.equal(kyc.status, 200, kyc.text);
  const funded = await node.admin('POST', `/wallets/${user.id}/fund`, { amount: funds }, { 'Idempotency-Key': 'fund' });
  assert.equal(funded.status, 200, funded.text);
  return { id: user.id, token: tokens.access_token };
}

const speaks = (node, who) => {
  const say = (method, path, body, key) =>
    node.ask(method, `/investment${path}`, body,
      { 'X-API-Key': '', Authorization: `Bearer ${who.token}`, ...(key ? { 'Idempotency-Key': key } : {}) });
  return {
    say,
    account: async (id) => (await say('GET', `/accounts/${id}`)).json.data.account,
    wallet: async () => (await node.admin('GET', `/accounts/wallet:${who.id}`)).json.balance,
  };
};

/** Asks again while it is told to, as every client must. */
async function insist(ask) {
  for (let i = 0; ; ++i) {
    const answer = await ask();
    if (![409, 503].includes(answer.status) || (answer.status === 409 && code(answer) !== 'IN_PROGRESS')) return answer;
    if (i > 500) throw new Error(`no end: ${answer.text}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

async function until(wanted, ask) {
  let seen;
  for (let i = 0; i < 500; ++i) {
    seen = await ask();
    if (seen === wanted) return;
    await new Promise((done) => setTimeout(done, 20));
  }
  assert.equal(seen, wanted);
}

for (const [store, makeDatabase] of Object.entries(stores)) {
  test(`${store}: an investment from the wallet and back into it`, { timeout: 120_000 }, async (t) => {
    const [folder, database] = [temporaryFolder(t), await makeDatabase(t)];
    let node = await serveMoney(t, folder, database);
    const ada = await investor(node, 'ada@example.com', '1000.00');
    let { say, account, wallet } = speaks(node, ada);

    const made = await say('POST', '/accounts', { product_id: 'nova', amount: '600.00' }, 'invest');
    assert.equal(made.status, 201, made.text);
    const id = made.json.data.account.account_id;
    assert.equal(await wallet(), '400.00');
    const deposit = await say('POST', `/accounts/${id}/deposit`, { amount: '100.00' }, 'deposit');
    assert.equal(deposit.json.data.transaction.balance, '700.00', deposit.text);
    assert.equal((await node.webhook(closedTrade(id, 'trade-1', '25.50'))).status, 200);
    const asked = await say('POST', `/accounts/${id}/withdraw`, { amount: '200.00' }, 'withdraw');
    assert.equal(asked.json.data.request.status, 'pending', asked.text);

    // Whoever starts again knows what waits.
    assert.equal((await node.stop('SIGKILL')).signal, 'SIGKILL');
    node = await serveMoney(t, folder, database);
    ({ say, account, wallet } = speaks(node, ada));
    assert.deepEqual((await say('POST', '/accounts', { product_id: 'nova', amount: '600.00' }, 'invest')).json.data, made.json.data);
    const { withdrawals } = (await node.admin('GET', '/withdrawals')).json.data;
    assert.deepEqual(withdrawals.map((w) => [w.account_id, w.user_id, w.amount, w.status]), [[id, ada.id, '200.00', 'pending']]);
    const withdrawal = withdrawals[0].withdrawal_id;
    const approved = await node.admin('POST', `/withdrawals/${withdrawal}/approve`);
    assert.equal(approved.status, 200, approved.text);
    await until('500.00', wallet);
    assert.equal((await account(id)).balance, '525.50');

    const closed = await say('POST', `/accounts/${id}/close`, undefined, 'close');
    assert.deepEqual([closed.status, closed.json.data?.account.status], [200, 'closed'], closed.text);
    assert.equal(await wallet(), '1025.50');
    const { transactions } = (await say('GET', `/accounts/${id}/transactions`)).json.data;
    assert.deepEqual(transactions.map((x) => `${x.type} ${x.status} ${x.amount}`), [
      'deposit completed 600.00', 'deposit completed 100.00', 'trade completed 25.50',
      'withdrawal completed 200.00', 'withdrawal completed 525.50']);
    assert.equal((await node.admin('GET', '/ledger/trial-balance')).json.difference, '0.00');
  });

  test(`${store}: killed in the middle of requests, said again, each has one effect`, { timeout: 300_000 }, async (t) => {
    const [folder, database] = [temporaryFolder(t), await makeDatabase(t)];
    let node = await serveMoney(t, folder, database);
    const ada = await investor(node, 'ada@example.com', '1000.00');
    const order = { product_id: 'atlas', amount: '10.00' };
    const rounds = 4, each = 5;
    for (let round = 0; round < rounds; ++round) {
      const { say } = speaks(node, ada);
      const asked = together(each, (i) => say('POST', '/accounts', order, `r${round}-${i}`).catch(() => ({})));
      await new Promise((done) => setTimeout(done, round * 4)); // each time a little later
      await node.stop('SIGKILL');
      const before = (await asked).map((a) => (a.status === 201 ? a.json.data.account : undefined));
      node = await serveMoney(t, folder, database);
      const again = speaks(node, ada);
      for (let i = 0; i < each; ++i) {
        const answer = await insist(() => again.say('POST', '/accounts', order, `r${round}-${i}`));
        assert.equal(answer.status, 201, answer.text);
        if (before[i]) assert.deepEqual(answer.json.data.account, before[i], 'what was said stays said');
      }
      const { accounts } = (await again.say('GET', '/accounts')).json.data;
      assert.equal(accounts.length, (round + 1) * each);
      assert.deepEqual(new Set(accounts.map((a) => `${a.status} ${a.balance}`)), new Set(['active 10.00']));
      await until(`${1000 - (round + 1) * each * 10}.00`, again.wallet);
    }
    // 100 at once under one key: one effect, and the others hear the same or that it is under way.
    const { say, wallet } = speaks(node, ada);
    const answers = await together(100, () => say('POST', '/accounts', order, 'once'));
    const won = answers.filter((a) => a.status === 201);
    assert.ok(won.length >= 1);
    assert.equal(new Set(won.map((a) => JSON.stringify(a.json.data))).size, 1);
    for (const other of answers.filter((a) => a.status !== 201))
      assert.deepEqual([other.status, code(other)], [409, 'IN_PROGRESS']);
    assert.equal(await wallet(), `${1000 - rounds * each * 10 - 10}.00`);
    const books = (await node.admin('GET', '/ledger/trial-balance')).json;
    assert.deepEqual([books.difference, books['external:transit']], ['0.00', '0.00']);
    await node.stop();
    const settings = database ? [`--store.url=${database}`] : [`--data.dir=${folder}/data`];
    const proof = await run(['account', 'verify', ...settings], { cwd: folder });
    assert.equal(proof.code, 0, proof.stderr);
    assert.match(proof.stdout, /verified/);
  });
}
