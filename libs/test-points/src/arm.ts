import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { armedFile, firedFile, type Arming } from './files.ts';
import type { Point } from './points.ts';

export type { Arming } from './files.ts';

/** Arms a point of a service: of its processes the next one that comes there takes the signal, once. */
export const arm = (folder: string, service: string, point: Point, arming: Arming): void => {
  const file = armedFile(folder, service, point);
  rmSync(firedFile(folder, service, point), { force: true });
  writeFileSync(`${file}.new`, JSON.stringify(arming));
  renameSync(`${file}.new`, file);
};

/** Takes an arming back that nobody has come to. */
export const disarm = (folder: string, service: string, point: Point): void =>
  rmSync(armedFile(folder, service, point), { force: true });

/** The process id of whoever took the signal; null while nobody has. */
export const firedAt = (folder: string, service: string, point: Point): number | null => {
  try {
    return Number(readFileSync(firedFile(folder, service, point), 'utf8'));
  } catch {
    return null;
  }
};
