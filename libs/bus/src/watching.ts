import type { Subscription } from '@nats-io/transport-node';
import type { Connection } from './connection.ts';
import type { WatchEntry } from './entry.ts';
import type { Log } from './log.ts';
import { readEvent } from './read-event.ts';
import { subscribe } from './subscription.ts';

export type Watching = {
  readonly add: (entries: readonly WatchEntry[]) => void;
  /** Subjects the server did not let us hear. */
  readonly refused: () => string[];
};

/** Plain subscriptions to events, in every copy of a service: nothing is kept for a copy that is not there. */
export const createWatching = ({ connection, log }: { connection: Connection; log: Log }): Watching => {
  const subscriptions: Subscription[] = [];
  return {
    add: (entries) => {
      for (const { owner, run, missed } of entries) {
        const subscription = subscribe(connection.nats, log, { subject: `evt.${owner}.>` }, (message) => {
          const event = readEvent(message.subject, message.string());
          if (event !== null) return run(event);
          log.error({ subject: message.subject }, 'an event is not readable');
        });
        subscriptions.push(subscription);
        if (missed !== undefined) connection.onBack(missed);
      }
    },
    refused: () => subscriptions.filter((each) => each.isClosed()).map((each) => each.getSubject()),
  };
};
