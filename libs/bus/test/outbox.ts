import type { EventEnvelope } from '@kervan/contracts';
import type { Outbox } from '../src/index.ts';

export type Row = { readonly event: EventEnvelope; readonly writtenAt: number };

/** An outbox whose database is a map: what is written stays until it is marked, like rows in documents. */
export type MemoryOutbox = Outbox<Row> & {
  /** Writes rows; `quietly` as if the process had died before it could say so. */
  readonly write: (events: readonly EventEnvelope[], quietly?: boolean) => void;
  readonly left: () => number;
};

export const memoryOutbox = (): MemoryOutbox => {
  const rows = new Map<string, Row>();
  const listeners: ((rows: readonly Row[]) => void)[] = [];
  return {
    onWritten: (listener) => {
      listeners.push(listener);
    },
    unsent: async ({ olderThanMs, limit }) =>
      [...rows.values()].filter(({ writtenAt }) => writtenAt <= Date.now() - olderThanMs).slice(0, limit),
    markSent: async (sent) => {
      for (const { event } of sent) rows.delete(event.id);
    },
    write: (events, quietly = false) => {
      const written = events.map((event) => ({ event, writtenAt: quietly ? 0 : Date.now() }));
      for (const row of written) rows.set(row.event.id, row);
      if (!quietly) for (const listener of listeners) listener(written);
    },
    left: () => rows.size,
  };
};
