import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * What ends our children when we cannot: a shell that reads which processes it watches from a pipe only we hold.
 * However we end, `kill -9` included, the pipe closes, `read` fails, and the shell ends what is left and removes the
 * temporary folder. It sits in a process group of its own and ignores signals meant for us.
 */
const SCRIPT = `
trap '' INT HUP TERM
pids=''
while read -r verb pid; do
  case "$verb" in
    watch) pids="$pids $pid" ;;
    forget) kept=''; for p in $pids; do [ "$p" = "$pid" ] || kept="$kept $p"; done; pids=$kept ;;
  esac
done
for p in $pids; do kill -TERM "$p" 2>/dev/null; done
tries=0
while [ "$tries" -lt 50 ]; do
  living=''
  for p in $pids; do kill -0 "$p" 2>/dev/null && living=yes; done
  [ -z "$living" ] && break
  sleep 0.2
  tries=$((tries + 1))
done
for p in $pids; do kill -KILL "$p" 2>/dev/null; done
rm -rf "$1"
`;

type Guard = { readonly folder: string; tell(verb: 'watch' | 'forget', pid: number): void };

const openGuard = (): Guard => {
  const folder = mkdtempSync(join(tmpdir(), 'kervan-'));
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'kervan-guard', folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: tmpdir(),
  });
  // Neither the shell nor its pipe keeps us alive; a lost guard must not end us either.
  shell.unref();
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  if ('unref' in shell.stdin && typeof shell.stdin.unref === 'function') shell.stdin.unref();
  return {
    folder,
    tell: (verb, pid) => {
      shell.stdin.write(`${verb} ${pid}\n`);
    },
  };
};

let guard: Guard | undefined;
const theGuard = (): Guard => (guard ??= openGuard());

/** Sees to it that the process ends when this one does. */
export const watchOver = (pid: number): void => theGuard().tell('watch', pid);

/** Says that the process has ended by itself: its id may belong to someone else from now on. */
export const forget = (pid: number): void => theGuard().tell('forget', pid);

/** A new folder that is gone when this process is, whichever way it ends. */
export const temporaryFolder = (): string => mkdtempSync(join(theGuard().folder, 'f-'));
