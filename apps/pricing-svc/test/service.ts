import { randomUUID } from 'node:crypto';
import { type Bus, connectBus } from '@kervan/bus';
import type { Context, Result, Rpc } from '@kervan/contracts';
import { createLog } from '@kervan/service';
import { type Backends, eventually, startBackends, testDatabase } from '@kervan/testing';
import type { z } from 'zod';
import { type Copy, startCopy } from './copy.ts';

/** Calls of one shop, through one connection of the gateway or the other. */
export type Calls = <Request extends z.ZodType, Reply extends z.ZodType>(
  rpc: Rpc<Request, Reply>,
  input: z.input<Request>,
  via?: 0 | 1,
) => Promise<Result<z.output<Reply>>>;

/** Two copies of the service on one database and bus, and a gateway that asks them. */
export type Service = {
  readonly backends: Backends;
  readonly copies: readonly [Copy, Copy];
  readonly callsOf: (tenant: string) => Calls;
  readonly stop: () => Promise<void>;
};

const contextOf = (tenant: string): Context => ({
  tenant,
  traceId: 'test',
  deadline: Date.now() + 20_000,
  language: 'tr',
  actor: { kind: 'machine' },
});

const connectGateway = ({ nats }: Backends): Promise<Bus> => {
  const log = createLog('gateway', 'silent');
  return eventually(() => connectBus({ service: 'gateway', servers: [nats.url], nkeySeed: nats.seeds.gateway, log }));
};

/** Starts the service; what had been started when the rest could not is stopped. */
export const startService = async (): Promise<Service> => {
  const started: { stop: () => Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    for (const one of started) await one.stop();
  };
  const start = async <T extends { stop: () => Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const one = await starting;
    started.unshift(one);
    return one;
  };
  try {
    const backends = await start(startBackends());
    const database = testDatabase('pricing');
    const copies = [await start(startCopy(backends, database)), await start(startCopy(backends, database))] as const;
    // Two, because what one connection asks in one turn goes to one copy.
    const callers = [await start(connectGateway(backends)), await start(connectGateway(backends))] as const;
    const callsOf =
      (tenant: string): Calls =>
      (rpc, input, via = 0) =>
        callers[via].call(rpc, contextOf(tenant), input);
    return { backends, copies, callsOf, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** A tenant nobody else has. */
export const newShop = (): string => `shop-${randomUUID()}`;

/** What a call answered; one that was refused fails the test. */
export const valueOf = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};

/** `ok`, or the code of the refusal. */
export const codeOf = (result: Result<unknown>): string => (result.ok ? 'ok' : result.error.code);

/** Many at once, through both connections in turn. */
export const times = <T>(count: number, one: (via: 0 | 1) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => one(index % 2 === 0 ? 0 : 1)));
