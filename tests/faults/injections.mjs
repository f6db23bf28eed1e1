// What goes wrong. Each fault ends with everything healed but for what the product must heal itself.
// `w`: {store, client, random, primary, newServer(), violation(what)}.
import * as say from './commands.mjs';
import { decimal } from './money.mjs';
import { runToEnd } from './server.mjs';
import { leaseMs } from './stores.mjs';

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const stopPatienceMs = 15_000;

export const inject = {
  async kill(w) {
    await w.primary.kill('SIGKILL');
    await sleep(w.random.below(200));
    await w.primary.startWhenPossible();
  },

  async terminate(w) {
    await stopOrderly(w, w.primary);
    await w.primary.startWhenPossible();
  },

  /** Clients hang up while they wait for their answers. */
  async clients(w) {
    w.client.cutPercent = 50;
    await sleep(w.random.between(200, 600));
    w.client.cutPercent = 0;
  },

  /** Stands still for a while; meanwhile nobody else may open its file. */
  async freeze(w) {
    w.primary.freeze();
    const { binary, folder, options, env } = w.primary;
    const other = await runToEnd(binary, ['serve', '--http.port=0', `--data.dir=${folder}`, ...options], env);
    if (other.code === 0) w.violation('a second server served the same file');
    await sleep(w.random.between(50, 400));
    w.primary.thaw();
  },

  async disk(w) {
    w.store.fill();
    await sleep(w.random.between(200, 500));
    // Half of the time it dies on the full disk, and starts on it or once there is room again.
    const dies = w.random.chance(50);
    if (dies) await w.primary.kill('SIGKILL');
    const started = dies ? w.primary.startWhenPossible() : Promise.resolve();
    started.catch(() => {}); // awaited below
    await sleep(w.random.between(0, 300));
    w.store.free();
    await started;
  },

  /** As a crash of the database; it comes back. */
  async database(w) {
    await w.store.database.stopImmediately();
    if (w.random.chance(50)) await sleep(w.random.between(50, 1_500));
    await w.store.database.startAgain();
  },

  /** The connections to the database break a few times: on the way, or at its end. */
  async link(w) {
    const cable = w.store.cables[w.primary.place];
    for (let cuts = w.random.between(1, 4); cuts > 0; --cuts) {
      // Half of the time it is lost whether the last batch arrived, or what came of it.
      if (w.random.chance(50)) {
        cable.mute(w.random.pick(['asked', 'answered']));
        await sleep(w.random.below(30));
      }
      if (w.random.chance(40)) cable.refuse();
      if (w.random.chance(30)) await w.store.endSessions();
      else cable.cut();
      await sleep(w.random.between(20, 400));
      cable.accept();
      await sleep(w.random.between(0, 300));
    }
  },

  async stall(w) {
    const cable = w.store.cables[w.primary.place];
    cable.stall();
    await sleep(w.random.between(200, 2_500));
    if (w.random.chance(50)) cable.cut();
    cable.flow();
  },

  /** The first server stands still past its lease, another goes on, the first wakes up again. */
  async takeover(w) {
    await replace(w, (first) => first.freeze(), (first) => first.thaw());
  },

  /** The same, but the first one runs all the while and only does not reach the database. */
  async partition(w) {
    const cable = w.store.cables[w.primary.place];
    const silent = w.random.chance(50);
    await replace(w, () => (silent ? cable.stall() : (cable.refuse(), cable.cut())), () => {
      cable.accept();
      cable.flow();
    });
  },
};

/** SIGTERM, which a server in any state obeys in time. */
export async function stopOrderly(w, server) {
  const ended = await Promise.race([server.kill('SIGTERM'), sleep(stopPatienceMs)]);
  if (ended?.code === 0) return;
  const how = ended ? `ended with ${ended.code ?? ended.signal}` : `did not end within ${stopPatienceMs} ms`;
  w.violation(`${server.name} ${how} after SIGTERM: ${server.log.slice(-300)}`);
  server.child.kill('SIGKILL');
  await server.exited;
}

/** Another server takes the first one's place while that is gone; coming back, it is fenced. */
async function replace(w, goes, comesBack) {
  const [first, second] = [w.primary, await w.newServer()];
  w.client.servers = [first, second];
  await sleep(w.random.below(300));
  goes(first);
  const gone = Date.now();
  await untilServes(w, second);
  const taken = await w.store.ask('SELECT max(position) FROM troupe.journal');
  w.client.servers = [second, first];
  await sleep(w.random.below(leaseMs));
  comesBack(first);
  await expectFenced(w, first);
  w.client.servers = [second];
  if (w.random.chance(50)) await first.kill();
  else await stopOrderly(w, first);
  // What was asked before the first one went must not be written after the second one came, not
  // even a batch that waited in a socket all the while.
  const late = await w.store.ask(`SELECT count(*) FROM troupe.journal WHERE position > ${taken} AND at < ${gone}`);
  if (late !== '0') w.violation(`${late} rows of ${first.name} were written after ${second.name} had taken over`);
  w.primary = second;
}

function probe(w, name) {
  w.probes = (w.probes ?? 0) + 1;
  return say.fund(`${name}-${w.round.era}`, `${name}-${w.round.number}-${w.probes}`, 1n, decimal);
}

/** Until a server takes new money; a violation when it does not in time. */
export async function untilServes(w, server, patienceMs = 15_000) {
  const command = probe(w, 'probe');
  for (const until = Date.now() + patienceMs; Date.now() < until; await sleep(20))
    if (await w.client.say(command, server)) return true;
  w.violation(`${server.name} takes no money ${patienceMs} ms after the fault: ${server.death ?? server.log.slice(-300)}`);
  return false;
}

/** A server that lost its lease refuses new money for as long as it is asked. */
async function expectFenced(w, server) {
  for (let i = 0; i < 10; ++i) {
    const command = probe(w, 'fenced');
    await w.client.say(command, server);
    const { accepted, refused } = command.outcome;
    if (accepted.length || refused.length)
      w.violation(`a server without a lease answered ${accepted[0] ?? refused[0]} to new money`);
    await sleep(w.random.below(60));
  }
}
