import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const PATIENCE = 30_000;

/**
 * The URL of a server as its users start it, on an empty data folder and (unless `listen` says where) a free port. With
 * a `name` that is its host's, and it knows its own URL. It ends with the test `t`, which fails if the server ever panicked.
 */
export async function startServer(t, { listen, name, settings = {} } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'sixpin-journey-'));
  const address = listen ?? `127.0.0.1:${await freePort()}`;
  const url = `http://${name === undefined ? address : address.replace('127.0.0.1', name)}/`;
  const own = name === undefined ? {} : { APP_URL: url };
  const env = { LISTEN: address, DATA_DIR: join(folder, 'data'), OUTGOING_REQUESTS: 'false', ...own, ...settings };
  const server = spawn(process.env.SIXPIN_BINARY, [], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const output of [server.stdout, server.stderr]) output.on('data', (text) => (log += text));
  t.after(async () => {
    if (server.exitCode === null) {
      const ended = once(server, 'exit');
      server.kill();
      await ended;
    }
    await rm(folder, { recursive: true, force: true });
    assert.ok(!log.includes('panicked'), log);
  });
  await answering(`http://${address}/up`, () => server.exitCode, () => log);
  return url;
}

async function answering(url, exitCode, log) {
  for (const start = Date.now(); Date.now() - start < PATIENCE && exitCode() === null; await pause(20)) {
    const answer = await fetch(url).catch(() => null);
    if (answer?.ok) return;
  }
  throw new Error(`the server does not answer; it said:\n${log()}`);
}

/** Returns a free port. */
export async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  return port;
}

/** Returns the path of a picture of a QR code. */
export function picture(name) {
  return join(import.meta.dirname, 'pictures', name);
}

/** Loads the texts of the web app in a language: `say('key')` is the text on the page. */
export async function texts(locale) {
  const catalogue = JSON.parse(await readFile(join(import.meta.dirname, `../src/locales/${locale}.json`), 'utf8'));
  const plurals = new Intl.PluralRules(locale);
  return (key, values = {}) => {
    const message = catalogue[key];
    assert.ok(message !== undefined, `no text is called ${key} in ${locale}`);
    const text = typeof message === 'string' ? message : (message[plurals.select(values.count ?? 0)] ?? message.other);
    return text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
  };
}
