import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SERVICE_NAMES } from '@kervan/contracts';
import type { ServiceName } from '@kervan/contracts';
import { freePort, isListening } from '@kervan/tcp-ports';
import { createUser } from '@nats-io/nkeys';
import { natsServerConfig, setupStreams } from '../src/index.ts';

type User = ServiceName | 'setup';

/** A nats-server with the real configuration, for this lib's own tests. */
export type TestServer = {
  readonly url: string;
  readonly seeds: Readonly<Record<User, string>>;
  readonly pid: () => number;
  /** Ends it at once, as a power cut would; its streams stay. */
  readonly kill: () => Promise<void>;
  /** Starts it again on the same port and streams. */
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

const CACHED = fileURLToPath(new URL('../../../.cache/bin/nats-server', import.meta.url));

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const startServer = async (): Promise<TestServer> => {
  const folder = await mkdtemp(join(tmpdir(), 'kervan-bus-'));
  const port = await freePort();
  const users = Object.fromEntries([...SERVICE_NAMES, 'setup'].map((name) => [name, createUser()])) as Record<
    User,
    ReturnType<typeof createUser>
  >;
  const perUser = (value: (user: ReturnType<typeof createUser>) => string): Record<User, string> =>
    Object.fromEntries(Object.entries(users).map(([name, user]) => [name, value(user)])) as Record<User, string>;
  const seeds = perUser((user) => new TextDecoder().decode(user.getSeed()));
  const config = join(folder, 'nats-server.conf');
  await writeFile(config, natsServerConfig({ port, storeDir: folder, users: perUser((user) => user.getPublicKey()) }));

  let child: ChildProcess;
  const start = async (): Promise<void> => {
    child = spawn(existsSync(CACHED) ? CACHED : 'nats-server', ['--config', config], { stdio: 'ignore' });
    for (let tries = 0; !(await isListening(port)); tries += 1) {
      if (tries > 500 || child.exitCode !== null) throw new Error('nats-server does not start');
      await pause(20);
    }
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  };
  await start();
  const url = `nats://127.0.0.1:${port}`;
  await setupStreams({ servers: url, nkeySeed: seeds.setup });
  return {
    url,
    seeds,
    pid: () => child.pid ?? 0,
    kill: () => end('SIGKILL'),
    start,
    stop: async () => {
      await end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
};
