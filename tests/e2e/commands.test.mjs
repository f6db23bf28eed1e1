// The commands on a folder of kline files: import, train, models, replay, and what they refuse.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { run, temporaryFolder } from './node.mjs';

const interval = 300_000;

// A walk with clustered volatility in the columns of a kline file; the same on every run.
function klines(rows, from = Date.UTC(2024, 0, 1)) {
  let seed = 12345;
  const uniform = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
  const normal = () => Math.sqrt(-2 * Math.log(uniform() || 1e-9)) * Math.cos(2 * Math.PI * uniform());
  let price = 40_000, sigma = 0.001;
  const lines = [];
  for (let i = 0; i < rows; ++i) {
    sigma = Math.min(0.004, Math.max(0.0004, sigma * Math.exp(0.05 * normal())));
    const open = price, close = open * Math.exp(sigma * normal());
    const high = Math.max(open, close) * (1 + sigma * Math.abs(normal()) / 2);
    const low = Math.min(open, close) * (1 - sigma * Math.abs(normal()) / 2);
    const t = from + i * interval;
    lines.push([t, open, high, low, close, 10 + 5 * uniform(), t + interval - 1, 0, 0, 0, 0, 0].join(','));
    price = close;
  }
  return lines;
}

test('files go in, models come out, and candles go through the live path', { timeout: 240_000 }, async (t) => {
  const folder = temporaryFolder(t);
  const troupe = (...args) => run([...args, '--data.dir=data'], { cwd: folder });
  const lines = klines(45 * 288);
  const half = lines.length / 2;
  const header = 'open_time,open,high,low,close,volume,close_time,quote,count,taker_base,taker_quote,ignore';
  writeFileSync(`${folder}/BTCUSDT-5m-1.csv`, [header, ...lines.slice(0, half)].join('\r\n'));
  const second = [...lines.slice(half), lines.at(-1), 'nonsense,1,2,3,4,5'];
  writeFileSync(`${folder}/BTCUSDT-5m-2.csv.gz`, gzipSync(second.join('\n')));

  const imported = await troupe('import', 'BTCUSDT-5m-1.csv', 'BTCUSDT-5m-2.csv.gz');
  assert.equal(imported.code, 0, imported.stderr);
  assert.match(imported.stdout, /1 identical duplicate,/);
  assert.match(imported.stdout, /1 bad row\n/);
  assert.match(imported.stdout, new RegExp(`line ${second.length}`), 'a bad row is named by its line');
  const again = await troupe('import', 'BTCUSDT-5m-1.csv');
  assert.match(again.stdout, new RegExp(`0 added, ${half} already there`));

  assert.match((await troupe('models')).stderr, /no models/);
  assert.match((await troupe('replay')).stderr, /`troupe train` makes them/);
  const trained = await troupe('train');
  assert.equal(trained.code, 0, trained.stderr);
  assert.match(trained.stdout, /BTCUSDT-range-6-high/);
  assert.match(trained.stderr, /100 %/);
  const replayed = await troupe('replay');
  assert.equal(replayed.code, 0, replayed.stderr);
  assert.match(replayed.stdout, new RegExp(`applied ${lines.length}, duplicates 0, rejected 0`));
  assert.match(replayed.stdout, /p99 [\d.]+ ms/);

  const mixed = await troupe('train', '--kind=ensemble', '--train.network-rounds=1');
  assert.equal(mixed.code, 0, mixed.stderr);
  assert.match(mixed.stdout, /\(ensemble\): learned/);
  assert.match((await troupe('replay')).stdout, new RegExp(`applied ${lines.length},`));
  const [older, newest] = readdirSync(`${folder}/data/models/BTCUSDT`).sort();
  const network = `${folder}/data/models/BTCUSDT/${newest}/network.f32`;
  const weights = readFileSync(network);
  weights[weights.length >> 1] ^= 1;
  writeFileSync(network, weights);
  const fallen = await troupe('models');
  assert.match(fallen.stderr, /network\.f32.*SHA-256/);
  assert.match(fallen.stdout, new RegExp(`${older} \\(xgboost\\)`), 'the version before it speaks');
  rmSync(`${folder}/data/models/BTCUSDT/${newest}`, { recursive: true });
  const table = await troupe('train', '--walk-forward', '--kind=all', '--train.network-rounds=1',
    '--train.days=30', '--blocks=1', '--from=2024-02-10', '--to=2024-02-12');
  assert.equal(table.code, 0, table.stderr);
  for (const name of ['k*ATR', 'har', 'xgboost', 'gru', 'ensemble'])
    assert.ok(table.stdout.includes(`72 ${name} `), table.stdout);

  const versions = readdirSync(`${folder}/data/models/BTCUSDT`);
  assert.equal(versions.length, 1);
  const file = `${folder}/data/models/BTCUSDT/${versions[0]}/range-6-high.ubj`;
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(file, bytes);
  const refused = await troupe('models');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /range-6-high\.ubj.*sha/i);
});

test('what cannot be done is said in one line', { timeout: 60_000 }, async (t) => {
  const folder = temporaryFolder(t);
  const troupe = (...args) => run([...args, '--data.dir=data'], { cwd: folder });
  const oneLine = ({ code, stderr }, pattern) => {
    assert.notEqual(code, 0);
    assert.match(stderr.trim(), pattern);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
  };
  oneLine(await troupe('import'), /name at least one kline file/);
  oneLine(await troupe('import', 'BTCUSDT-none.csv'), /BTCUSDT-none\.csv/);
  writeFileSync(`${folder}/klines.csv`, klines(10).join('\n'));
  oneLine(await troupe('import', 'klines.csv'), /symbol/);
  assert.equal((await troupe('import', '--symbol=BTCUSDT', 'klines.csv')).code, 0);
  oneLine(await troupe('train'), /BTCUSDT/); // ten candles teach nothing
  oneLine(await troupe('train', '--kind=all'), /--walk-forward/);
  oneLine(await troupe('train', '--kind=oracle'), /kind/);
  oneLine(await troupe('serve', '--http.port=0', '--market.symbols=BTCUSDT'), /must not mix/);
  oneLine(await troupe('serve', '--market.symbols=btc'), /btc is no symbol/);
  oneLine(await troupe('serve', '--market.feed=replay', '--market.symbols=BTCUSDT'), /no kline file/);
  const replay = ['serve', '--market.feed=replay', '--market.file=BTCUSDT=klines.csv'];
  oneLine(await troupe(...replay, '--market.symbols=BTCUSDT,ETHUSDT'), /ETHUSDT has no kline file/);
  oneLine(await troupe(...replay, '--train.nightly-at=:::::'), /train\.nightly-at/);
  oneLine(await troupe(...replay, '--train.kinds=xgboost,har'), /train\.kinds/);
  const env = { DATABASE_URL: 'postgres://localhost/x' };
  oneLine(await run(['serve', '--data.dir=data'], { cwd: folder, env }), /DATABASE_URL/);
});

test('certificates of a cluster are made once and never over others', async (t) => {
  const folder = temporaryFolder(t);
  const certs = (...args) => run(['cluster', 'certs', '--dir=certs', ...args], { cwd: folder });
  const made = await certs('--node=a', '--node=b', '--host=10.0.0.1');
  assert.equal(made.code, 0, made.stderr);
  assert.deepEqual(readdirSync(`${folder}/certs`).sort(), ['a.key', 'a.pem', 'b.key', 'b.pem', 'ca.key', 'ca.pem']);
  assert.match(made.stdout, /--cluster.certificate=certs\/a.pem/);
  const key = readFileSync(`${folder}/certs/ca.key`, 'utf8');

  const again = await certs('--node=b');
  assert.equal(again.code, 1);
  assert.match(again.stderr, /b.pem is there already/);
  const more = await certs('--node=c');
  assert.equal(more.code, 0, more.stderr);
  assert.match(more.stdout, /which was there/);
  assert.equal(readFileSync(`${folder}/certs/ca.key`, 'utf8'), key);

  assert.match((await certs()).stderr, /name a node/);
  assert.equal((await run(['cluster'], { cwd: folder })).code, 2);
  const missing = await run(['serve', '--http.port=0', '--cluster.address=127.0.0.1:0'], { cwd: folder });
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /cluster\.certificate is missing.*troupe cluster certs/);
});
