import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { heardOwners, SERVICE_NAMES, TOPOLOGY } from '@kervan/contracts';
import type { ServiceName, ServiceTopology } from '@kervan/contracts';
import { PermissionViolationError } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
const connections = new Map<ServiceName, NatsConnection>();
const violations = new Map<ServiceName, string[]>();

beforeAll(async () => {
  world = await startWorld();
  for (const service of SERVICE_NAMES) {
    const nats = await world.bare(service);
    const seen: string[] = [];
    connections.set(service, nats);
    violations.set(service, seen);
    const follow = async (): Promise<void> => {
      for await (const status of nats.status()) {
        if (status.type === 'error' && status.error instanceof PermissionViolationError) {
          seen.push(`${status.error.operation} ${status.error.subject}`);
        }
      }
    };
    follow().catch(() => undefined);
  }
});
afterAll(() => world.stop());

/** What the server says against an attempt: nothing when it is allowed. */
const attempt = async (service: ServiceName, act: (nats: NatsConnection) => void): Promise<string[]> => {
  const nats = connections.get(service);
  const seen = violations.get(service);
  if (nats === undefined || seen === undefined) throw new Error(service);
  seen.length = 0;
  act(nats);
  await nats.flush();
  await nats.flush();
  return [...seen];
};
const publish = (service: ServiceName, subject: string) => attempt(service, (nats) => nats.publish(subject, '{}'));
const listen = (service: ServiceName, subject: string, queue?: string) =>
  attempt(service, (nats) => {
    const subscription = nats.subscribe(subject, {
      ...(queue === undefined ? {} : { queue }),
      callback: () => undefined,
    });
    subscription.closed.catch(() => undefined);
  });

const topologyOf = (service: ServiceName): ServiceTopology => TOPOLOGY[service];
const others = (service: ServiceName) => SERVICE_NAMES.filter((other) => other !== service);

test('nobody comes in without a key', async () => {
  await expect(world.bare(null)).rejects.toThrow(/authorization/i);
});

describe.each(SERVICE_NAMES)('%s', (service) => {
  const { owner, calls, watches, emits } = topologyOf(service);
  const hears = heardOwners(service);

  test('answers its own calls in its own queue, and nobody else', async () => {
    expect(await listen(service, `rpc.${owner}.some.call`, service)).toEqual([]);
    expect(await listen(service, `rpc.${owner}.some.call`)).toHaveLength(1);
    expect(await listen(service, `rpc.${owner}.some.call`, 'another')).toHaveLength(1);
    for (const other of others(service)) {
      expect(await listen(service, `rpc.${topologyOf(other).owner}.some.call`, other)).toHaveLength(1);
      expect(await listen(service, `rpc.${topologyOf(other).owner}.some.call`, service)).toHaveLength(1);
    }
    expect(await listen(service, '>')).toHaveLength(1);
  });

  test('reads its own inbox and no other', async () => {
    expect(await listen(service, `_INBOX.${service}.x.*`)).toEqual([]);
    for (const subject of ['_INBOX.>', ...others(service).map((other) => `_INBOX.${other}.>`)]) {
      expect(await listen(service, subject)).toHaveLength(1);
    }
  });

  test('calls whom it may call, and answers only those who may call it', async () => {
    for (const other of others(service)) {
      const { owner: called, calls: callsOfOther } = topologyOf(other);
      expect(await publish(service, `rpc.${called}.some.call`)).toHaveLength(calls.includes(called) ? 0 : 1);
      expect(await publish(service, `_INBOX.${other}.x.1`)).toHaveLength(callsOfOther.includes(owner) ? 0 : 1);
    }
  });

  test('emits its own events only', async () => {
    for (const other of SERVICE_NAMES) {
      const allowed = other === service && emits;
      expect(await publish(service, `evt.${topologyOf(other).owner}.a.demo.x`)).toHaveLength(allowed ? 0 : 1);
    }
  });

  test('hears what it hears and watches what it watches', async () => {
    for (const other of SERVICE_NAMES) {
      const heard = topologyOf(other).owner;
      const stream = `EVT_${heard.toUpperCase()}`;
      expect(await listen(service, `evt.${heard}.>`)).toHaveLength(watches.includes(heard) ? 0 : 1);
      expect(await publish(service, `$JS.API.CONSUMER.MSG.NEXT.${stream}.${service}`)).toHaveLength(
        hears.includes(heard) ? 0 : 1,
      );
      for (const consumer of others(service)) {
        expect(await publish(service, `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`)).toHaveLength(1);
        expect(await publish(service, `$JS.ACK.${stream}.${consumer}.1.1.1.1.0`)).toHaveLength(1);
      }
    }
    for (const other of SERVICE_NAMES) {
      const allowed = other === service && hears.length > 0;
      expect(await publish(service, `dlq.${other}.demo`)).toHaveLength(allowed ? 0 : 1);
      const letters = `DLQ_${topologyOf(other).owner.toUpperCase()}`;
      for (const call of ['MSG.GET', 'MSG.DELETE']) {
        expect(await publish(service, `$JS.API.STREAM.${call}.${letters}`)).toHaveLength(allowed ? 0 : 1);
      }
    }
  });

  test('makes, reads and removes no streams', async () => {
    for (const call of [
      'STREAM.CREATE.X',
      'STREAM.DELETE.EVT_ORDER',
      'STREAM.MSG.GET.EVT_PAYMENT',
      'STREAM.MSG.DELETE.EVT_ORDER',
      'STREAM.PURGE.DLQ_ORDER',
      'STREAM.PURGE.EVT_ORDER',
      'INFO',
    ]) {
      expect(await publish(service, `$JS.API.${call}`)).toHaveLength(1);
    }
  });
});
