// Clients of the market on plain sockets: each hears signals and predictions, and when its node goes
// it goes on at the next one with the last number it heard.
import { createRequire } from 'node:module';

const WebSocket = createRequire(new URL('../e2e/package.json', import.meta.url))('ws');
const againAfterMs = 60;
// A node that stands still closes nothing: a client that hears nothing for so long goes elsewhere.
const silenceMs = 5_000;

export class Listener {
  /** channel → what was heard, over all connections, as streams.mjs takes it. */
  streams = new Map();
  moves = 0;
  strange = [];
  #running = true;
  #last = new Map();

  constructor({ name, nodes, at, symbols, key }) {
    Object.assign(this, { name, nodes, at, symbols, key });
    for (const symbol of symbols)
      for (const kind of ['signals', 'predictions']) this.streams.set(`${kind}:${symbol}`, []);
    this.#watch = setInterval(() => {
      if (performance.now() - this.heardAt > silenceMs) this.socket?.terminate();
    }, 500);
    this.#connect();
  }
  #watch;

  #connect() {
    if (!this.#running) return;
    const node = this.nodes[this.at];
    this.heardAt = performance.now();
    const socket = (this.socket = new WebSocket(`ws://${node.url}/ws?api_key=${this.key}`, { handshakeTimeout: 2_000 }));
    socket.on('open', () => {
      for (const [channel, items] of this.streams) {
        items.push({ event: 'connected', node: node.name });
        const since = this.#last.get(channel);
        socket.send(JSON.stringify({ op: 'subscribe', channel, ...(since ? { since } : {}) }));
      }
    });
    socket.on('message', (data) => {
      if (this.socket === socket) this.#hear(JSON.parse(data.toString()), node);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.socket !== socket) return;
      this.at = (this.at + 1) % this.nodes.length;
      ++this.moves;
      if (this.#running) setTimeout(() => this.#connect(), againAfterMs);
    });
  }

  #hear(frame, node) {
    this.heardAt = performance.now();
    const { event, channel, seq, data } = frame;
    const items = this.streams.get(channel);
    if (event === 'signal' || event === 'prediction') {
      const of = event === 'signal' ? data.data : data;
      items.push({ event, channel, seq, horizon: data.horizon, candle: Date.parse(of.candle_time), id: of.id });
      this.#last.set(channel, seq);
    } else if (event === 'gap') {
      items.push({ event, from: frame.from, to: frame.to });
    } else if (event !== 'subscribed') {
      this.strange.push(`${node.name} said ${JSON.stringify(frame).slice(0, 200)}`);
    }
  }

  /** Leaves its node though nothing is wrong with it. */
  move() {
    this.socket.close();
  }

  stop() {
    this.#running = false;
    clearInterval(this.#watch);
    this.socket.terminate();
  }
}
