import { fail } from '@kervan/contracts';
import type { Entry } from '@kervan/bus';
import { isUnavailable } from '@kervan/store';

type Run = Extract<Entry, { kind: 'answer' }>['run'];

/**
 * The same entry, which refuses with service_unavailable when the database is not there right now: the caller may try
 * again, and that is nobody's bug. The write may have been made all the same.
 */
export const refusingWithoutDatabase = (entry: Entry): Entry =>
  entry.kind === 'answer' ? { ...entry, run: refusing(entry.run) } : entry;

const refusing =
  (run: Run): Run =>
  async (request, context) => {
    try {
      return await run(request, context);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      return fail('service_unavailable', undefined, 'the database is not there');
    }
  };
