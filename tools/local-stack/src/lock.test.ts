import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type DataFolder, dataFolder, writeJson } from './data-folder.ts';
import { holderOf, takeLock, untilLeftoversGone } from './lock.ts';

let data: DataFolder;
beforeEach(() => {
  data = dataFolder(mkdtempSync(join(tmpdir(), 'kervan-lock-')));
});
afterEach(() => rmSync(data.path, { recursive: true, force: true }));

/** A process that looks like a part of the local stack to who asks the system for its command line. */
const lookalike = () => spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'main.ts'], { stdio: 'ignore' });
const ended = (child: ReturnType<typeof lookalike>) => new Promise((resolve) => child.once('exit', resolve));

test('the folder is taken and given back', async () => {
  const giveBack = await takeLock(data);
  expect(holderOf(data)).toBe(process.pid);
  giveBack();
  expect(existsSync(data.lock)).toBe(false);
});

test('a second stack is refused with one line that names the first', async () => {
  const other = lookalike();
  writeFileSync(data.lock, JSON.stringify({ pid: other.pid }));
  await expect(takeLock(data)).rejects.toThrow(`already (process ${other.pid}): stop it, or set KERVAN_DATA`);
  const gone = ended(other);
  other.kill('SIGKILL');
  await gone;
  (await takeLock(data))();
});

test.each(['', 'no json', '{"pid":-1}', '{"pid":4194303}'])(
  'a lock that holds %j keeps nobody out',
  async (content) => {
    writeFileSync(data.lock, content);
    (await takeLock(data))();
  },
);

test('a start waits until the processes of a killed run are gone', async () => {
  const leftover = lookalike();
  writeJson(data.pids, { mongod: leftover.pid });
  setTimeout(() => leftover.kill('SIGKILL'), 300);
  await untilLeftoversGone(data);
  expect(leftover.killed).toBe(true);
});

test('a process that stays is named', async () => {
  const leftover = lookalike();
  writeJson(data.pids, { mongod: leftover.pid });
  await expect(untilLeftoversGone(data, 100)).rejects.toThrow(
    `mongod of an earlier run is still there: end process ${leftover.pid}.`,
  );
  const gone = ended(leftover);
  leftover.kill('SIGKILL');
  await gone;
});
