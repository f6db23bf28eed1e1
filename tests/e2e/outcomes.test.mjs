// What becomes of what was said: outcomes beside signals, live scores, and a new version that is
// tried before it speaks, over restarts.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { run, serve, temporaryFolder } from './node.mjs';

// Thirty days to learn from, a candle every quarter of a second.
const options = ['--market.symbols=BTCUSDT', '--market.speed=1200', '--train.days=30', '--train.nightly-at=never'];
const model = '/models/BTCUSDT-range-6-high/metrics';

async function until(what, ask, patience = 60_000) {
  const end = performance.now() + patience;
  for (;;) {
    const found = await ask();
    if (found) return found;
    assert.ok(performance.now() < end, `waited too long for ${what}`);
    await new Promise((go) => setTimeout(go, 100));
  }
}

const json = async (node, path) => (await node.ask('GET', path)).json;
const settled = async (node, limit = 500) =>
  (await json(node, `/signals/history?symbol=BTCUSDT&limit=${limit}`)).signals.filter((s) => s.outcome);
const versions = async (node) => {
  const out = {};
  for (const m of (await json(node, '/models/status')).models) out[m.state] = m.version;
  return out;
};

test('outcomes and live scores come with the candles and survive a restart', { timeout: 240_000 }, async (t) => {
  const folder = temporaryFolder(t);
  let node = await serve(t, folder, ...options);
  const known = await until('an outcome', async () => {
    const found = await settled(node);
    return found.length >= 5 && found;
  }, 120_000);
  for (const { outcome, expected_net_r } of known) {
    assert.ok(['tp', 'sl', 'expired'].includes(outcome.outcome));
    assert.ok(Number.isFinite(outcome.pnl_r) && Number.isFinite(expected_net_r));
    if (outcome.outcome === 'sl') assert.ok(outcome.pnl_r < -1, 'costs are taken off');
  }
  const live = await until('live scores', async () => (await json(node, model)).live);
  assert.ok(live.n >= 1 && live.mae > 0 && live.coverage_q80 >= 0 && live.coverage_q80 <= 1);
  assert.equal(live.version, (await versions(node)).champion);
  const first = known.at(-1);
  assert.equal((await node.stop()).code, 0);

  node = await serve(t, folder, ...options);
  const again = await until('the same outcome', async () => (await settled(node)).find((s) => s.id === first.id));
  assert.deepEqual(again.outcome, first.outcome);
  const after = await until('live scores', async () => (await json(node, model)).live);
  assert.ok(after.n >= live.n, 'what was measured before is measured still');
  const text = await until('live metrics', async () => {
    const found = (await node.ask('GET', '/metrics')).text;
    return /troupe_model_live_coverage_q80\{model="BTCUSDT-range-6-high"\}/.test(found) && found;
  });
  assert.match(text, /troupe_model_live_skill_atr\{model="BTCUSDT-range-72-low"\}|troupe_model_live_mae/);
  assert.match(text, /ml_model_accuracy\{model_name="BTCUSDT-range-6-high"\}/);
});

test('a new version is tried beside the one that speaks, promoted and restored by hand', { timeout: 240_000 }, async (t) => {
  const folder = temporaryFolder(t);
  let node = await serve(t, folder, ...options);
  const admin = { 'X-API-Key': readFileSync(`${folder}/data/admin-key`, 'utf8').trim() };
  const { champion } = await until('a champion', async () => {
    const found = await versions(node);
    return found.champion && found;
  }, 120_000);
  const { job_id } = (await node.ask('POST', '/models/train', { symbol: 'BTCUSDT' })).json;
  await until('the training', async () => (await json(node, `/jobs/${job_id}`)).status === 'done', 120_000);
  const tried = await versions(node);
  assert.equal(tried.champion, champion);
  assert.ok(tried.challenger > champion);
  const trial = await until('a comparison', async () => {
    const found = (await json(node, model)).trial;
    return found?.candles > 0 && found;
  });
  assert.deepEqual([trial.champion, trial.challenger, trial.state], [champion, tried.challenger, 'running']);
  assert.equal((await node.stop()).code, 0);

  node = await serve(t, folder, ...options);
  assert.deepEqual(await versions(node), tried, 'a trial goes on after a restart');
  const promote = (version, headers) => node.ask('POST', '/models/BTCUSDT/promote', { version }, headers);
  assert.equal((await promote(tried.challenger)).status, 403);
  assert.equal((await promote('20200101T000000-00000000', admin)).status, 404);
  const answer = await promote(tried.challenger, admin);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.champion, tried.challenger);
  await until('its word', async () => {
    const said = await node.ask('POST', '/predictions', { symbol: 'BTCUSDT', horizon: 6 });
    return said.json.model_version === tried.challenger;
  });
  const past = await until('the evidence', async () => {
    const { trials } = await json(node, model);
    return trials?.length > 0 && trials;
  });
  assert.equal(past[0].state, 'superseded');
  assert.equal(past[0].challenger, tried.challenger);
  assert.equal((await node.stop()).code, 0);

  const models = (...words) => run(['models', `--data.dir=${folder}/data`, ...words], { cwd: folder });
  assert.match((await models()).stdout, new RegExp(`${tried.challenger} +champion`));
  const restored = await models('restore', '--symbol=BTCUSDT');
  assert.equal(restored.code, 0, restored.stderr);
  assert.match((await models()).stdout, new RegExp(`${champion} +champion`));
  assert.notEqual((await models('promote', '--symbol=BTCUSDT', '--version=../x')).code, 0);
  node = await serve(t, folder, ...options);
  assert.equal((await versions(node)).champion, champion);
});
