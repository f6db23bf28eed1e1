// Money as the checker counts it: whole units of 1e-8 in a BigInt, never a Number.
const scale = 100_000_000n;

/** "-12.5" → -1250000000n. Throws on what is no decimal of at most 8 places. */
export function units(text) {
  const parts = /^(-?)(\d+)(?:\.(\d{1,8}))?$/.exec(String(text));
  if (!parts) throw new Error(`not an amount: ${text}`);
  const value = BigInt(parts[2]) * scale + BigInt((parts[3] ?? '').padEnd(8, '0'));
  return parts[1] ? -value : value;
}

/** As the product prints it: at least two places, no zeros beyond. */
export function decimal(value) {
  const size = value < 0n ? -value : value;
  const places = (size % scale).toString().padStart(8, '0').replace(/0{1,6}$/, '');
  return `${value < 0n ? '-' : ''}${size / scale}.${places}`;
}

/** Of the two columns in which SQLite keeps an amount. */
export const fromColumns = (whole, fraction) => BigInt(whole) * scale + BigInt(fraction);
