import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '@kervan/testing';
import { startProcess } from '@kervan/testing/servers';
import { type DataFolder, dataFolder, prepare, readJson } from './data-folder.ts';
import { running } from './running.ts';
import { pauseBefore } from './supervisor.ts';

let data: DataFolder;
const said: string[] = [];
const say = (line: string) => said.push(line);
beforeEach(() => {
  data = dataFolder(mkdtempSync(join(tmpdir(), 'kervan-running-')));
  prepare(data);
  said.length = 0;
});
afterEach(() => rmSync(data.path, { recursive: true, force: true }));

const start =
  (name: string, code = 'setInterval(() => {}, 1000)') =>
  () =>
    startProcess({ name, command: process.execPath, args: ['-e', code], logFile: join(data.logs, `${name}.log`) });
const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('pids.json follows a process that is killed and started again', async () => {
  const stack = running(data, say);
  const { current } = await stack.add('services', { name: 'order-svc', start: start('order-svc') });
  const first = current().pid;
  expect(readJson(data.pids)).toEqual({ 'order-svc': first });
  expect(statSync(data.pids).mode & 0o777).toBe(0o600);

  current().signal('SIGKILL');
  const second = await eventually(() => {
    expect(current().pid).not.toBe(first);
    return current().pid;
  });
  expect(readJson(data.pids)).toEqual({ 'order-svc': second });
  expect(said).toEqual([expect.stringMatching(/^order-svc ended \(signal SIGKILL\), starting it again\. Its log: \//)]);

  await stack.stop();
  expect(isRunning(second)).toBe(false);
  expect(readJson(data.pids)).toEqual({});
});

test('what a process needs after a start is done after each but the first, and again until it succeeds', async () => {
  const stack = running(data, say);
  const done: number[] = [];
  let refusals = 2;
  const { current } = await stack.add('backends', {
    name: 'nats-server',
    start: start('nats-server'),
    afterRestart: async ({ pid }) => {
      if (refusals-- > 0) throw new Error('not yet');
      done.push(pid);
    },
  });
  expect(refusals).toBe(2);
  for (const times of [1, 2]) {
    current().signal('SIGKILL');
    await eventually(() => expect(done).toHaveLength(times));
    expect(done.at(-1)).toBe(current().pid);
  }
  expect(said.filter((line) => line === 'nats-server could not be prepared: not yet')).toHaveLength(2);
  await stack.stop();
});

test('a process that cannot stay up is started again and again, and still stops', async () => {
  const stack = running(data, say);
  await stack.add('services', { name: 'broken', start: start('broken', 'process.exit(1)') });
  await eventually(() => expect(said.length).toBeGreaterThanOrEqual(2));
  await stack.stop();
  expect(readJson(data.pids)).toEqual({});
});

test('stops the gateway first and the backends last', async () => {
  const stack = running(data, say);
  const ends: string[] = [];
  for (const [group, name] of [
    ['backends', 'mongod'],
    ['services', 'order-svc'],
    ['gateway', 'gateway'],
  ] as const) {
    const { current } = await stack.add(group, { name, start: start(name) });
    void current().exited.then(() => ends.push(name));
  }
  stack.addStop('backends', async () => void ends.push('container'));
  await stack.stop();
  expect(ends.slice(0, 2)).toEqual(['gateway', 'order-svc']);
  expect(ends.slice(2).sort()).toEqual(['container', 'mongod']);
  await expect(stack.add('services', { name: 'late', start: start('late') })).rejects.toThrow('stopping');
});

test('the pause before a start doubles up to a bound', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 20].map(pauseBefore)).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
});
