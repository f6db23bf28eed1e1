// Starts the built binary in a folder of its own and stops it again. For tests only: every wait has
// an end, and only the process started here is ever signalled.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import WebSocket from 'ws';

export const binary = resolve(process.env.TROUPE_BINARY ?? join(import.meta.dirname ?? '.', '../../build/troupe'));

/** A folder that is gone after the test. */
export function temporaryFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), 'troupe-e2e-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a command to its end: {code, stdout, stderr}. */
export function run(args, { cwd, env = {} } = {}) {
  return new Promise((done, failed) => {
    const child = spawn(binary, args, { cwd, env: { PATH: process.env.PATH, ...env } });
    const out = { stdout: '', stderr: '' };
    child.stdout.on('data', (d) => (out.stdout += d));
    child.stderr.on('data', (d) => (out.stderr += d));
    child.on('error', failed);
    child.on('close', (code, signal) => done({ code, signal, ...out }));
  });
}

/** Serves on a free port; resolves once it says where it listens (and, in demo mode, its key). */
export async function serve(t, folder, ...options) {
  const given = options.find((o) => o.startsWith('--http.api-key='))?.split('=')[1];
  const child = spawn(binary, ['serve', '--http.port=0', `--data.dir=${folder}/data`, ...options], {
    cwd: folder, env: { PATH: process.env.PATH },
  });
  const node = { child, log: '', startedAt: performance.now() };
  node.exited = new Promise((done) => child.on('close', (code, signal) => done({ code, signal })));
  node.stop = async (signal = 'SIGTERM') => {
    child.kill(signal);
    return node.exited;
  };
  t.after(() => node.stop('SIGKILL'));
  child.stderr.on('data', (d) => (node.log += d));
  let said = '';
  await new Promise((ready, failed) => {
    child.stdout.on('data', (d) => {
      said += d;
      if ((given || /API key\s+\S+\n/.test(said)) && /address\s+\S+\n/.test(said)) ready();
    });
    node.exited.then(({ code }) => failed(new Error(`serve ended with ${code}: ${node.log}`)));
  });
  node.said = () => said;
  node.url = said.match(/address\s+(\S+)/)[1];
  node.key = given ?? said.match(/API key\s+(\S+)/)[1];
  node.ask = async (method, path, body, headers = {}) => {
    const response = await fetch(node.url + path, {
      method,
      headers: { 'X-API-Key': node.key, 'Content-Type': 'application/json', ...headers },
      body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    const json = /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined;
    return { status: response.status, headers: response.headers, text, json };
  };
  return node;
}

/** A socket on one symbol, with `next(test)` to wait for a frame, past ones included. */
export function listen(node, symbol, headers = { 'X-API-Key': node.key }) {
  const socket = new WebSocket(`${node.url.replace('http', 'ws')}/ws/${symbol}`, { headers });
  const frames = [];
  const waiting = [];
  socket.on('message', (data) => {
    const frame = JSON.parse(data.toString());
    frame.arrivedAt = performance.now();
    frames.push(frame);
    for (const w of [...waiting])
      if (w.test(frame)) {
        waiting.splice(waiting.indexOf(w), 1);
        w.done(frame);
      }
  });
  const closed = new Promise((done) => socket.on('close', (code, reason) => done({ code, reason: reason.toString() })));
  socket.on('error', () => {});
  const next = (test) => new Promise((done, failed) => {
    const seen = frames.find(test);
    if (seen) return done(seen);
    waiting.push({ test, done });
    closed.then((why) => failed(new Error(`closed before the frame: ${JSON.stringify(why)}`)));
  });
  return { socket, frames, next, closed };
}
