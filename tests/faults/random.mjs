// Randomness that a seed repeats. Every part of a plan draws from a stream of its own, named after
// what it is for, so that how long one part took never changes what another one does.
import { createHash } from 'node:crypto';

export class Random {
  #state;

  /** Equal names, equal numbers. */
  constructor(name) {
    this.name = String(name);
    const digest = createHash('sha256').update(this.name).digest();
    this.#state = [0, 4, 8, 12].map((at) => digest.readUInt32LE(at));
  }

  /** An independent stream. */
  fork(label) {
    return new Random(`${this.name}/${label}`);
  }

  /** 32 bits (sfc32). */
  next() {
    let [a, b, c, d] = this.#state;
    const out = (a + b + d) >>> 0;
    d = (d + 1) >>> 0;
    a = (b ^ (b >>> 9)) >>> 0;
    b = (c + (c << 3)) >>> 0;
    c = (((c << 21) | (c >>> 11)) + out) >>> 0;
    this.#state = [a, b, c, d];
    return out;
  }

  /** 0 … n - 1. */
  below(n) {
    return this.next() % n;
  }

  /** low … high, both included. */
  between(low, high) {
    return low + this.below(high - low + 1);
  }

  chance(percent) {
    return this.below(100) < percent;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  shuffled(list) {
    const out = [...list];
    for (let i = out.length - 1; i > 0; --i) {
      const j = this.below(i + 1);
      [out[i], out[j]] = [out[j], out[i]];
    }
    return out;
  }

  /** One of {value: weight}. */
  weighted(weights) {
    const entries = Object.entries(weights);
    let at = this.below(entries.reduce((sum, [, weight]) => sum + weight, 0));
    for (const [value, weight] of entries) if ((at -= weight) < 0) return value;
    return entries[0][0];
  }
}
