import { pricingRpc, type Context, type Redemption, type Result } from '@kervan/contracts';
import type { Caller } from '@kervan/bus';
import type { OrderDocument } from './order.store.ts';

/**
 * How long whoever ends an order waits for its uses to be given back, in milliseconds: ample for a pricing-svc that is well,
 * and hardly felt when it is not.
 */
const RELEASE_MS = 300;

/**
 * Holds what an order uses of promotions that count, all or nothing; `late` as in the contract. coupon_exhausted,
 * reservation_closed (the order has given them back).
 */
export const holdUses = (
  bus: Caller,
  context: Context,
  { _id: orderId, uses, customerId, email }: OrderDocument,
  late: boolean,
): Promise<Result<Redemption>> => bus.call(pricingRpc.holdUses, context, { orderId, uses, customerId, email, late });

/**
 * Gives them back at once for an order that has ended, so that its buyer finds the coupon free again. Nothing relies on
 * it, since the order tells the same in an event: so it may take no longer than a moment, and whether it was done is
 * nobody's affair.
 */
export const releaseUses = async (
  { bus, clock }: { bus: Caller; clock: () => Date },
  context: Context,
  { _id: orderId, uses }: OrderDocument,
  late: boolean,
): Promise<void> => {
  if (uses.length === 0) return;
  const deadline = Math.min(context.deadline, clock().getTime() + RELEASE_MS);
  await bus.call(pricingRpc.releaseUses, { ...context, deadline }, { orderId, late });
};
