import { setTimeout as wait } from 'node:timers/promises';
import { SERVICE_NAMES, type ServiceName } from '@kervan/contracts';
import { poison } from '@kervan/testing';
import { arm, type Arming, disarm, firedAt, type Point, POINTS } from '@kervan/test-points';
import type { Random } from './load/random.ts';
import type { StripeAccount } from './load/shops.ts';
import type { Wire } from './proxy.ts';
import type { System } from './system.ts';

/** What a fault works on. */
export type Scene = {
  readonly system: System;
  readonly random: Random;
  /** The accounts at Stripe whose webhooks can be disturbed. */
  readonly accounts: readonly StripeAccount[];
  readonly tenants: readonly string[];
  /** Dead letters that are there on purpose. */
  readonly provoked: { service: string; subject: string }[];
};

/** Breaks something, waits, and heals it again. Answers what exactly it did. */
export type Fault = (scene: Scene) => Promise<string>;

const COME_TO_A_POINT_MS = 4_000;
const RATHER_SHORT_MS = [500, 3_000] as const;

/** Waits until all copies of a service are there and ready. */
const copiesReady = async ({ services }: System, name: ServiceName): Promise<void> => {
  await Promise.all(services.filter(({ service }) => service === name).map((copy) => copy.ready()));
};
/** The points a service has. */
export const pointsOf = (name: ServiceName): Point[] =>
  (Object.keys(POINTS) as Point[]).filter((point) => (POINTS[point].in as readonly string[]).includes(name));

/**
 * Makes a copy of a service send itself a signal at a point; its process id when one came there in time. Otherwise the
 * arming is taken back.
 */
export const strikeAt = async (
  { points }: System,
  name: ServiceName,
  point: Point,
  arming: Arming,
  withinMs = COME_TO_A_POINT_MS,
): Promise<number | null> => {
  arm(points, name, point, arming);
  const until = Date.now() + withinMs;
  while (Date.now() < until) {
    const pid = firedAt(points, name, point);
    if (pid !== null) return pid;
    await wait(10);
  }
  disarm(points, name, point);
  return firedAt(points, name, point);
};

/** Sends a process of the system a signal; one that has gone meanwhile has not waited for it. */
const signalTo = ({ services }: System, pid: number, signal: NodeJS.Signals): void =>
  services.find((copy) => copy.pid() === pid)?.signal(signal);

/** Kills a copy of a service at one of these points, or wherever it is when none comes there. */
const kill =
  (choose: (random: Random) => readonly [ServiceName, Point]): Fault =>
  async ({ system, random }) => {
    const [name, point] = choose(random);
    const passes = random.between(0, 3);
    const struck = await strikeAt(system, name, point, { signal: 'SIGKILL', passes });
    if (struck === null) random.pick(system.services.filter(({ service }) => service === name)).signal('SIGKILL');
    await wait(20);
    await copiesReady(system, name);
    return `${name} killed ${struck === null ? 'wherever it was' : `at ${point} after ${passes}`}`;
  };

const anyPoint = (random: Random): readonly [ServiceName, Point] => {
  const name = random.pick(SERVICE_NAMES);
  return [name, random.pick(pointsOf(name))];
};

/** Freezes a copy of a service at a point, or wherever it is, and lets it go on. */
const pause: Fault = async ({ system, random }) => {
  const [name, point] = anyPoint(random);
  const ms = random.between(500, 12_000);
  const struck = await strikeAt(system, name, point, { signal: 'SIGSTOP', passes: random.between(0, 3) });
  const pid = struck ?? random.pick(system.services.filter(({ service }) => service === name)).pid() ?? 0;
  // Whoever struck stops by himself, perhaps a moment later than he says: a second stop would outlast what follows.
  if (struck === null) signalTo(system, pid, 'SIGSTOP');
  await wait(ms);
  signalTo(system, pid, 'SIGCONT');
  return `${name} stood still for ${ms} ms ${struck === null ? 'wherever it was' : `at ${point}`}`;
};

/** Asks a copy of a service to end, as a deployment does; it is started again. */
const term: Fault = async ({ system, random }) => {
  const copy = random.pick(system.services);
  copy.signal('SIGTERM');
  await wait(20);
  await copy.ready();
  return `${copy.name} was asked to end`;
};

/** Kills everything at once, and starts all of it again in any order. */
const killAll: Fault = async ({ system, random }) => {
  const { services, mongod, nats } = system;
  const all = [...services, mongod, nats];
  await Promise.all(all.map((server) => server.down()));
  const ms = random.between(0, 3_000);
  await wait(ms);
  const order = random.shuffle(all);
  await Promise.all(
    order.map(async (server, index) => {
      await wait(index * random.between(0, 200));
      await server.up();
    }),
  );
  return `everything killed for ${ms} ms, started as ${order.map(({ name }) => name).join(', ')}`;
};

const downFor =
  (which: 'mongod' | 'nats', [from, to]: readonly [number, number]): Fault =>
  async ({ system, random }) => {
    const server = system[which];
    const ms = random.between(from, to);
    await server.down();
    await wait(ms);
    await server.up();
    return `${server.name} killed and gone for ${ms} ms`;
  };

const frozenFor =
  (which: 'mongod' | 'nats', [from, to]: readonly [number, number]): Fault =>
  async ({ system, random }) => {
    const server = system[which];
    const ms = random.between(from, to);
    server.signal('SIGSTOP');
    await wait(ms);
    server.signal('SIGCONT');
    return `${server.name} stood still for ${ms} ms`;
  };

/** Makes the wire of one service bad, or that of all. */
const badWire =
  (which: 'database' | 'bus', kind: 'slow' | 'cut' | 'void'): Fault =>
  async ({ system, random }) => {
    const names = random.chance(0.5) ? SERVICE_NAMES : [random.pick(SERVICE_NAMES)];
    const copies = system.services.filter(({ service }) => names.includes(service));
    const ms = random.between(...RATHER_SHORT_MS);
    const wire: Wire = kind === 'slow' ? { kind, ms: random.between(20, 400) } : { kind };
    for (const copy of copies) copy[which].set(wire);
    await wait(ms);
    for (const copy of copies) copy[which].set({ kind: 'pass' });
    return `${names.length === 1 ? names[0] : 'all'}: ${which} ${kind}${wire.kind === 'slow' ? ` by ${wire.ms} ms` : ''} for ${ms} ms`;
  };

/** What Stripe does wrong, so many times. */
const provider =
  (does: 'error_after' | 'error_before' | 'lost' | 'hang' | 'slow' | 'rate_limit', most: number): Fault =>
  async ({ system: { stripe }, random }) => {
    const times = random.between(1, most);
    const delayMs = random.between(100, 2_000);
    stripe.fault({ on: '*', does, times, delayMs });
    await wait(random.between(...RATHER_SHORT_MS));
    stripe.clearFaults();
    return `Stripe: ${does}, ${times} times at most`;
  };

/** What becomes of Stripe's webhooks for a while. */
const webhooks =
  (name: 'twice' | 'late' | 'reversed' | 'lost'): Fault =>
  async ({ system: { stripe }, random, accounts }) => {
    const ms = random.between(1_000, 5_000);
    const delayMs = random.between(200, 4_000);
    const control = {
      twice: { copies: 3 },
      late: { delayMs },
      reversed: { hold: true, reverse: true },
      lost: { drop: true },
    }[name];
    for (const { secretKey } of accounts) stripe.delivery(secretKey, control);
    await wait(ms);
    for (const { secretKey } of accounts) {
      await stripe.flush(secretKey);
      stripe.delivery(secretKey, {});
    }
    return `webhooks ${name} for ${ms} ms`;
  };

/** NATS is killed and comes back without anything it had. */
const streamsLost: Fault = async ({ system, random }) => {
  await system.nats.down();
  system.loseStreams();
  await wait(random.between(0, 2_000));
  await system.nats.up();
  return 'nats-server lost its streams';
};

/** Messages nobody can read on every subject there is. */
const poisoned: Fault = async ({ system: { natsUrl, seeds }, random, tenants, provoked }) => {
  const letters = await poison({ natsUrl, seeds }, random.pick(tenants));
  provoked.push(...letters);
  return `poison on every subject, ${letters.length} of them events`;
};

/** Every fault by its name, and how often it comes, in relation to the others. */
export const FAULTS: Readonly<Record<string, { readonly weight: number; readonly run: Fault }>> = {
  kill: { weight: 12, run: kill(anyPoint) },
  pause: { weight: 5, run: pause },
  term: { weight: 3, run: term },
  'kill-all': { weight: 2, run: killAll },
  'mongod-kill': { weight: 2, run: downFor('mongod', [0, 8_000]) },
  'mongod-pause': { weight: 1, run: frozenFor('mongod', [500, 8_000]) },
  'nats-kill': { weight: 2, run: downFor('nats', [0, 8_000]) },
  'nats-pause': { weight: 1, run: frozenFor('nats', [500, 8_000]) },
  'database-slow': { weight: 1, run: badWire('database', 'slow') },
  'database-cut': { weight: 2, run: badWire('database', 'cut') },
  'database-void': { weight: 2, run: badWire('database', 'void') },
  'bus-slow': { weight: 1, run: badWire('bus', 'slow') },
  'bus-cut': { weight: 2, run: badWire('bus', 'cut') },
  'bus-void': { weight: 2, run: badWire('bus', 'void') },
  'provider-error-after': { weight: 2, run: provider('error_after', 10) },
  'provider-down': { weight: 2, run: provider('error_before', 1_000) },
  'provider-lost': { weight: 2, run: provider('lost', 10) },
  'provider-hang': { weight: 1, run: provider('hang', 5) },
  'provider-slow': { weight: 2, run: provider('slow', 50) },
  'provider-rate-limit': { weight: 1, run: provider('rate_limit', 20) },
  'webhooks-twice': { weight: 1, run: webhooks('twice') },
  'webhooks-late': { weight: 1, run: webhooks('late') },
  'webhooks-reversed': { weight: 1, run: webhooks('reversed') },
  'webhooks-lost': { weight: 2, run: webhooks('lost') },
  'streams-lost': { weight: 1, run: streamsLost },
  poison: { weight: 1, run: poisoned },
};

/** `kill@order-svc:commit.after`: killed there and nowhere else. */
const Aimed = /^kill@([a-z-]+):([a-z.]+)$/;

/** A fault by its name; null when there is none. */
export const faultOf = (name: string): { readonly weight: number; readonly run: Fault } | null => {
  const known = FAULTS[name];
  if (known !== undefined) return known;
  const [, aimedAt, aimedPoint] = Aimed.exec(name) ?? [];
  const service = SERVICE_NAMES.find((each) => each === aimedAt);
  const point = service === undefined ? undefined : pointsOf(service).find((each) => each === aimedPoint);
  return service === undefined || point === undefined ? null : { weight: 10, run: kill(() => [service, point]) };
};

/** The next fault of a run, by weight. */
export const pickFault = (random: Random, names: readonly string[]): string => {
  const weights = names.map((name) => faultOf(name)?.weight ?? 0);
  let left = random.between(0, weights.reduce((sum, weight) => sum + weight, 0) - 1);
  for (const [index, name] of names.entries()) {
    left -= weights[index] ?? 0;
    if (left < 0) return name;
  }
  throw new Error('there is no fault to choose from');
};
