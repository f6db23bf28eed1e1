// Whether every account had one writer at a time: along the journal the epoch of a shard never goes
// back, and an account's versions follow each other. Pure; the rows are read in journal.mjs's manner.

/** rows: [{position, shard, epoch, account, version}] in any order; leases: Map(shard → epoch). Returns violations. */
export function checkWriters(rows, leases = new Map()) {
  const found = [];
  const epochs = new Map(), versions = new Map();
  for (const row of [...rows].sort((a, b) => a.position - b.position)) {
    const { position, shard, epoch, account, version } = row;
    const wrong = (what) => found.push({ account, command: `position ${position}`, what });
    const before = epochs.get(shard);
    if (before && epoch < before.epoch)
      wrong(`shard ${shard} was written under epoch ${epoch} after it had been under ${before.epoch} at position ${before.position}`);
    else epochs.set(shard, row);
    if (leases.has(shard) && epoch > leases.get(shard))
      wrong(`shard ${shard} was written under epoch ${epoch}, and has only come to ${leases.get(shard)}`);
    if (epoch === 0) wrong(`shard ${shard} was written though nobody had taken it`);
    if (version !== (versions.get(account) ?? 0) + 1)
      wrong(`version ${version} stands after ${versions.get(account) ?? 'none'}`);
    versions.set(account, version);
  }
  return found;
}

/** Of Map(shard → epoch) as it was before: those that went back. */
export function checkEpochs(before, after) {
  return [...before].filter(([shard, epoch]) => (after.get(shard) ?? 0) < epoch)
    .map(([shard, epoch]) => ({ account: `shard ${shard}`, what: `its epoch went back from ${epoch} to ${after.get(shard)}` }));
}
