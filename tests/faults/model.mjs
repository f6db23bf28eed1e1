// What an account must hold, said a second time and in few words: folded from the commands in the
// order in which the journal has them. Written from the contract and not from the product's code,
// so that a mistake would have to be made twice.

/** The kinds of rows, by their number in the journal. */
export const kinds = [
  'account_opened', 'deposited', 'withdrawn', 'withdrawal_reserved', 'withdrawal_approved',
  'withdrawal_completed', 'withdrawal_rejected', 'withdrawal_expired', 'transfer_reserved',
  'transfer_credited', 'transfer_refused', 'transfer_settled', 'transfer_returned', 'trade_opened',
  'trade_settled', 'balance_adjusted', 'performance_recorded', 'account_paused', 'account_resumed',
  'account_closed', 'error_reported', 'breaker_opened', 'breaker_half_opened', 'breaker_closed',
  'breaker_reset',
];
export const kindOf = (name) => kinds.indexOf(name);
/** Rows that follow from a command without a reference of their own. */
export const followers = new Set(['breaker_opened', 'breaker_half_opened', 'breaker_closed'].map(kindOf));

export const houses = ['none', 'engine', 'market', 'payments', 'transit'];
const dayMs = 86_400_000;
export const dayOf = (ms) => Math.floor(ms / dayMs);

export class AccountModel {
  balance = 0n;
  version = 0;
  paused = false;
  closed = false;
  #days = new Map(); // movements by the day they belong to
  #firstDay = null;
  #today = 0;
  #settledBefore = 0;

  /** What the row of an effect must say: {house, amount}. `effect` as commands.mjs writes it. */
  expected(effect, at) {
    const market = (amount) => ({ house: amount === 0n ? 'none' : 'market', amount });
    switch (effect.what) {
      case 'move':
        return { house: effect.amount === 0n ? 'none' : effect.house, amount: effect.amount };
      case 'trade':
        return market(effect.day < this.#settledBefore ? 0n : effect.amount);
      case 'set':
        return market(effect.balance - this.balance);
      case 'day':
        return market(effect.day < this.#settledBefore ? 0n : effect.balance - this.#endOf(effect.day, at));
      case 'payout':
        return { house: this.balance === 0n ? 'none' : 'engine', amount: -this.balance };
      default:
        return { house: 'none', amount: 0n };
    }
  }

  /** Takes a row that was judged. */
  fold(row, effect) {
    const today = (this.#today = Math.max(this.#today, dayOf(row.at)));
    this.#firstDay ??= today;
    let day = today;
    if (effect?.what === 'trade' || effect?.what === 'day') day = effect.day;
    day = Math.min(Math.max(day, this.#firstDay), today);
    this.#days.set(day, (this.#days.get(day) ?? 0n) + row.amount);
    this.balance += row.amount;
    this.version = row.version;
    if (effect?.what === 'day' && effect.day >= this.#settledBefore)
      this.#settledBefore = Math.max(this.#settledBefore, effect.day < today ? effect.day + 1 : effect.day);
    if (kinds[row.kind] === 'account_paused') this.paused = true;
    if (kinds[row.kind] === 'account_resumed') this.paused = false;
    if (kinds[row.kind] === 'account_closed') this.closed = true;
  }

  #endOf(day, at) {
    const limit = Math.min(day, Math.max(this.#today, dayOf(at)));
    let sum = 0n;
    for (const [moved, amount] of this.#days) if (moved <= limit) sum += amount;
    return sum;
  }
}
