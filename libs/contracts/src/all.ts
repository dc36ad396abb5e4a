import { accountEvents, accountRpc } from './account.ts';
import { cartRpc } from './cart.ts';
import { catalogEvents, catalogRpc } from './catalog.ts';
import type { EventDefinition } from './event.ts';
import { inventoryEvents, inventoryRpc } from './inventory.ts';
import { orderEvents, orderRpc } from './order.ts';
import { paymentEvents, paymentRpc } from './payment.ts';
import { pricingEvents, pricingRpc } from './pricing.ts';
import type { Rpc } from './rpc.ts';

/** Every call there is. */
export const ALL_CALLS: readonly Rpc[] = [
  accountRpc,
  catalogRpc,
  inventoryRpc,
  pricingRpc,
  paymentRpc,
  cartRpc,
  orderRpc,
].flatMap((group): Rpc[] => Object.values(group));

/** Every event there is. */
export const ALL_EVENTS: readonly EventDefinition[] = [
  accountEvents,
  catalogEvents,
  inventoryEvents,
  pricingEvents,
  paymentEvents,
  orderEvents,
].flatMap((group): EventDefinition[] => Object.values(group));
