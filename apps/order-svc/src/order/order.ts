import { ORDER_STATUSES, type Actor, type Order, type OrderStatus, type TimelineEntry } from '@kervan/contracts';

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
};

/** An order's own state without what the store keeps of it (id, version, times of writing). */
export type OrderState = Omit<Order, 'id' | 'version' | 'createdAt' | 'updatedAt'> & OrderInternals;

/** Moves the status and says so on the timeline. The caller has asked `canMove`; a wrong move is a bug and throws. */
export const moveTo = <State extends Pick<OrderState, 'status' | 'timeline'>>(
  order: State,
  to: OrderStatus,
  entry: { at: Date; actor: Actor; data?: Record<string, unknown> },
): State => {
  if (!canMove(order.status, to)) throw new Error(`order cannot go from ${order.status} to ${to}`);
  return note({ ...order, status: to }, { type: `order.${to}`, from: order.status, to, public: true, ...entry });
};

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
