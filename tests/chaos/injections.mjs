// What goes wrong in a cluster. Each fault heals what is not the product's to heal, and returns the
// names of the nodes whose accounts it may have kept from being served; null: of all.
// `w`: {cluster, random, victim, violation(what)}.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stopOrderly } from '../faults/injections.mjs';
import { fakeClock } from './cluster.mjs';

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const clockCacheMs = 1_000; // libfaketime looks at its file so often

/** Parted silently, where nothing passes, or loudly, where connections break; then whole again. */
async function parted(w, wires, ms) {
  const silent = w.random.chance(60);
  for (const wire of wires) {
    if (silent) wire.stall();
    else { wire.refuse(); wire.cut(); }
  }
  await sleep(ms);
  for (const wire of wires) {
    // What lay on the way arrives late, or never.
    if (silent && w.random.chance(50)) wire.cut();
    wire.accept();
    wire.flow();
  }
}

const leases = (w, low, high) => (w.cluster.leaseMs * w.random.between(low * 10, high * 10)) / 10;

export const inject = {
  async kill(w) {
    await w.victim.kill('SIGKILL');
    // Half of the time it is back before anybody has noticed.
    await sleep(w.random.chance(50) ? w.random.below(300) : w.cluster.leaseMs + w.random.between(300, 1_200));
    await w.victim.startWhenPossible();
    return [w.victim.name];
  },

  async freeze(w) {
    w.victim.freeze();
    await sleep(leases(w, 1.2, 2.5));
    w.victim.thaw();
    return [w.victim.name];
  },

  async peers(w) {
    await parted(w, w.cluster.peerWires(w.victim.place), leases(w, 0.3, 3));
    return null; // others' accounts are asked for at this node too
  },

  async store(w) {
    await parted(w, [w.cluster.store.cables[w.victim.place]], leases(w, 0.3, 3));
    return [w.victim.name];
  },

  async redis(w) {
    await parted(w, [w.cluster.redisCables[w.victim.place]], leases(w, 0.5, 2));
    return null;
  },

  async isolated(w) {
    const { place } = w.victim;
    await parted(w, [...w.cluster.peerWires(place), w.cluster.store.cables[place], w.cluster.redisCables[place]], leases(w, 0.5, 3));
    return null;
  },

  /** Everything that the node says or hears comes in bursts, and now and then a connection is lost. */
  async delay(w) {
    const { place } = w.victim;
    const wires = [...w.cluster.peerWires(place), w.cluster.store.cables[place], w.cluster.redisCables[place]];
    for (const until = performance.now() + leases(w, 1, 2.5); performance.now() < until;) {
      for (const wire of wires) wire.stall();
      await sleep(w.random.between(20, 150));
      for (const wire of wires) wire.flow();
      if (w.random.chance(25)) w.random.pick(wires).cut();
      await sleep(w.random.between(10, 150));
    }
    return null;
  },

  /** As a crash of the database; it comes back. */
  async database(w) {
    await w.cluster.store.database.stopImmediately();
    if (w.random.chance(50)) await sleep(w.random.below(1_500));
    await w.cluster.store.database.startAgain();
    return null;
  },

  /** Forwards or back by hours while it runs, and right again; its monotonic clock goes on. */
  async clock(w) {
    const file = join(w.cluster.base, `${w.victim.name}.clock`);
    writeFileSync(file, '+0\n');
    await stopOrderly(w, w.victim);
    Object.assign(w.victim.env, {
      LD_PRELOAD: fakeClock(), FAKETIME_TIMESTAMP_FILE: file, FAKETIME_CACHE_DURATION: String(clockCacheMs / 1_000),
      FAKETIME_DONT_FAKE_MONOTONIC: '1', NO_FAKE_STAT: '1',
    });
    await w.victim.startWhenPossible();
    await w.cluster.untilReady(20_000);
    const hours = w.random.between(2, 9);
    writeFileSync(file, `${w.random.chance(50) ? '+' : '-'}${hours}h\n`);
    await sleep(clockCacheMs + leases(w, 1.2, 2));
    // Half of the time it is set right while it runs, else it dies with the wrong time.
    const right = w.random.chance(50);
    if (right) {
      writeFileSync(file, '+0\n');
      await sleep(clockCacheMs + w.random.below(500));
      await stopOrderly(w, w.victim);
    } else await w.victim.kill('SIGKILL');
    for (const name of Object.keys(w.victim.env)) if (/FAKE|PRELOAD/.test(name)) delete w.victim.env[name];
    await w.victim.startWhenPossible();
    return [w.victim.name];
  },

  async leave(w) {
    await stopOrderly(w, w.victim);
    await sleep(w.random.below(500));
    await w.victim.startWhenPossible();
    return [w.victim.name];
  },

  async rolling(w) {
    for (const node of w.cluster.nodes) {
      await stopOrderly(w, node);
      await node.startWhenPossible();
      await w.cluster.untilReady(20_000);
    }
    return null;
  },
};
