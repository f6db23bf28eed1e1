// The cable itself: a fault program whose faults do nothing proves nothing.
import assert from 'node:assert/strict';
import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';
import { makeCable } from './proxy.mjs';

async function echoed(t, hear = () => {}) {
  const echo = createServer((socket) => socket.on('data', hear).pipe(socket).on('error', () => {}));
  await once(echo.listen(0, '127.0.0.1'), 'listening');
  const cable = await makeCable(echo.address().port);
  t.after(async () => {
    await cable.close();
    echo.close();
  });
  const dial = () => connect({ port: cable.port, host: '127.0.0.1' }).on('error', () => {});
  return { cable, dial };
}

test('bytes pass, a cut ends every connection, refused ones never begin', { timeout: 10_000 }, async (t) => {
  const { cable, dial } = await echoed(t);
  const near = dial();
  near.write('one');
  assert.equal(String((await once(near, 'data'))[0]), 'one');
  cable.cut();
  await once(near, 'close');
  cable.refuse();
  await once(dial(), 'close');
  cable.accept();
  const again = dial();
  again.write('two');
  assert.equal(String((await once(again, 'data'))[0]), 'two');
});

test('a muted cable loses what is asked, or what is answered', { timeout: 10_000 }, async (t) => {
  for (const what of ['asked', 'answered']) {
    let heard = '';
    const { cable, dial } = await echoed(t, (bytes) => (heard += bytes));
    const near = dial();
    near.write('a');
    await once(near, 'data');
    cable.mute(what);
    let answers = 0;
    near.on('data', () => ++answers).write('b');
    const other = await echoed(t);
    const witness = other.dial();
    for (let i = 0; i < 50; ++i) {
      witness.write('w');
      await once(witness, 'data');
    }
    assert.deepEqual([heard, answers], [what === 'asked' ? 'a' : 'ab', 0]);
    cable.cut();
    await once(near, 'close');
  }
});

test('a stalled cable passes nothing until it flows, also to who dialled meanwhile', { timeout: 10_000 }, async (t) => {
  const { cable, dial } = await echoed(t);
  const near = dial();
  near.write('a');
  await once(near, 'data');
  cable.stall();
  const late = dial();
  let passed = 0;
  for (const socket of [near, late]) socket.on('data', () => ++passed).write('b');
  // Another connection's whole life passes in between, and still nothing has come.
  const other = await echoed(t);
  const witness = other.dial();
  for (let i = 0; i < 50; ++i) {
    witness.write('w');
    await once(witness, 'data');
  }
  assert.equal(passed, 0);
  cable.flow();
  while (passed < 2) await new Promise((done) => setImmediate(done));
});
