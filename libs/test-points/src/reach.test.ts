import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { arm, disarm, firedAt } from './arm.ts';
import { armedFile } from './files.ts';
import { POINTS } from './points.ts';
import { reach } from './reach.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kervan-points-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A process that comes to a point so many times and then says so. */
const walk = (times: number) => {
  const source = `
    import { reach, turnOn } from ${JSON.stringify(join(import.meta.dirname, 'reach.ts'))};
    turnOn(${JSON.stringify(folder)}, 'order-svc');
    for (let time = 0; time < ${times}; time++) { console.log(time); reach('commit.before'); }
    console.log('lived');
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  child.stdout.on('data', (text: Buffer) => lines.push(...String(text).trim().split('\n')));
  const ended = new Promise<{ signal: string | null; lines: string[] }>((resolve) =>
    child.once('close', (_code, signal) => resolve({ signal, lines })),
  );
  return { pid: child.pid ?? 0, ended };
};

describe('a point', () => {
  test('does nothing in a process that was not turned on', () => {
    arm(folder, 'order-svc', 'commit.before', { signal: 'SIGKILL', passes: 0 });
    reach('commit.before');
    expect(existsSync(armedFile(folder, 'order-svc', 'commit.before'))).toBe(true);
    disarm(folder, 'order-svc', 'commit.before');
  });

  test('kills whoever comes there, at the line, after those it lets pass', async () => {
    arm(folder, 'order-svc', 'commit.before', { signal: 'SIGKILL', passes: 2 });
    const { pid, ended } = walk(5);
    expect(await ended).toEqual({ signal: 'SIGKILL', lines: ['0', '1', '2'] });
    expect(firedAt(folder, 'order-svc', 'commit.before')).toBe(pid);
  });

  test('is taken by one process, once', async () => {
    arm(folder, 'order-svc', 'commit.before', { signal: 'SIGKILL', passes: 0 });
    const ends = await Promise.all(Array.from({ length: 4 }, () => walk(50).ended));
    expect(ends.filter(({ signal }) => signal === 'SIGKILL')).toHaveLength(1);
    expect(ends.filter(({ lines }) => lines.at(-1) === 'lived')).toHaveLength(3);
  });

  test('of another service, or taken back, is passed', async () => {
    arm(folder, 'payment-svc', 'commit.before', { signal: 'SIGKILL', passes: 0 });
    arm(folder, 'order-svc', 'commit.before', { signal: 'SIGKILL', passes: 0 });
    disarm(folder, 'order-svc', 'commit.before');
    expect((await walk(3).ended).lines.at(-1)).toBe('lived');
    expect(firedAt(folder, 'order-svc', 'commit.before')).toBeNull();
  });

  test('stands in at least one service', () => {
    for (const place of Object.values(POINTS)) expect(place.in.length).toBeGreaterThan(0);
  });
});
