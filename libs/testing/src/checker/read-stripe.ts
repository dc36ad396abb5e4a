import { z } from 'zod';
import { expectReply, send } from '../shop/http.ts';
import type { ProviderPayment } from './facts.ts';

/** An account at Stripe and the shop it is of. */
export type StripeAccount = { readonly apiBase: string; readonly secretKey: string; readonly tenant: string };

const Reference = z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]).nullish();
const Metadata = z.record(z.string(), z.string()).nullish();
const Intent = z.object({
  id: z.string(),
  currency: z.string(),
  amount_received: z.number().nullish(),
  metadata: Metadata,
});
const Refund = z.object({
  id: z.string(),
  amount: z.number(),
  status: z.string().nullish(),
  payment_intent: Reference,
  metadata: Metadata,
});
const ListOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ object: z.literal('list'), data: z.array(item), has_more: z.boolean() });

/** Whole units that Stripe writes with two decimals. Source: docs.stripe.com/currencies (special cases). */
const HUNDREDTHS: ReadonlySet<string> = new Set(['isk', 'ugx']);
const minorUnits = (amount: number, currency: string): number => (HUNDREDTHS.has(currency) ? amount / 100 : amount);

/** A refund in a state we do not name is on its way. */
const STATUSES: Readonly<Record<string, 'succeeded' | 'failed'>> = {
  succeeded: 'succeeded',
  failed: 'failed',
  canceled: 'failed',
};

/** Everything in a list of Stripe's, page by page. */
const listAll = async <Item extends { id: string }>(
  { apiBase, secretKey }: StripeAccount,
  path: string,
  item: z.ZodType<Item>,
): Promise<Item[]> => {
  const items: Item[] = [];
  for (;;) {
    const last = items.at(-1);
    const query = new URLSearchParams({ limit: '100', ...(last === undefined ? {} : { starting_after: last.id }) });
    const reply = await send(`${apiBase}${path}?${query.toString()}`, {
      headers: { authorization: `Bearer ${secretKey}` },
      patienceMs: 30_000,
    });
    const page = expectReply(reply, 200, ListOf(item));
    items.push(...page.data);
    if (!page.has_more || page.data.length === 0) return items;
  }
};

/** What Stripe itself says it captured and gave back in an account. Rejects when it does not say. */
export const readStripe = async (account: StripeAccount): Promise<ProviderPayment[]> => {
  const intents = await listAll(account, '/v1/payment_intents', Intent);
  const refunds = Map.groupBy(await listAll(account, '/v1/refunds', Refund), (refund) => refund.payment_intent ?? '');
  return intents.map(({ id, currency, amount_received: received, metadata }) => ({
    provider: 'stripe',
    ref: id,
    account: account.tenant,
    tenant: metadata?.['tenant'] ?? null,
    orderId: metadata?.['orderId'] ?? null,
    attempt: metadata?.['attempt'] ?? '',
    currency: currency.toUpperCase(),
    captured: minorUnits(received ?? 0, currency),
    refunds: (refunds.get(id) ?? []).map((refund) => ({
      ref: refund.id,
      refundId: refund.metadata?.['refundId'] ?? null,
      amount: minorUnits(refund.amount, currency),
      status: STATUSES[refund.status ?? ''] ?? 'pending',
    })),
  }));
};
