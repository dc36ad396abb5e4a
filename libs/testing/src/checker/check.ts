import { setTimeout as sleep } from 'node:timers/promises';
import { tally } from '../tally.ts';
import type { Facts } from './facts.ts';
import type { HistoryEntry } from './history.ts';
import { type ApiAccess, readApi } from './read-api.ts';
import { type BusAccess, readBus } from './read-bus.ts';
import { readDatabases } from './read-databases.ts';
import { readStripe, type StripeAccount } from './read-stripe.ts';
import { violation, type Violation } from './rule.ts';
import { QUIET, RULES } from './rules/index.ts';

/** What is looked at. Only the databases are needed; what is left out is not looked at. */
export type CheckInput = {
  /** Of all services. */
  readonly mongoUri: string;
  /** The bus, with the nkey seed of its user `setup`. */
  readonly nats?: BusAccess;
  /** The gateway's base URL, and a key with all permissions to read for each shop. */
  readonly api?: ApiAccess;
  /** Accounts at Stripe; the sandbox's money lies in the databases. */
  readonly providers?: readonly StripeAccount[];
  /** What callers were answered. */
  readonly history?: readonly HistoryEntry[];
  /** Dead letters that were provoked on purpose: which service was to give up which message, by its whole subject. */
  readonly provoked?: readonly { readonly service: string; readonly subject: string }[];
  /** How long a draft's time may be over before it has to have ended, in milliseconds (30 s unless told). */
  readonly graceMs?: number;
};

/** How much was looked at: an empty system is sound too, so whoever expects something looks here. */
export type Counts = {
  orders: Record<string, number>;
  carts: number;
  reservations: number;
  /** Orders that hold uses of promotions, have redeemed them or given them back. */
  redemptions: Record<string, number>;
  stock: number;
  payments: number;
  /** Payments at providers, those that were captured, and refunds. */
  intents: number;
  captures: number;
  refunds: number;
  /** Events in the documents and in the streams. */
  written: number;
  events: number;
  consumers: number;
  letters: number;
  /** Things the admin API showed. */
  shown: number;
  history: Record<HistoryEntry['outcome'], number>;
};

/** What does not hold, and what was looked at. */
export type Report = { readonly violations: readonly Violation[]; readonly counts: Counts };

const GRACE_MS = 30_000;

const readMoney = async ({ providers = [] }: CheckInput): Promise<Pick<Facts, 'money' | 'accounts'>> => ({
  money: (await Promise.all(providers.map(readStripe))).flat(),
  accounts: new Set(providers.map(({ tenant }) => `stripe:${tenant}`)),
});

/** Reads it all, or only what is needed to see whether the system is quiet. */
const readFacts = async (input: CheckInput, { whole }: { whole: boolean }): Promise<Facts> => {
  // Consumers first: an event that leaves a consumer meanwhile shows in the databases.
  const bus = input.nats === undefined ? null : await readBus(input.nats, { events: whole });
  const databases = await readDatabases(input.mongoUri);
  const stripe = await readMoney(input);
  return {
    ...databases,
    money: [...databases.money, ...stripe.money],
    accounts: new Set([...databases.accounts, ...stripe.accounts]),
    bus,
    api: whole && input.api !== undefined ? await readApi(input.api) : [],
    history: input.history ?? [],
    provoked: input.provoked ?? [],
    graceMs: input.graceMs ?? GRACE_MS,
    now: new Date(),
  };
};

/**
 * Says what does not hold: numbers, money, goods, histories, events, answers. Ask when the system is quiet
 * (`untilQuiet`): while events are on their way, a reservation may be one step behind its order. Rejects when it cannot
 * look: a server that does not answer, a document that is not as it should be.
 */
export const check = async (input: CheckInput): Promise<Report> => {
  const facts = await readFacts(input, { whole: true });
  return { violations: RULES.flatMap((rule) => rule(facts)), counts: countsOf(facts) };
};

/** What `check` finds in the databases alone. */
export const checkInvariants = async (mongoUri: string): Promise<readonly Violation[]> =>
  (await check({ mongoUri })).violations;

/** How long nothing has to be under way until a system is taken for quiet, and how often it is looked at, in milliseconds. */
const CALM_MS = 250;
const EVERY_MS = 200;
/** How long before the time is up a draft has to have its end to be waited for, in milliseconds. */
const TO_END_MS = 10_000;

/**
 * Waits until nothing is under way any more: drafts whose time ends meanwhile have ended, their goods, money and carts
 * have followed, outboxes are empty and consumers caught up. False when that is not so after `withinMs` milliseconds;
 * `underWay` says what is left. A system whose servers do not answer is not quiet.
 */
export const untilQuiet = async (input: CheckInput, withinMs: number): Promise<boolean> => {
  const deadline = Date.now() + withinMs;
  let calmSince: number | null = null;
  for (;;) {
    const now = Date.now();
    const busy = await underWay(input, new Date(Math.max(now, deadline - TO_END_MS)));
    if (busy.length > 0) calmSince = null;
    else if (calmSince === null) calmSince = now;
    else if (now - calmSince >= CALM_MS) return true;
    if (Date.now() > deadline) return false;
    await sleep(EVERY_MS);
  }
};

/** What says that the system is not quiet right now; drafts that end before `until` count (before now unless told). */
export const underWay = async (input: CheckInput, until = new Date()): Promise<readonly Violation[]> => {
  try {
    const facts = await readFacts(input, { whole: false });
    return QUIET.flatMap((rule) => rule({ ...facts, graceMs: facts.now.getTime() - until.getTime() }));
  } catch (error) {
    return [violation('everything can be looked at', { id: 'checker' }, String(error))];
  }
};

const countsOf = (facts: Facts): Counts => ({
  orders: tally(facts.orders.map(({ status }) => status)),
  carts: facts.carts.length,
  reservations: facts.reservations.length,
  redemptions: tally(facts.redemptions.map(({ status }) => status)),
  stock: facts.stock.length,
  payments: facts.payments.length,
  intents: facts.money.length,
  captures: facts.money.filter(({ captured }) => captured > 0).length,
  refunds: facts.money.reduce((sum, { refunds }) => sum + refunds.length, 0),
  written: facts.outboxes.reduce((sum, { outbox }) => sum + outbox.length, 0),
  events: facts.bus?.streams?.reduce((sum, { events }) => sum + events.length, 0) ?? 0,
  consumers: facts.bus?.consumers.length ?? 0,
  letters: facts.bus?.letters.length ?? 0,
  shown: facts.api.reduce(
    (sum, { lists }) => sum + Object.values(lists).reduce((shown, { size }) => shown + size, 0),
    0,
  ),
  history: { ok: 0, refused: 0, unknown: 0, ...tally(facts.history.map(({ outcome }) => outcome)) },
});

/** One line per violation, for a test's message or a terminal. */
export const violationText = (violations: readonly Violation[]): string =>
  violations
    .map(({ rule, id, found, tenant, order }) => {
      const whose = [tenant, order === undefined ? undefined : `order ${order}`].filter((each) => each !== undefined);
      return `${rule}: ${id} (${found})${whose.length === 0 ? '' : ` [${whose.join(', ')}]`}`;
    })
    .join('\n');
