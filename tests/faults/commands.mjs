// Each thing that the load may say: how it is sent, under which reference the journal keeps it, and
// what it does to the account. One command is one content of one reference; several contents may
// fight for the same reference, and at most one may win.
import { createHash } from 'node:crypto';
import { decimal } from './money.mjs';
import { kindOf } from './model.mjs';

const engine = '/api/v1/trading/accounts';
const sha256 = (...texts) => createHash('sha256').update(texts.join('')).digest('hex');

/** The names that the steps of a transfer bear, as the contract between the two accounts has them. */
export const transferId = (reference) => `t-${sha256(reference).slice(0, 32)}`;
export const creditReference = (from, id) => `transfer:${sha256(from, ' ', id)}:in`;
export const settleReference = (id) => `transfer:${id}:settled`;
export const returnReference = (id) => `transfer:${id}:returned`;

/** `by`: whose credentials go with it. `effect.kind`: the row it leaves. */
function command(name, account, reference, effect, request) {
  return {
    name, account, reference, effect,
    request: { method: 'POST', by: 'engine', headers: {}, ...request },
    outcome: { sent: 0, unknown: 0, accepted: [], refused: [], letters: 0 },
  };
}

/** Answered with the account as the command left it: the first time and every time. */
const receipted = (of) => Object.assign(of, { receipt: true });
const keyed = (key) => ({ 'Idempotency-Key': key });
const row = (kind, more = {}) => ({ kind: kindOf(kind), what: 'nothing', ...more });
const moves = (kind, house, amount) => row(kind, { what: 'move', house, amount });

export function open(account, product, capital) {
  return receipted(command('open', account, `open:${account}`, moves('account_opened', 'engine', capital), {
    path: engine,
    body: JSON.stringify({
      account_id: account, product_id: product, agent_type: product,
      initial_capital: decimal(capital), agent_config: {},
    }),
  }));
}

/** `written`: the amount's JSON text; number and string are the same amount. */
function capital(name, kind, account, key, amount, written, signed) {
  return receipted(command(name, account, `key:${key}`, moves(kind, 'engine', signed), {
    path: `${engine}/${account}/capital`, headers: keyed(key),
    body: `{"operation":"${name}","amount":${written(amount)}}`,
  }));
}
export const deposit = (account, key, amount, written) =>
  capital('deposit', 'deposited', account, key, amount, written, amount);
export const withdrawal = (account, key, amount, written) =>
  capital('withdrawal', 'withdrawn', account, key, amount, written, -amount);

/** Answered with the account as it is then: repeats may hear of what came after. */
function said(word, kind, account, key, effect) {
  return command(word, account, `key:${key}`, effect ?? row(kind), {
    path: `${engine}/${account}/${word}`, headers: keyed(key), body: '{}',
  });
}
export const pause = (account, key) => said('pause', 'account_paused', account, key);
export const resume = (account, key) => said('resume', 'account_resumed', account, key);
export const close = (account, key) =>
  said('close', 'account_closed', account, key, row('account_closed', { what: 'payout' }));

export function fund(user, key, amount, written) {
  return receipted(command('fund', `wallet:${user}`, `key:${key}`, moves('deposited', 'payments', amount), {
    path: `/admin/wallets/${user}/fund`, by: 'admin', headers: keyed(key),
    body: `{"amount":${written(amount)}}`,
  }));
}

/** Answered with how it ended, which is for ever: `settled` or `returned`. */
export function transfer(from, to, key, amount, written) {
  const out = command('transfer', from, `key:${key}`, moves('transfer_reserved', 'transit', -amount), {
    path: '/admin/transfers', by: 'admin', headers: keyed(key),
    body: `{"from":"${from}","to":"${to}","amount":${written(amount)}}`,
  });
  return receipted(Object.assign(out, { to }));
}

export function resetBreaker(account, key) {
  return command('reset', account, `key:${key}`, row('breaker_reset'), {
    path: `/admin/accounts/${account}/breaker/reset`, by: 'admin', headers: keyed(key),
    body: '{"reason":"looked at"}',
  });
}

function webhook(name, account, reference, effect, event) {
  return command(name, account, reference, effect, {
    path: '/webhooks/ml-engine', by: 'signature', body: JSON.stringify(event),
  });
}

/** `profit`: units; `at`: ms. A closed trade moves the balance, an open one does not. */
export function trade(account, id, status, profit, at) {
  const effect = status === 'open' ? row('trade_opened')
    : row('trade_settled', { what: 'trade', amount: profit, day: Math.floor(at / 86_400_000) });
  return webhook(`trade ${status}`, account, `trade:${id}:${status}`, effect, {
    event_type: 'trade.executed',
    data: {
      trade_id: id, account_id: account, symbol: 'BTCUSDT', side: profit < 0n ? 'sell' : 'buy',
      quantity: '0.5', entry_price: '43250.50',
      ...(status === 'closed' ? { exit_price: '43300.25', profit_loss: decimal(profit) } : {}),
      status, executed_at: new Date(at).toISOString(),
    },
  });
}

export function balanceUpdated(account, id, balance) {
  return webhook('balance', account, `event:${id}`, row('balance_adjusted', { what: 'set', balance }), {
    event_type: 'account.balance_updated', event_id: id,
    data: { account_id: account, new_balance: decimal(balance), reason: 'reconciled' },
  });
}

export function performance(account, day, opening, closing) {
  const date = new Date(day * 86_400_000).toISOString().slice(0, 10);
  return webhook('performance', account, `performance:${date}`,
    row('performance_recorded', { what: 'day', day, balance: closing }), {
      event_type: 'daily.performance',
      data: {
        account_id: account, date, opening_balance: decimal(opening), closing_balance: decimal(closing),
        daily_return: decimal(closing - opening), daily_return_percentage: '0.5',
        trades_executed: 3, winning_trades: 2, losing_trades: 1,
      },
    });
}

export function accountError(account, id, type) {
  return webhook('error', account, `event:${id}`, row('error_reported'), {
    event_type: 'account.error', event_id: id,
    data: { account_id: account, error_type: type, error_message: 'said by the load' },
  });
}

/** A webhook whose signature is of other bytes: nothing may come of it. */
export function forged(account, id, profit, at) {
  const out = trade(account, id, 'closed', profit, at);
  out.name = 'forged';
  out.request.by = 'forger';
  return out;
}
