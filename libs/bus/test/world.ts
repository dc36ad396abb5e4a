import { defineEvent, defineRpc } from '@kervan/contracts';
import type { Context, EventEnvelope, ServiceName } from '@kervan/contracts';
import { connect, nkeyAuthenticator } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { z } from 'zod';
import { connectBus } from '../src/index.ts';
import type { Bus, BusSettings, Log } from '../src/index.ts';
import { startServer } from './nats-server.ts';
import type { TestServer } from './nats-server.ts';

type Line = { readonly level: keyof Log; readonly fields: object; readonly message: string };

/** A server, the services connected to it and what they logged. */
export type World = {
  readonly server: TestServer;
  readonly lines: Line[];
  readonly connect: (service: ServiceName, more?: Partial<BusSettings>) => Promise<Bus>;
  /** A bare connection as a user, or as nobody. */
  readonly bare: (user: ServiceName | 'setup' | null) => Promise<NatsConnection>;
  readonly stop: () => Promise<void>;
};

export const startWorld = async (): Promise<World> => {
  const server = await startServer();
  const lines: Line[] = [];
  const line =
    (level: keyof Log) =>
    (fields: object, message: string): void => {
      lines.push({ level, fields, message });
    };
  const log: Log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
  const open: (() => Promise<void>)[] = [];
  return {
    server,
    lines,
    connect: async (service, more = {}) => {
      const bus = await connectBus({ service, servers: server.url, nkeySeed: server.seeds[service], log, ...more });
      open.push(bus.stop);
      return bus;
    },
    bare: async (user) => {
      const seed = user === null ? null : new TextEncoder().encode(server.seeds[user]);
      const nats = await connect({
        servers: server.url,
        reconnect: false,
        ...(user === null ? {} : { inboxPrefix: `_INBOX.${user}` }),
        ...(seed === null ? {} : { authenticator: nkeyAuthenticator(seed) }),
      });
      open.push(() => nats.close());
      return nats;
    },
    stop: async () => {
      await Promise.all(open.map((close) => close()));
      await server.stop();
    },
  };
};

/** Answers with what it was asked, after `waitMs`; `refuse` and `fault` go the other ways. */
export const echo = defineRpc({
  owner: 'catalog',
  method: 'echo',
  request: z.object({
    text: z.string().max(900_000),
    waitMs: z.number().int().min(0).default(0),
    mode: z.enum(['answer', 'refuse', 'throw', 'reject', 'circular', 'wrong', 'deadline']).default('answer'),
  }),
  reply: z.object({ text: z.string(), deadline: z.number().optional() }),
});

/** A fact of order-svc, which inventory-svc and payment-svc hear. */
export const confirmed = defineEvent({
  owner: 'order',
  type: 'order.confirmed',
  data: z.object({ number: z.number() }),
});

let events = 0;

/** A new event as the outbox holds it. */
export const event = (data: unknown, more: Partial<EventEnvelope> = {}): EventEnvelope => ({
  id: `evt_${process.pid}_${++events}`,
  type: confirmed.type,
  version: 1,
  tenant: 'demo',
  aggregateId: `ord_${events}`,
  sequence: 1,
  occurredAt: '2026-11-22T10:00:00.000Z',
  traceId: 'trace',
  data,
  ...more,
});

/** A context with `leftMs` until its deadline. */
export const contextFor = (leftMs = 5_000): Context => ({
  tenant: 'demo',
  traceId: 'trace',
  deadline: Date.now() + leftMs,
  language: 'tr',
  actor: { kind: 'guest' },
});

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks again until `check` stops throwing. */
export const eventually = async (check: () => void | Promise<void>, withinMs = 10_000): Promise<void> => {
  const until = Date.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > until) throw error;
      await pause(20);
    }
  }
};
