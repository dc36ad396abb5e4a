import { setTimeout as wait } from 'node:timers/promises';
import { TUNING } from './tuning.ts';

/** Waits before try number `attempt` (from 1): random, so that those who collided do not collide again, and bounded. */
export const pauseBefore = (attempt: number): Promise<void> =>
  wait(Math.random() * Math.min(TUNING.retryPauseMs, 2 ** attempt));
