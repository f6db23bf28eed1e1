// A client of the money routes, for end-to-end tests: the three keys of a node, webhooks
// signed over the bytes sent, and many requests at once.
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { serve } from './node.mjs';

/** So that signals take as little of the machine as they can. */
export const quiet = ['--market.symbols=BTCUSDT', '--train.nightly-at=never', '--train.days=30', '--market.speed=1'];

/**
 * `serve` with `engine`, `admin` and `webhook`: each says one request and gives {status, text, json}.
 * `database`: the URL of a PostgreSQL database; without one the node is a demo of its own. `more`: further settings.
 */
export async function serveMoney(t, folder, database, ...more) {
  const keys = { 'api-key': 'the-engine', 'admin-key': 'the-admin', 'webhook-secret': 'the-secret' };
  const settings = Object.entries(keys).map(([name, value]) => `--http.${name}=${value}`);
  const signers = ['--auth.jwt-secret=' + 'a'.repeat(32), '--auth.jwt-refresh-secret=' + 'r'.repeat(32)];
  const kept = database ? [`--store.url=${database}`, '--store.lease-ms=1000', ...settings, ...signers] : [];
  const node = await serve(t, folder, ...quiet, ...kept, ...more);
  const key = (name) => (database ? keys[name] : readFileSync(`${folder}/data/${name}`, 'utf8').trim());
  const [adminKey, secret] = [key('admin-key'), key('webhook-secret')];
  const accounts = '/api/v1/trading/accounts';
  node.engine = (method, path, body, headers) => node.ask(method, accounts + path, body, headers);
  node.admin = (method, path, body, headers = {}) =>
    node.ask(method, `/admin${path}`, body, { 'X-API-Key': adminKey, ...headers });
  node.webhook = (event, headers = {}) => {
    const body = typeof event === 'string' ? event : JSON.stringify(event);
    const signature = createHmac('sha256', secret).update(body).digest('hex');
    return node.ask('POST', '/webhooks/ml-engine', body, { 'X-ML-Signature': signature, ...headers });
  };
  node.open = (id, capital = '1000.00', more = {}) =>
    node.engine('POST', '', {
      account_id: id, product_id: 'nova', agent_type: 'nova', initial_capital: capital, agent_config: {}, ...more,
    });
  node.capital = (id, operation, amount, idempotencyKey, more = {}) =>
    node.engine('POST', `/${id}/capital`, { operation, amount, ...more }, keyed(idempotencyKey));
  node.status = async (id) => (await node.engine('GET', `/${id}/status`)).json;
  return node;
}

const keyed = (key) => (key ? { 'Idempotency-Key': key } : {});

/** `count` requests at once. */
export const together = (count, request) => Promise.all(Array.from({ length: count }, (_, i) => request(i)));

/** A closed trade as the engine reports it. */
export const closedTrade = (account, id, profit, more = {}) => ({
  event_type: 'trade.executed',
  data: {
    trade_id: id, account_id: account, symbol: 'BTCUSDT', side: 'buy', quantity: '0.5', entry_price: '43250.50',
    exit_price: '43300.25', profit_loss: profit, status: 'closed', executed_at: new Date().toISOString(), ...more,
  },
});
