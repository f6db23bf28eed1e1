// What befalls a cluster, and when, from the seed alone.
import { Random } from '../faults/random.mjs';

/** Each at least once in as many rounds as there are kinds. */
export const faultKinds = {
  kill: 'a node dies, and comes back',
  freeze: 'a node stands still beyond its lease, and wakes up',
  peers: 'a node does not reach the others',
  store: 'a node does not reach PostgreSQL',
  redis: 'a node does not reach Redis',
  isolated: 'a node reaches nobody',
  delay: 'all that a node says is late, and some of it lost',
  database: 'PostgreSQL crashes and comes back',
  clock: 'the wall clock of a node is off by hours',
  leave: 'a node is asked to stop, and comes back',
  rolling: 'every node is stopped and started, one after the other',
};
// A new database, new nodes: what a round reckons with does not grow for ever.
const roundsOfAnEra = 11;

/** [{number, era, first, kind, victim, after}]: `after`, in parts of a thousand of a round, it begins. */
export function planRounds(seed, count, nodes, without = []) {
  const random = new Random(`${seed}/cluster/rounds`);
  const kinds = Object.keys(faultKinds).filter((k) => !without.includes(k));
  const rounds = [];
  let bag = [];
  for (let number = 1; number <= count; ++number) {
    if (bag.length === 0) bag = random.shuffled(kinds);
    const era = 1 + Math.floor((number - 1) / roundsOfAnEra);
    rounds.push({ number, era, first: (number - 1) % roundsOfAnEra === 0, kind: bag.pop(),
      victim: random.below(nodes), after: random.between(150, 350) });
  }
  return rounds;
}

const shardCount = 256n;
/** The shard of an id: FNV-1a of 64 bits, of 256. */
export function shardOf(id) {
  let hash = 14695981039346656037n;
  for (const byte of Buffer.from(id)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 1099511628211n);
  return Number(hash % shardCount);
}

/** Ids of accounts that lie evenly over the shards. */
export function spreadIds(prefix, count) {
  const step = 256 / count;
  const ids = new Map();
  for (let n = 0; ids.size < count; ++n) {
    const place = Math.floor(shardOf(`${prefix}-${n}`) / step);
    if (!ids.has(place)) ids.set(place, `${prefix}-${n}`);
  }
  return [...ids.values()];
}
