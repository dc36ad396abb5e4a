import { fail, ok } from '@kervan/contracts';
import { retry, type Entry } from '@kervan/bus';
import { isUnavailable } from '@kervan/store';

/** Ends the waiting when the database is away; the store's fits. */
type WhileThere = <R>(work: () => Promise<R>) => Promise<R>;

/**
 * The same entry for a service whose database may be away for a while, which is nobody's bug: a call is refused with
 * service_unavailable (what it writes may have been written all the same), an event is tried again later. Neither waits
 * longer than the outage takes to be noticed, whatever its handler is at.
 */
export const outlastingDatabase =
  (whileThere: WhileThere) =>
  (entry: Entry): Entry => {
    switch (entry.kind) {
      case 'answer': {
        const instead = fail('service_unavailable', undefined, 'the database is not there');
        return { ...entry, run: withoutDatabase(whileThere, entry.run, instead) };
      }
      case 'hear':
        return { ...entry, run: withoutDatabase(whileThere, entry.run, ok(retry())) };
      case 'watch':
        return entry;
    }
  };

const withoutDatabase =
  <Asked extends unknown[], Outcome>(
    whileThere: WhileThere,
    run: (...asked: Asked) => Promise<Outcome>,
    instead: Outcome,
  ) =>
  async (...asked: Asked): Promise<Outcome> => {
    try {
      return await whileThere(() => run(...asked));
    } catch (error) {
      if (isUnavailable(error)) return instead;
      throw error;
    }
  };
