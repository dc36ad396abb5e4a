import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SERVICE_NAMES } from '@kervan/contracts';
import { freePorts } from '@kervan/tcp-ports';
import { eventually } from '@kervan/testing';
import { type ServerProcess, startProcess } from '@kervan/testing/servers';
import { z } from 'zod';
import { readText, REPOSITORY } from '../src/files.ts';
import { blocks } from '../src/markdown.ts';

const Dev = z.object({ gateway: z.url(), payments: z.url(), nats: z.string() });
const Secrets = z.object({ seeds: z.object({ setup: z.string() }) });
const run = promisify(execFile);

/** What a start prints, without what is another each time: times, ports, paths, keys, where the servers came from. */
const masked = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.includes('downloading it') && !/^[$>]/.test(line))
    .map((line) =>
      line
        .trim()
        .replace(/^\d+\.\d s +/, '')
        .replace(/^(mongod is ready|nats-server is ready, .*) \(.*\)$/, '$1')
        .replace(/sk_[\w…-]+/, 'sk')
        .replace(/ [/…]\S+/, ' path')
        .replaceAll(/\d+/g, 'n')
        .replaceAll(/ +/g, ' '),
    )
    .sort();

/** What the commands say they print: the words after `# →`. */
const promised = (script: string): string[] => [...script.matchAll(/# → (.+)$/gm)].map(([, words = '']) => words);

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const shell = (script: string, env: Record<string, string> = {}) =>
  run('bash', ['-eu', '-o', 'pipefail', '-c', script], {
    cwd: REPOSITORY,
    env: { ...process.env, ...env },
    timeout: 60_000,
  });

describe('what a reader can type', () => {
  const readme = readText('README.md');
  const data = mkdtempSync(join(tmpdir(), 'kervan-readme-'));
  let stack: ServerProcess;
  let dev: z.infer<typeof Dev>;

  beforeAll(async () => {
    const port = await freePorts(SERVICE_NAMES.length);
    stack = await startProcess({
      name: 'readme',
      command: process.execPath,
      args: ['tools/local-stack/src/main.ts'],
      env: { ...process.env, KERVAN_DATA: data, KERVAN_PORT: String(port) },
      cwd: REPOSITORY,
    });
    dev = await eventually(
      () => {
        if (!stack.alive()) throw new Error(stack.tail(50));
        return Dev.parse(readJson(join(data, 'dev.json')));
      },
      { withinMs: 60_000 },
    );
  }, 90_000);
  afterAll(async () => {
    await stack.stop(30_000);
    rmSync(data, { recursive: true, force: true });
  });

  test('README.md shows what npm start prints', async () => {
    const [shown = ''] = blocks(readme, 'console start');
    await eventually(() => {
      expect(masked(stack.tail(100))).toEqual(masked(shown));
    });
  });

  test('README.md leads from a cart to a confirmed order', async () => {
    const script = blocks(readme, 'sh order').join('\n');
    const here = script
      .replaceAll('http://127.0.0.1:3000', dev.gateway)
      .replaceAll('http://127.0.0.1:3001', dev.payments);
    const { stdout } = await shell(here);
    expect(promised(script)).toContain('confirmed');
    expect(stdout.trim().split('\n')).toEqual(promised(script));
  });

  test('docs/operations.md has commands that work on the streams', async () => {
    const commands = blocks(readText('docs/operations.md'), 'sh operations');
    expect(commands.length).toBeGreaterThan(0);
    const { seeds } = Secrets.parse(readJson(join(data, 'secrets.json')));
    for (const command of commands) {
      const done = shell(command, { NATS_URL: dev.nats, NATS_NKEY_SEED_SETUP: seeds.setup });
      await expect(done).resolves.toMatchObject({ stdout: '' });
    }
  });
});
