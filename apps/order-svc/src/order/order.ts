import {
  ORDER_STATUSES,
  type Actor,
  type Order,
  type OrderStatus,
  type PromotionUse,
  type TimelineEntry,
} from '@kervan/contracts';

/**
 * Which status may follow which, and what for. `expired -> confirmed` is the payment that came late and found the goods
 * still there; everything else on a final status happens on the axes of returns and refunds.
 */
export const TRANSITIONS: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  draft: ['confirmed', 'expired', 'cancelled'],
  confirmed: ['packing', 'cancelled'],
  packing: ['shipped', 'cancelled'],
  shipped: ['delivered'],
  delivered: [],
  expired: ['confirmed'],
  cancelled: [],
};

/** Statuses of an order that ended without a sale. */
export const hasEnded = (status: OrderStatus): boolean => status === 'expired' || status === 'cancelled';

/** Statuses of an order that is a sale. */
export const isSold = (status: OrderStatus): boolean => status !== 'draft' && !hasEnded(status);

/** Whether an order may go from one status to another. */
export const canMove = (from: OrderStatus, to: OrderStatus): boolean => TRANSITIONS[from].includes(to);

/** The statuses nothing leads to: a mistake in the table shows at boot and in a test. */
export const unreachableStatuses = (): OrderStatus[] => {
  const reached = new Set<OrderStatus>(['draft']);
  for (const status of reached) for (const next of TRANSITIONS[status]) reached.add(next);
  return ORDER_STATUSES.filter((status) => !reached.has(status));
};

/** How a checkout stands on its way to a payment: the last step that is surely done. */
export type SagaStep = 'drafted' | 'opened';

/** What the order keeps beside its public fields to go on after a crash. Dates are RFC 3339 texts. */
export type OrderInternals = {
  /**
   * `attempt` is the payment that is being opened, or was last. `keyId` is the idempotency key under which it was begun,
   * null for the checkout's own: a retry under that key goes on with it instead of beginning another.
   */
  saga: { step: SagaStep; attempt: number; keyId: string | null };
  /** The idempotency key the draft was written under: of one key's orders all but one have ended without a sale. */
  checkoutKey: string;
  /** What the buyer chose; null for an order that costs nothing. */
  choice: {
    provider: NonNullable<Order['payment']['provider']>;
    method: string;
    returnUrl: string | null;
    installments: number;
  } | null;
  /** For the buyer's browser only; cleared once paid. Never logged. */
  clientSecret: string | null;
  nextAction: { type: 'none' | 'redirect' | 'iframe' | 'form'; url: string | null; html: string | null };
  /** What has kept the goods for longer already: opening a payment, and a payment that takes its time. Once each. */
  extended: { opening: boolean; processing: boolean };
  /** What it holds of promotions that count, or redeems once it is sold. */
  uses: PromotionUse[];
  /**
   * `late`: they are, or were, held once more for a payment that came after the order had expired. `given_up`: that came to
   * nothing, and they are not asked for again.
   */
  usesHold: 'first' | 'late' | 'given_up';
};

/** An order with its id and creation time, as pure rules need it. */
export type OrderFacts = OrderState & { _id: string; createdAt: Date };

/** An order's own state without what the store keeps of it (id, version, times of writing). */
export type OrderState = Omit<Order, 'id' | 'version' | 'createdAt' | 'updatedAt'> & OrderInternals;

/** Appends to the timeline. */
export const note = <State extends Pick<OrderState, 'timeline'>>(
  order: State,
  entry: Omit<TimelineEntry, 'at' | 'actor'> & { at: Date; actor: Actor },
): State => ({ ...order, timeline: [...order.timeline, { ...entry, at: entry.at.toISOString() }] });

/** The lines of the order as its reservation holds them: one per SKU, in the order of SKUs. Quantities in pieces. */
export const reservationLines = (
  items: readonly { sku: string; quantity: number }[],
): { sku: string; quantity: number }[] => {
  const bySku = new Map<string, number>();
  for (const item of items) bySku.set(item.sku, (bySku.get(item.sku) ?? 0) + item.quantity);
  return [...bySku].sort(([left], [right]) => (left < right ? -1 : 1)).map(([sku, quantity]) => ({ sku, quantity }));
};
