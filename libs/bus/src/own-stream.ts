import { streamName, TOPOLOGY } from '@kervan/contracts';
import type { ServiceName, ServiceTopology } from '@kervan/contracts';
import { z } from 'zod';
import type { Connection } from './connection.ts';

/** A stream as it is right now. One that is deleted and made anew has another `madeAt`, even under the same name. */
export type OwnStream = { readonly name: string; readonly madeAt: string };

/** How long the server may take to answer, in milliseconds. */
const ANSWER_MS = 2_000;
const Info = z.object({ created: z.string() });

/** Asks for the stream of the service's own events; null when it is not there, or nobody can say. Never rejects. */
export const createOwnStream = (service: ServiceName, connection: Connection): (() => Promise<OwnStream | null>) => {
  const { owner, emits }: ServiceTopology = TOPOLOGY[service];
  const name = streamName(owner);
  return async () => {
    if (!emits || !connection.connected()) return null;
    try {
      const reply = await connection.nats.request(`$JS.API.STREAM.INFO.${name}`, '', { timeout: ANSWER_MS });
      const info = Info.safeParse(reply.json());
      return info.success ? { name, madeAt: info.data.created } : null;
    } catch {
      return null;
    }
  };
};
