import { mongo } from 'mongoose';
import { TUNING } from './tuning.ts';

/** Whether the database is there, and an end to the waiting of those who need it when it is not. */
export type Presence = {
  /**
   * What `work` comes to, or, as soon as the database has been away for `TUNING.awayMs`, a rejection for which
   * `isUnavailable` is true: at once when it is away already, else in the middle of the work, which may come to its end
   * all the same.
   */
  readonly whileThere: <R>(work: () => Promise<R>) => Promise<R>;
  readonly stop: () => void;
};

/**
 * Follows what the driver finds out about the servers. One operation waits only for itself; a handler that asks for
 * several, one after the other, would wait for each.
 */
export const watchPresence = (client: mongo.MongoClient): Presence => {
  const waiting = new Set<(error: unknown) => void>();
  let away = false;
  let timer: NodeJS.Timeout | undefined;

  const giveUp = (): void => {
    away = true;
    for (const reject of waiting) reject(isAway());
    waiting.clear();
  };
  client.on('topologyDescriptionChanged', ({ newDescription: { servers } }) => {
    if ([...servers.values()].some(({ isWritable }) => isWritable)) {
      clearTimeout(timer);
      timer = undefined;
      away = false;
    } else timer ??= setTimeout(giveUp, TUNING.awayMs).unref();
  });

  return {
    whileThere: (work) =>
      new Promise((resolve, reject) => {
        if (away) return reject(isAway());
        waiting.add(reject);
        // One step for each outcome: this is on the way of every call.
        work().then(
          (value) => {
            waiting.delete(reject);
            resolve(value);
          },
          (error: unknown) => {
            waiting.delete(reject);
            reject(error);
          },
        );
      }),
    stop: () => clearTimeout(timer),
  };
};

const isAway = (): Error => new mongo.MongoNetworkError('the database is not there');
