import { join } from 'node:path';
import { z } from 'zod';
import type { Point } from './points.ts';

/** What happens at a point: the signal the process sends itself, after it has let so many others pass. */
export const Arming = z.object({ signal: z.enum(['SIGKILL', 'SIGSTOP', 'SIGTERM']), passes: z.number().int().min(0) });
export type Arming = z.infer<typeof Arming>;

/** Where the arming of a service's point lies. */
export const armedFile = (folder: string, service: string, point: Point): string =>
  join(folder, `${service}.${point}.armed`);

/** Where the process that took it leaves its process id. */
export const firedFile = (folder: string, service: string, point: Point): string =>
  join(folder, `${service}.${point}.fired`);

/** Reads an arming; throws when it is none. */
export const readArming = (text: string): Arming => Arming.parse(JSON.parse(text));
