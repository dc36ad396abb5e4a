import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { eventually } from '../eventually.ts';
import { startProcess, untilReady } from './process.ts';

/** Whether the process runs; one that has ended and waits to be collected does not. */
const isRunning = (pid: number): boolean => {
  try {
    return !/^Z/.test(execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).trim());
  } catch {
    return false;
  }
};
const node = (name: string, code: string) => startProcess({ name, command: process.execPath, args: ['-e', code] });

test('stop ends the process, and its output can be read', async () => {
  const server = await node('talker', `console.log('one'); console.log('two'); setInterval(() => {}, 1000)`);
  await eventually(() => expect(server.tail(1)).toBe('two'));
  expect(server.alive()).toBe(true);
  expect(await server.stop()).toEqual({ code: null, signal: 'SIGTERM' });
  expect(server.alive()).toBe(false);
  expect(isRunning(server.pid)).toBe(false);
});

test('a process that ignores SIGTERM is killed after the grace', async () => {
  const server = await node('deaf', `process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)`);
  await eventually(() => expect(server.tail()).toBe('up'));
  expect(await server.stop(100)).toEqual({ code: null, signal: 'SIGKILL' });
});

test('a process that ends while starting: its last output and how it ended', async () => {
  const server = await node('broken', `console.error('PORT: is missing'); process.exit(3)`);
  await expect(untilReady(server, async () => false, 10_000)).rejects.toThrow(
    /^broken ended while starting \(exit code 3\):\nPORT: is missing$/,
  );
});

test('a process that does not get ready in time', async () => {
  const server = await node('slow', 'setInterval(() => {}, 1000)');
  await expect(untilReady(server, async () => false, 50)).rejects.toThrow(/^slow was not ready within 0.05 s/);
  await server.stop();
});

test('a command that is not there', async () => {
  const start = startProcess({ name: 'nobody', command: '/no/such/program', args: [] });
  await expect(start).rejects.toThrow(/^program cannot be run: .*ENOENT/);
});

test('children and temporary folders do not outlive a parent that is killed', async () => {
  const parent = spawn(
    process.execPath,
    [
      '--input-type=module-typescript',
      '-e',
      `import { startProcess } from ${JSON.stringify(join(import.meta.dirname, 'process.ts'))};
       const child = await startProcess({ name: 'child', command: 'sleep', args: ['1000'] });
       console.log(JSON.stringify({ pid: child.pid, logFile: child.logFile }));
       setInterval(() => {}, 1000);`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const line = await new Promise<string>((resolve) => parent.stdout.once('data', (data) => resolve(String(data))));
  const { pid, logFile } = JSON.parse(line);
  expect(isRunning(pid)).toBe(true);
  expect(existsSync(logFile)).toBe(true);

  parent.kill('SIGKILL');
  await eventually(() => expect(isRunning(pid)).toBe(false));
  // The guard waits for the child to be collected; a container's first process may leave that undone for good.
  await eventually(() => expect(existsSync(logFile)).toBe(false), { withinMs: 20_000 });
});
