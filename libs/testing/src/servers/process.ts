import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { forget, temporaryFolder, watchOver } from './guard.ts';
import { setupError } from './setup-error.ts';

export type ProcessSpec = {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment of the process; our own when left out. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Appended to; a temporary file when left out. */
  readonly logFile?: string | undefined;
};

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** A child process of ours whose output goes to a file and that never outlives us. */
export type ServerProcess = {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  readonly exited: Promise<Exit>;
  alive(): boolean;
  /** The last lines it wrote. */
  tail(lines?: number): string;
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, after `graceMs` SIGKILL; settles when the process is gone. */
  stop(graceMs?: number): Promise<Exit>;
};

/**
 * Starts a process in a process group of its own, so that a Ctrl-C on our terminal reaches only us and we stop things
 * in order. Rejects with one line when the command cannot be run at all.
 */
export const startProcess = async (spec: ProcessSpec): Promise<ServerProcess> => {
  const logFile = spec.logFile ?? join(temporaryFolder(), `${spec.name}.log`);
  const log = openSync(logFile, 'a');
  const child = spawn(spec.command, [...spec.args], {
    detached: true,
    stdio: ['ignore', log, log],
    ...(spec.env === undefined ? {} : { env: spec.env }),
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
  });
  closeSync(log);
  if (child.pid !== undefined) watchOver(child.pid);
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('spawn', () => resolve(child.pid ?? 0));
    child.once('error', (error) => reject(setupError(`${basename(spec.command)} cannot be run: ${error.message}`)));
  });
  child.unref();

  let exit: Exit | undefined;
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      exit = { code, signal };
      forget(pid);
      resolve(exit);
    });
  });
  const signal = (name: NodeJS.Signals) => {
    if (exit === undefined) child.kill(name);
  };
  return {
    name: spec.name,
    pid,
    logFile,
    exited,
    alive: () => exit === undefined,
    tail: (lines = 20) => readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n'),
    signal,
    stop: async (graceMs = 10_000) => {
      signal('SIGTERM');
      const impatience = setTimeout(() => signal('SIGKILL'), graceMs);
      try {
        return await exited;
      } finally {
        clearTimeout(impatience);
      }
    },
  };
};

/** How a process ended, for people: `exit code 1`, `signal SIGKILL`. */
export const describeExit = ({ code, signal }: Exit): string =>
  signal === null ? `exit code ${code}` : `signal ${signal}`;

/**
 * Polls `ready` until it says true. Rejects with one line and the last output when the process ends first or
 * `withinMs` have passed.
 */
export const untilReady = async (
  server: ServerProcess,
  ready: () => Promise<boolean>,
  withinMs: number,
): Promise<void> => {
  const deadline = Date.now() + withinMs;
  const end = server.exited.then(describeExit);
  for (;;) {
    // Asked in this order: the port may be answered by someone else, and then our server ends at once.
    const isReady = await ready();
    if (!server.alive()) throw setupError(`${server.name} ended while starting (${await end}):\n${server.tail()}`);
    if (isReady) return;
    if (Date.now() > deadline) {
      throw setupError(`${server.name} was not ready within ${withinMs / 1_000} s:\n${server.tail()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
};
