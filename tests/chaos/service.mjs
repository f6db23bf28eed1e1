// For how long an account could not be served: the longest span in which nothing that was said to
// it ended well. Pure.

/** Ends of successes within [from, to], any order → the longest span without one, in ms. */
export function longestSpan(ends, from, to) {
  const within = ends.filter((t) => t > from && t < to).sort((a, b) => a - b);
  let longest = 0, before = from;
  for (const t of [...within, to]) {
    longest = Math.max(longest, t - before);
    before = t;
  }
  return longest;
}

/** The value below or at which `part` (0 … 1) of them are. */
export function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
}

/** How long each kind of fault may keep an account from being served, of those it hits; ms. */
export const goals = (leaseMs) => ({ kill: leaseMs + 1_000, leave: 300 });

/** kind → {spans, errors, commands} as lines of a table. */
export function serviceTable(kinds, leaseMs) {
  const goal = goals(leaseMs);
  const ms = (x) => String(Math.round(x)).padStart(7);
  const lines = [`${'ms without service'.padEnd(22)}    p50    p99    max  accounts  errors/commands`];
  for (const [kind, { spans, errors, commands }] of [...kinds].sort()) {
    if (spans.length === 0) continue;
    const max = Math.max(...spans);
    const over = goal[kind] !== undefined && max > goal[kind];
    const verdict = goal[kind] !== undefined ? `  goal ${goal[kind]}: ${over ? 'MISSED' : 'met'}` : '';
    const errorGoal = kind === 'rolling' ? `  goal 0 errors: ${errors ? 'MISSED' : 'met'}` : '';
    lines.push(`  ${kind.padEnd(20)}${ms(quantile(spans, 0.5))}${ms(quantile(spans, 0.99))}${ms(max)}`
      + `${String(spans.length).padStart(10)}  ${errors}/${commands}${verdict}${errorGoal}`);
  }
  return lines;
}
