import { fail, ok } from '@kervan/contracts';
import { retry, type Entry } from '@kervan/bus';
import { isUnavailable } from '@kervan/store';

/**
 * The same entry for a service whose database may be away for a while, which is nobody's bug: a call is refused with
 * service_unavailable (what it writes may have been written all the same), an event is tried again later.
 */
export const outlastingDatabase = (entry: Entry): Entry => {
  switch (entry.kind) {
    case 'answer':
      return {
        ...entry,
        run: withoutDatabase(entry.run, fail('service_unavailable', undefined, 'the database is not there')),
      };
    case 'hear':
      return { ...entry, run: withoutDatabase(entry.run, ok(retry())) };
    case 'watch':
      return entry;
  }
};

const withoutDatabase =
  <Asked extends unknown[], Outcome>(run: (...asked: Asked) => Promise<Outcome>, instead: Outcome) =>
  async (...asked: Asked): Promise<Outcome> => {
    try {
      return await run(...asked);
    } catch (error) {
      if (isUnavailable(error)) return instead;
      throw error;
    }
  };
