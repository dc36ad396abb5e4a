import { pricingRpc, type Context, type Redemption, type Result } from '@kervan/contracts';
import type { Caller } from '@kervan/bus';
import type { OrderDocument } from './order.store.ts';

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
 * it: the order tells the same in an event.
 */
export const releaseUses = async (
  bus: Caller,
  context: Context,
  { _id: orderId, uses }: OrderDocument,
  late: boolean,
): Promise<void> => {
  if (uses.length > 0) await bus.call(pricingRpc.releaseUses, context, { orderId, late });
};
