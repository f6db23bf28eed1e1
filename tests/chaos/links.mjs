// The ways between nodes. All of them announce a proxy of ours, so that any pair can be parted: who
// has dialled is read from the system's table of sockets, since to the proxy all look alike.
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { makeWires } from '../faults/proxy.mjs';

const hex = (port) => port.toString(16).toUpperCase().padStart(4, '0');

/** Which of the processes holds the connection from loopback's `port` to our `to`; undefined: none. */
export function dialler(pids, port, to) {
  const line = readFileSync('/proc/net/tcp', 'latin1').split('\n').map((l) => l.trim().split(/\s+/))
    .find(([, local, remote]) => local?.endsWith(`:${hex(port)}`) && remote.endsWith(`:${hex(to)}`));
  const name = `socket:[${line?.[9]}]`;
  return pids.find((pid) => {
    try {
      return readdirSync(`/proc/${pid}/fd`).some((fd) => {
        try { return readlinkSync(`/proc/${pid}/fd/${fd}`) === name; } catch { return false; }
      });
    } catch { return false; } // it is gone
  });
}

/**
 * A door in front of node `to`: {port, from, close()}; `from[i]` are the wires of node i to it.
 * `pidOf(i)`: the process that node i is now.
 */
export async function makeDoor(count, toPort, pidOf) {
  const from = Array.from({ length: count }, () => makeWires(toPort));
  const server = createServer({ noDelay: true }, (near) => {
    near.on('error', () => {});
    const pids = from.map((_, i) => pidOf(i)).filter(Boolean);
    const pid = dialler(pids, near.remotePort, server.address().port);
    const who = from.findIndex((_, i) => pid !== undefined && pidOf(i) === pid);
  who < 0 ? near.destroy() : from[who].join(near);
  });
  await new Promise((done, failed) => server.on('error', failed).listen(0, '127.0.0.1', done));
  const close = () => (from.forEach((w) => w.cut()), new Promise((done) => server.close(done)));
  return { port: server.address().port, from, close };
}
