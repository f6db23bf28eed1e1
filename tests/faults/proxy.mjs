// The cable between the server and its database: a small TCP proxy that is cut or goes silent when
// it is told to. It forwards bytes and knows nothing of them.
import { connect, createServer } from 'node:net';

/**
 * The connections on one way to `toPort`: join(socket) brings one there; {cut(), mute(), stall(), flow(),
 * refuse(), accept()} befall them all.
 */
export function makeWires(toPort, toHost = '127.0.0.1') {
  const pairs = new Set();
  let silent = false, refusing = false;
  const join = (near) => {
    if (refusing) return near.destroy();
    const far = connect({ port: toPort, host: toHost, noDelay: true });
    const pair = { near, far };
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const [from, to] of [[near, far], [far, near]]) {
      from.on('error', end).on('close', end);
      from.on('drain', () => silent || to.resume());
      from.on('data', (bytes) => to.write(bytes) || from.pause());
      if (silent) from.pause();
    }
  };
  const both = (act) => [...pairs].forEach(({ near, far }) => (act(near), act(far)));
  return {
    join,
    /** Every connection breaks; bytes that were under way are gone. */
    cut: () => both((s) => s.destroy()),
    /** Until they break, connections lose what is `asked`, or what is `answered`. */
    mute: (what) => pairs.forEach(({ near, far }) => (what === 'asked' ? near : far).pause()),
    /** Connections stay, but nothing passes. */
    stall: () => ((silent = true), both((s) => s.pause())),
    flow: () => ((silent = false), both((s) => s.resume())),
    /** New connections are broken at once. */
    refuse: () => (refusing = true),
    accept: () => (refusing = false),
  };
}

/** Resolves to {port, close()} and what makeWires() gives. */
export function makeCable(toPort) {
  const wires = makeWires(toPort);
  const server = createServer({ noDelay: true }, wires.join);
  const close = () => (wires.cut(), new Promise((done) => server.close(done)));
  return new Promise((done, failed) => {
    server.on('error', failed);
    server.listen(0, '127.0.0.1', () => done(Object.assign(wires, { close, port: server.address().port })));
  });
}
