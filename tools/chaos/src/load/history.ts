import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import type { HistoryEntry } from '@kervan/testing';
import { codeOf, type Reply } from '@kervan/testing/shop';
import { z } from 'zod';

/** What is written down of a call before its answer is there. */
export type Asked = Pick<HistoryEntry, 'call' | 'tenant' | 'by'> &
  Partial<Pick<HistoryEntry, 'key' | 'cartId' | 'orderNo' | 'sku' | 'quantity' | 'provider' | 'intentId'>>;

/** Every call of buyers and staff, in the order in which they ended, in memory and in a file with a line for each. */
export type History = {
  /** Makes the call and writes it down; what came back, or null without an answer. Never rejects. */
  readonly call: (asked: Asked, ask: () => Promise<Reply>) => Promise<Reply | null>;
  /** All so far. The list grows. */
  readonly entries: () => readonly HistoryEntry[];
  /** Waits until everything is in the file. */
  readonly close: () => Promise<void>;
};

/** A history that goes on at the end of a file. Nothing secret or personal of a call comes into it. */
export const openHistory = (file: string): History => {
  const entries: HistoryEntry[] = [];
  const lines = createWriteStream(file, { flags: 'a' });
  const write = (entry: HistoryEntry): void => {
    entries.push(entry);
    lines.write(`${JSON.stringify(entry)}\n`);
  };
  return {
    call: async (asked, ask) => {
      const start = Date.now();
      try {
        const reply = await ask();
        const { status } = reply;
        const answer = { outcome: outcomeOf(reply), status, code: codeIn(reply), ...factsOf(reply) };
        write({ ...asked, start, end: Date.now(), ...answer });
        return reply;
      } catch (error) {
        write({ ...asked, start, end: Date.now(), outcome: 'unknown', status: null, code: endOf(error) });
        return null;
      }
    },
    entries: () => entries,
    close: async () => {
      lines.end();
      await once(lines, 'close');
    },
  };
};

/** Says nothing about the request: whoever was to answer had too much to do, or is still at it. */
const isPutOff = (reply: Reply): boolean =>
  reply.status === 408 || reply.status === 429 || codeOf(reply) === 'idempotency_in_progress';

/**
 * What an answer says of the call: 2xx `ok`, 4xx `refused`, anything else `unknown`; so is a 4xx that puts the caller
 * off (408, 429, `idempotency_in_progress`): what he wants may be there, or come to be.
 */
export const outcomeOf = (reply: Reply): HistoryEntry['outcome'] => {
  if (reply.status >= 200 && reply.status < 300) return 'ok';
  return reply.status >= 400 && reply.status < 500 && !isPutOff(reply) ? 'refused' : 'unknown';
};

const StripeRefusal = z.object({ error: z.object({ code: z.string() }) });

const codeIn = (reply: Reply): string | null => {
  const stripes = StripeRefusal.safeParse(reply.body);
  return codeOf(reply) ?? (stripes.success ? stripes.data.error.code : null);
};

const Broken = z.object({ cause: z.object({ code: z.string() }) }).transform(({ cause }) => cause.code);
const Named = z.object({ name: z.string() }).transform(({ name }) => name.replace(/Error$/, ''));
const End = z.union([Broken, Named]);

/** How a call ended that got no answer: `timeout`, `econnrefused`, `und_err_socket`, … */
const endOf = (error: unknown): string => {
  const end = End.safeParse(error);
  return end.success ? end.data.toLowerCase() : 'no_answer';
};

const CheckoutFacts = z
  .object({
    order: z.object({ orderNo: z.string(), status: z.string(), amount: z.number() }),
    payment: z.object({ status: z.string() }),
  })
  .transform(({ order: { orderNo, status, amount }, payment }) => ({
    orderNo,
    orderStatus: status,
    paymentStatus: payment.status,
    amount,
  }));
const TrackingFacts = z
  .object({ orderNo: z.string(), status: z.string(), paymentStatus: z.string(), amount: z.number() })
  .transform(({ orderNo, status, paymentStatus, amount }) => ({ orderNo, orderStatus: status, paymentStatus, amount }));
const IntentFacts = z
  .object({ id: z.string().regex(/^(?:pi|sbx)_/), status: z.string(), amount: z.number() })
  .transform(({ id, status, amount }) => ({ intentId: id, intentStatus: status, amount }));
const CartFacts = z.object({ id: z.string(), items: z.array(z.unknown()) }).transform(({ id }) => ({ cartId: id }));
const Facts = z.union([CheckoutFacts, TrackingFacts, IntentFacts, CartFacts]);

/** What an answer says of an order, a payment at its provider, or a cart. */
const factsOf = (reply: Reply): Partial<HistoryEntry> => {
  if (outcomeOf(reply) !== 'ok') return {};
  const facts = Facts.safeParse(reply.body);
  return facts.success ? facts.data : {};
};
