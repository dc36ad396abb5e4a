import { existsSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Everything the local stack keeps. */
export type DataFolder = {
  readonly path: string;
  readonly mongo: string;
  readonly nats: string;
  readonly logs: string;
  readonly secrets: string;
  /** Where to go and with which keys; there as long as the stack is ready. */
  readonly dev: string;
  /** `{ name: pid }` of everything that runs. */
  readonly pids: string;
  readonly lock: string;
};

/** Names the parts of the folder at `path`; makes nothing. */
export const dataFolder = (path: string): DataFolder => ({
  path,
  mongo: join(path, 'mongo'),
  nats: join(path, 'nats'),
  logs: join(path, 'logs'),
  secrets: join(path, 'secrets.json'),
  dev: join(path, 'dev.json'),
  pids: join(path, 'pids.json'),
  lock: join(path, 'lock.json'),
});

/** Makes the folders servers write into. */
export const prepare = (data: DataFolder): void => {
  for (const folder of [data.mongo, data.nats, data.logs]) mkdirSync(folder, { recursive: true });
};

/** Writes JSON in one step: a reader sees the old file or the new one. Only our own user may read it. */
export const writeJson = (path: string, value: unknown): void => {
  const next = `${path}.${process.pid}.new`;
  writeFileSync(next, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(next, path);
};

/** The JSON in a file; undefined when there is no such file or it holds no JSON. */
export const readJson = (path: string): unknown => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
};

/** The log of one process. The one of the run before is kept beside it, older ones are gone. */
export const freshLog = (data: DataFolder, name: string): string => {
  const path = join(data.logs, `${name}.log`);
  if (existsSync(path)) renameSync(path, join(data.logs, `${name}.previous.log`));
  return path;
};

/** Removes what the local stack made, and the folder itself when nothing else is in it. */
export const removeData = (data: DataFolder): void => {
  for (const part of [data.mongo, data.nats, data.logs, data.secrets, data.dev, data.pids, data.lock]) {
    rmSync(part, { recursive: true, force: true });
  }
  try {
    rmdirSync(data.path);
  } catch {
    // Someone keeps files of his own there, or there never was such a folder.
  }
};
