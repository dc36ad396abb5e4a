import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { armedFile, firedFile, readArming } from './files.ts';
import type { Point } from './points.ts';

type Turned = { readonly folder: string; readonly service: string };

let turned: Turned | null = null;

/**
 * Lets this process be killed or stopped at its points by whoever writes into the folder. Called where a service starts,
 * and only when its environment names a folder.
 */
export const turnOn = (folder: string, service: string): void => {
  turned = { folder, service };
};

/**
 * A place at which the process may be made to die or to stand still: it sends itself the signal that somebody has armed
 * the point with. Of all processes that come here one takes the signal, once. Nothing but a comparison unless turned on.
 */
export const reach = (point: Point): void => {
  if (turned !== null) take(turned, point);
};

const take = ({ folder, service }: Turned, point: Point): void => {
  const file = armedFile(folder, service, point);
  const taken = `${file}.${process.pid}`;
  try {
    // Whoever renames it has it: no two processes do.
    renameSync(file, taken);
  } catch {
    return;
  }
  const { signal, passes } = readArming(readFileSync(taken, 'utf8'));
  if (passes > 0) {
    writeFileSync(taken, JSON.stringify({ signal, passes: passes - 1 }));
    renameSync(taken, file);
    return;
  }
  writeFileSync(taken, String(process.pid));
  renameSync(taken, firedFile(folder, service, point));
  process.kill(process.pid, signal);
};
