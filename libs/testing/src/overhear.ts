import { EventEnvelope, type Owner, streamName } from '@kervan/contracts';
import { jetstream } from '@nats-io/jetstream';
import { connect, nkeyAuthenticator } from '@nats-io/transport-node';
import type { Nats } from './servers/nats.ts';

export type Overheard = {
  /** Every event of the owner since its stream began, in order; the list grows as events are stored. */
  readonly events: readonly EventEnvelope[];
  stop(): Promise<void>;
};

/** Listens in on an owner's stream, as whoever sets up the bus may: no service is disturbed by it. */
export const overhear = async ({ url, seeds }: Nats, owner: Owner): Promise<Overheard> => {
  const nats = await connect({
    servers: url,
    inboxPrefix: '_INBOX.setup',
    authenticator: nkeyAuthenticator(new TextEncoder().encode(seeds.setup)),
  });
  const consumer = await jetstream(nats, { checkAPI: false }).consumers.get(streamName(owner));
  const events: EventEnvelope[] = [];
  const messages = await consumer.consume({
    callback: (message) => void events.push(EventEnvelope.parse(message.json())),
  });
  return {
    events,
    stop: async () => {
      await messages.close();
      await nats.close();
    },
  };
};
