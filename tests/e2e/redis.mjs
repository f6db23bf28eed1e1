// A Redis of the tests' own, on a free port of loopback, with nothing on disk, gone after the test.
// A server that is there already is never touched.
import { spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';

const freePort = () => new Promise((done) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address();
    probe.close(() => done(port));
  });
});

/** Resolves to `url`, `kill()` (what it held is gone), `start()`, `ask(command)` and `listen(channel)`. */
export async function redis(t) {
  const port = await freePort();
  const server = { url: `redis://127.0.0.1:${port}` };
  let child;
  server.start = async () => {
    child = spawn('redis-server', ['--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no',
      '--dir', tmpdir()], { stdio: 'ignore' });
    for (let i = 0; i < 500; ++i) {
      const open = await new Promise((done) => {
        const probe = connect(port, '127.0.0.1', () => done(true) || probe.destroy()).on('error', () => done(false));
      });
      if (open) return;
      await new Promise((r) => setTimeout(r, 20));
    }
    throw new Error('redis-server does not start; install it, as ./dev test does');
  };
  server.kill = () => new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) return done();
    child.on('close', done);
    child.kill('SIGKILL');
  });
  t.after(() => server.kill());

  /** The answer to one command of words without spaces, as its first line or bulk string. */
  server.ask = (command) => new Promise((done, failed) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(`${command}\r\nQUIT\r\n`));
    socket.on('data', (d) => (text += d)).on('error', failed);
    socket.on('close', () => {
      const [first, second] = text.split('\r\n');
      done(first === '$-1' ? null : first[0] === '$' ? second : first.slice(1));
    });
  });

  /** What is published to a channel from now on: `heard`, an array of texts. */
  server.listen = (channel) => new Promise((done) => {
    const heard = [];
    let bytes = Buffer.alloc(0);
    const socket = connect(port, '127.0.0.1', () => socket.write(`SUBSCRIBE ${channel}\r\n`));
    t.after(() => socket.destroy());
    socket.on('error', () => {});
    const line = () => {
      const end = bytes.indexOf('\r\n');
      if (end < 0) return undefined;
      return { text: bytes.subarray(1, end).toString(), next: end + 2 };
    };
    // Only arrays of three arrive here: bulk strings, but for the count that answers SUBSCRIBE.
    const message = () => {
      const before = bytes;
      const parts = [];
      const head = line();
      if (!head) return undefined;
      bytes = bytes.subarray(head.next);
      while (parts.length < Number(head.text)) {
        const kind = String.fromCharCode(bytes[0]);
        const size = line();
        if (!size || (kind === '$' && bytes.length < size.next + Number(size.text) + 2)) {
          bytes = before;
          return undefined;
        }
        bytes = bytes.subarray(size.next);
        if (kind === ':') { parts.push(size.text); continue; }
        parts.push(bytes.subarray(0, Number(size.text)).toString());
        bytes = bytes.subarray(Number(size.text) + 2);
      }
      return parts;
    };
    socket.on('data', (d) => {
      bytes = Buffer.concat([bytes, d]);
      for (let m = message(); m; m = message())
        if (m[0] === 'message') heard.push(m[2]);
        else done(heard);
    });
  });
  await server.start();
  return server;
}
