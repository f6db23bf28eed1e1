// Sign-in by a provider and a user's key, against the built binary and a provider on loopback that
// keeps to RFC 6749 and 7636: a code is good once, for its client, its redirect and its verifier.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { run, serve, temporaryFolder } from './node.mjs';

const quiet = ['--market.symbols=BTCUSDT', '--market.speed=1', '--auth.hash-memory-mb=8'];
const client = { id: 'our-id', secret: 'our secret/&' };

/** `people`: by the code that they are given. */
async function provider(t, people) {
  const codes = new Map();
  const tokens = new Map();
  const state = { asked: 0, down: false };
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    const url = new URL(request.url, 'http://p');
    const say = (status, json) => {
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(json));
    };
    if (state.down) return response.destroy();
    if (url.pathname === '/token') {
      state.asked += 1;
      const form = new URLSearchParams(body);
      const known = codes.get(form.get('code'));
      codes.delete(form.get('code'));
      const right = known && form.get('grant_type') === 'authorization_code'
        && form.get('client_id') === client.id && form.get('client_secret') === client.secret
        && form.get('redirect_uri') === known.redirect
        && createHash('sha256').update(form.get('code_verifier')).digest('base64url') === known.challenge;
      if (!right) return say(400, { error: 'invalid_grant' });
      const token = randomBytes(16).toString('hex');
      tokens.set(token, known.who);
      return say(200, { access_token: token, token_type: 'bearer', expires_in: 60 });
    }
    const who = tokens.get(request.headers.authorization?.replace('Bearer ', ''));
    return who ? say(200, who) : say(401, {});
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${server.address().port}`;
  /** What the browser does there: signs in and is sent back with a code. */
  const visit = (authorize, person) => {
    const q = new URL(authorize).searchParams;
    assert.equal(q.get('client_id'), client.id);
    assert.equal(q.get('code_challenge_method'), 'S256');
    const code = randomBytes(8).toString('hex');
    codes.set(code, { who: people[person], redirect: q.get('redirect_uri'), challenge: q.get('code_challenge') });
    return { code, state: q.get('state'), back: new URL(`${q.get('redirect_uri')}?code=${code}&state=${q.get('state')}`) };
  };
  return { url, visit, state };
}

const optionsFor = (p) => [`--auth.google-client-id=${client.id}`, `--auth.google-client-secret=${client.secret}`,
  `--auth.google-authorize-url=${p.url}/authorize`, `--auth.google-token-url=${p.url}/token`,
  `--auth.google-userinfo-url=${p.url}/userinfo`];

const people = {
  ada: { sub: '1', email: 'ada@example.com', email_verified: true, given_name: 'Ada', family_name: 'L' },
  eve: { sub: '2', email: 'demo@troupe.example', email_verified: true },
  unsure: { sub: '3', email: 'who@example.com', email_verified: false },
};

test('a sign-in by a provider, and all that must not become one', { timeout: 120_000 }, async (t) => {
  const folder = temporaryFolder(t);
  const p = await provider(t, people);
  let node = await serve(t, folder, ...quiet, ...optionsFor(p));
  const ask = (method, path, body, headers = {}) => node.ask(method, path, body, { 'X-API-Key': '', ...headers });
  const begin = async () => (await ask('GET', '/auth/oauth/google')).json.data;
  const end = (code, state, nonce, more = {}) => ask('POST', '/auth/oauth/google', { code, state, nonce, ...more });

  // As a browser: redirect there, back with the cookie.
  const there = await fetch(`${node.url}/auth/oauth/google`, { redirect: 'manual', headers: { Accept: 'text/html' } });
  assert.equal(there.status, 302);
  const cookie = there.headers.get('set-cookie').split(';')[0];
  const visit = p.visit(there.headers.get('location'), 'ada');
  assert.equal(visit.back.origin, node.url, 'the way back in demo mode is this node');
  const back = await fetch(visit.back, { headers: { Cookie: cookie } });
  const made = await back.json();
  assert.equal(back.status, 200, JSON.stringify(made));
  assert.equal(made.data.user.email, 'ada@example.com');
  assert.equal((await fetch(visit.back, { headers: { Cookie: cookie } })).status, 401, 'replayed');
  const bearer = { Authorization: `Bearer ${made.data.tokens.access_token}` };
  assert.equal((await ask('GET', '/auth/me', undefined, bearer)).json.data.user.id, made.data.user.id);

  // As a page, and over a restart: the same user.
  await node.stop();
  node = await serve(t, folder, ...quiet, ...optionsFor(p));
  let one = await begin();
  let brought = p.visit(one.authorize_url, 'ada');
  const again = await end(brought.code, brought.state, one.nonce);
  assert.equal(again.json.data.user.id, made.data.user.id);

  // A code that was stolen from another's way back: the verifier is not that of the thief's state.
  const [mine, theirs] = [await begin(), await begin()];
  const stolen = p.visit(theirs.authorize_url, 'ada').code;
  const injected = await end(stolen, new URL(mine.authorize_url).searchParams.get('state'), mine.nonce);
  assert.equal(injected.status, 401, 'the provider refuses: PKCE');

  for (const [who, status, code] of [['eve', 409, 'EMAIL_TAKEN'], ['unsure', 403, 'FORBIDDEN']]) {
    one = await begin();
    brought = p.visit(one.authorize_url, who);
    const refused = await end(brought.code, brought.state, one.nonce);
    assert.equal(refused.status, status, refused.text);
    assert.equal(refused.json.error.code, code);
  }
  const asked = p.state.asked;
  one = await begin();
  brought = p.visit(one.authorize_url, 'ada');
  assert.equal((await end(brought.code, brought.state, 'another browser')).status, 401);
  assert.equal((await end(brought.code, `${brought.state}0`, one.nonce)).status, 401);
  assert.equal(p.state.asked, asked, 'the provider was not asked');

  p.state.down = true;
  const away = await end(brought.code, brought.state, one.nonce);
  assert.equal(away.status, 503, away.text);
  assert.equal(away.json.error.code, 'PROVIDER_UNAVAILABLE');
  const health = await node.ask('GET', '/health/detailed');
  assert.match(health.text, /sign-in-google-tokens/);
  await node.stop();
});

test('a key acts as its user and ends with a word', { timeout: 60_000 }, async (t) => {
  const node = await serve(t, temporaryFolder(t), ...quiet);
  const token = node.said().match(/token\s+(\S+)/)[1];
  const ask = (method, path, body, headers) => node.ask(method, path, body, { 'X-API-Key': '', ...headers });
  const bearer = { Authorization: `Bearer ${token}` };
  const made = (await ask('POST', '/auth/api-keys', { name: 'bot', scopes: 'signals' }, bearer)).json.data;
  assert.match(made.key, /^trp_[0-9a-f]{64}$/);
  const key = { 'X-API-Key': made.key };
  assert.equal((await ask('GET', '/auth/me', undefined, key)).json.data.user.email, 'demo@troupe.example');
  assert.equal((await ask('GET', '/auth/api-keys', undefined, key)).status, 401);
  assert.equal((await ask('GET', '/admin/users', undefined, key)).status, 401);
  assert.equal((await ask('GET', '/models/status', undefined, key)).status, 401);
  assert.equal((await ask('DELETE', `/auth/api-keys/${made.api_key.id}`, undefined, bearer)).status, 200);
  assert.equal((await ask('GET', '/auth/me', undefined, key)).status, 401, 'at once');

  const password = { current: node.said().match(/password\s+(\S+)/)?.[1] ?? '', new: 'another horse' };
  const other = (await ask('POST', '/auth/login', { email: 'demo@troupe.example', password: password.current })).json.data.tokens;
  assert.equal((await ask('POST', '/auth/password', { ...password, current: 'wrong' }, bearer)).status, 401);
  const changed = await ask('POST', '/auth/password', password, bearer);
  assert.equal(changed.status, 200, changed.text);
  assert.equal((await ask('POST', '/auth/refresh', { refresh_token: other.refresh_token })).status, 401);
  await node.stop();
});

test('a provider that is set up wrongly stops the start with one clear line', { timeout: 30_000 }, async (t) => {
  const folder = temporaryFolder(t);
  const start = async (...options) => {
    const { code, stderr } = await run(['serve', '--http.port=0', `--data.dir=${folder}/data`, ...quiet, ...options], { cwd: folder });
    assert.notEqual(code, 0);
    return stderr.trim().split('\n').at(-1);
  };
  assert.match(await start('--auth.github-client-id=x'), /auth\.github-client-secret is missing/);
  const both = ['--auth.github-client-id=x', '--auth.github-client-secret=y'];
  assert.match(await start(...both, '--auth.github-token-url=http://github.example/token'), /github-token-url must be an https address/);
  assert.match(await start(...both, '--auth.redirect-base-url=http://127.0.0.1.evil.example'), /redirect-base-url must be/);
});
