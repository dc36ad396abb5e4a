import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { setupError } from '@kervan/testing/servers';
import { z } from 'zod';
import { type DataFolder, readJson } from './data-folder.ts';

const Lock = z.object({ pid: z.number().int().positive() });
const Pids = z.record(z.string(), z.number().int().positive());

/**
 * Whether a process of the local stack runs under this id. Ids are given out again, so the command line is looked at
 * too where the system shows it (a process that has ended and waits to be collected has none).
 */
const isOurs = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return /main\.ts|mongod|nats-server|jest/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  } catch {
    return process.platform !== 'linux';
  }
};

/** The id of the local stack that runs on this folder, if one does. */
export const holderOf = (data: DataFolder): number | undefined => {
  const lock = Lock.safeParse(readJson(data.lock));
  return lock.success && isOurs(lock.data.pid) ? lock.data.pid : undefined;
};

const refuse = (data: DataFolder, holder: number) =>
  setupError(
    `A local stack runs on ${data.path} already (process ${holder}): stop it, or set KERVAN_DATA to another folder.`,
  );

/** Takes the folder for this process; rejects with one line when a living stack has it. Answers what gives it back. */
export const takeLock = async (data: DataFolder): Promise<() => void> => {
  const holder = holderOf(data);
  if (holder !== undefined && holder !== process.pid) throw refuse(data, holder);
  mkdirSync(data.path, { recursive: true });
  writeFileSync(data.lock, JSON.stringify({ pid: process.pid }));
  // Two starts at the same moment both find no holder: the one that wrote last has it.
  await pause(60);
  const winner = holderOf(data);
  if (winner !== undefined && winner !== process.pid) throw refuse(data, winner);
  return () => {
    if (holderOf(data) === process.pid) rmSync(data.lock, { force: true });
  };
};

/**
 * Waits until the processes of a run that was killed are gone (its guard ends them): two servers must not open the same
 * files. After `withinMs` says which one stays.
 */
export const untilLeftoversGone = async (data: DataFolder, withinMs = 15_000): Promise<void> => {
  const pids = Pids.safeParse(readJson(data.pids));
  if (!pids.success) return;
  const deadline = Date.now() + withinMs;
  for (const [name, pid] of Object.entries(pids.data)) {
    while (isOurs(pid)) {
      if (Date.now() > deadline) throw setupError(`${name} of an earlier run is still there: end process ${pid}.`);
      await pause(50);
    }
  }
};
