// What will be said and what will go wrong, from the seed alone. Eras have a store of their own;
// each is a few rounds; each round is an endless stream of commands and a few faults.
import * as say from './commands.mjs';
import { decimal } from './money.mjs';
import { Random } from './random.mjs';
import { dayOf } from './model.mjs';

/** Kinds of faults, each at least once in as many rounds as there are kinds. */
export const faultKinds = {
  sqlite: ['kill', 'disk', 'clients', 'freeze', 'terminate'],
  postgres: ['kill', 'takeover', 'partition', 'database', 'link', 'stall', 'clients', 'terminate'],
};
const roundsOfAnEra = 4;

/** One round's faults: the first is its own, others may join. `moments`: parts of a thousand. */
function faultsOf(random, kinds, main) {
  const moments = (count) =>
    Array.from({ length: count }, () => random.between(150, 850)).sort((a, b) => a - b);
  const once = ['takeover', 'partition', 'disk'];
  const faults = [{ kind: main, moments: moments(once.includes(main) ? 1 : random.between(1, 2)) }];
  const others = kinds.filter((k) => k !== main && !once.includes(k));
  if (others.length && !once.includes(main) && random.chance(30))
    faults.push({ kind: random.pick(others), moments: moments(1) });
  return faults;
}

/** [{number, era, disk: 'folder'|'small', options, faults}]: a full disk has an era, and a disk, of its own. */
export function planRounds(seed, store, count, without = []) {
  const random = new Random(`${seed}/${store}/rounds`);
  const kinds = faultKinds[store].filter((k) => !without.includes(k));
  const rounds = [];
  let bag = [], era = 0, left = 0, options = [];
  for (let number = 1; number <= count; ++number) {
    if (bag.length === 0) bag = random.shuffled(kinds);
    const main = bag.pop();
    const small = main === 'disk';
    if (small || left === 0) {
      ++era;
      left = small ? 1 : roundsOfAnEra;
      // In every other era accounts fall asleep and leave memory while the load goes on.
      options = random.chance(50) ? ['--accounts.sleep-ms=20', '--accounts.idle-s=1'] : [];
    }
    --left;
    rounds.push({ number, era, disk: small ? 'small' : 'folder', options, faults: faultsOf(random, kinds, main) });
  }
  return rounds;
}

/** Accounts and wallets of an era. */
export function planAccounts(seed, store, era, count) {
  const random = new Random(`${seed}/${store}/era ${era}/accounts`);
  const investments = Array.from({ length: count }, (_, i) => ({
    id: `acc-${era}-${i}`, product: random.pick(['atlas', 'orion', 'nova']),
    capital: BigInt(random.between(0, 3)) * 250_00000000n + BigInt(random.below(100_000_000)),
  }));
  const users = Array.from({ length: Math.max(2, count >> 1) }, (_, i) => `user-${era}-${i}`);
  return { investments, users };
}

const weights = {
  deposit: 24, withdrawal: 16, win: 11, loss: 10, openClose: 6, transfer: 16, balance: 5,
  performance: 4, error: 2, critical: 1, pause: 3, fund: 8, fight: 3, forged: 1, stranger: 1, close: 0,
};

/** An amount of a random size and a random number of places. */
function amountOf(random, most = 200) {
  const places = random.pick([0n, 2n, 2n, 2n, 5n, 8n]);
  const step = 10n ** (8n - places);
  const value = (BigInt(random.below(most)) * 100_000_000n + BigInt(random.below(100_000_000))) / step * step;
  return value === 0n ? step : value;
}

/** Endless: lists of commands that are said together, in any order. */
export function* commandsOf(random, { investments, users }, round, now) {
  if (round.first)
    for (const a of investments) yield [say.open(a.id, a.product, a.capital)];
  for (let n = 1; ; ++n) {
    const account = random.pick(investments).id;
    const id = `${round.number}-${n}`;
    yield makers[random.weighted(weights)]({ random, account, id, users, investments, now });
  }
}

// Number and string are the same amount.
const writing = (random) => (random.chance(50) ? (x) => `"${decimal(x)}"` : decimal);
const recently = ({ random, now }) => now - random.between(0, 3_600_000) - (random.chance(5) ? 86_400_000 : 0);

const makers = {
  deposit: (c) => [say.deposit(c.account, c.id, amountOf(c.random), writing(c.random))],
  withdrawal: (c) => [say.withdrawal(c.account, c.id, amountOf(c.random, 400), writing(c.random))],
  win: (c) => [say.trade(c.account, `t${c.id}`, 'closed', amountOf(c.random, 40), recently(c))],
  loss: (c) => [say.trade(c.account, `t${c.id}`, 'closed', -amountOf(c.random, 40), recently(c))],
  openClose: (c) => {
    const at = recently(c);
    return [say.trade(c.account, `t${c.id}`, 'open', 0n, at),
      say.trade(c.account, `t${c.id}`, 'closed', amountOf(c.random, 20), at)];
  },
  transfer: (c) => {
    const wallet = `wallet:${c.random.pick(c.users)}`;
    const [from, to] = c.random.shuffled([c.account, wallet]);
    return [say.transfer(from, to, c.id, amountOf(c.random, 150), writing(c.random))];
  },
  balance: (c) => [say.balanceUpdated(c.account, `e${c.id}`, amountOf(c.random, 1000))],
  // Every performance of a day after the first has other content under the same reference.
  performance: (c) => [say.performance(c.account, dayOf(c.now) - (c.random.chance(20) ? 1 : 0),
    amountOf(c.random, 1000), amountOf(c.random, 1000))],
  error: (c) => [say.accountError(c.account, `e${c.id}`, 'timeout')],
  critical: (c) => [say.accountError(c.account, `e${c.id}`, 'critical'),
    say.resetBreaker(c.account, `reset-${c.id}`)],
  pause: (c) => [say.pause(c.account, `pause-${c.id}`), say.resume(c.account, `resume-${c.id}`)],
  fund: (c) => [say.fund(c.random.pick(c.users), c.id, amountOf(c.random, 300), writing(c.random))],
  // Two contents under one key: at most one may win.
  fight: (c) => {
    const [one, other] = [amountOf(c.random), amountOf(c.random) + 1n];
    return [say.deposit(c.account, c.id, one, writing(c.random)),
      say.deposit(c.account, c.id, other, writing(c.random))];
  },
  forged: (c) => [say.forged(c.account, `f${c.id}`, amountOf(c.random), recently(c))],
  stranger: (c) => [say.trade(`nobody-${c.id}`, `t${c.id}`, 'closed', amountOf(c.random), recently(c))],
};

/** Commands with repeats, in a shuffled order: each is said one to three times. */
export function* sendsOf(random, stream) {
  const window = [];
  for (;;) {
    while (window.length < 60) {
      const { value } = stream.next();
      for (const command of value)
        for (let copies = random.between(1, 3); copies > 0; --copies) window.push(command);
    }
    const [send] = window.splice(random.below(window.length), 1);
    yield send;
  }
}
