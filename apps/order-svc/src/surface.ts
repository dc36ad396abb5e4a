import { cartRpc, inventoryEvents, orderRpc, paymentEvents } from '@kervan/contracts';
import { answer, hear, type Bus, type Entry } from '@kervan/bus';
import type { Log } from '@kervan/service';
import {
  addCartCoupon,
  addCartItem,
  createCart,
  getCart,
  listPaymentOptions,
  listShippingOptions,
  removeCartCoupon,
  removeCartItem,
  updateCart,
  updateCartItem,
  type CartDeps,
} from './cart/cart.handlers.ts';
import {
  cancelCheckout,
  confirmCheckout,
  retryPayment,
  startCheckout,
  type CheckoutDeps,
} from './checkout/checkout.handlers.ts';
import { getOrder, listOrders, onCommitFailed, onPayment } from './order/order.handlers.ts';
import { trackOrder, verifyOrder } from './tracking/tracking.handlers.ts';

/** Everything order-svc answers and hears. */
export const surface = (deps: CheckoutDeps & CartDeps & { bus: Bus; log: Log }): Entry[] => [
  answer(cartRpc.create, createCart(deps)),
  answer(cartRpc.get, getCart(deps)),
  answer(cartRpc.update, updateCart(deps)),
  answer(cartRpc.addItem, addCartItem(deps)),
  answer(cartRpc.updateItem, updateCartItem(deps)),
  answer(cartRpc.removeItem, removeCartItem(deps)),
  answer(cartRpc.addCoupon, addCartCoupon(deps)),
  answer(cartRpc.removeCoupon, removeCartCoupon(deps)),
  answer(cartRpc.shippingOptions, listShippingOptions(deps)),
  answer(cartRpc.paymentOptions, listPaymentOptions(deps)),

  answer(orderRpc.checkout, startCheckout(deps)),
  answer(orderRpc.confirm, confirmCheckout(deps)),
  answer(orderRpc.retryPayment, retryPayment(deps)),
  answer(orderRpc.cancel, cancelCheckout(deps)),

  answer(orderRpc.track, trackOrder(deps)),
  answer(orderRpc.verify, verifyOrder(deps)),
  answer(orderRpc.list, listOrders(deps)),
  answer(orderRpc.get, getOrder(deps)),

  hear(paymentEvents.requiresAction, onPayment(deps)),
  hear(paymentEvents.processing, onPayment(deps)),
  hear(paymentEvents.authorized, onPayment(deps)),
  hear(paymentEvents.succeeded, onPayment(deps)),
  hear(paymentEvents.failed, onPayment(deps)),
  hear(paymentEvents.cancelled, onPayment(deps)),
  hear(paymentEvents.refunded, onPayment(deps)),
  hear(paymentEvents.disputed, onPayment(deps)),
  hear(paymentEvents.disputeClosed, onPayment(deps)),
  hear(paymentEvents.mismatched, onPayment(deps)),
  hear(inventoryEvents.commitFailed, onCommitFailed(deps)),

  answer(orderRpc.listDeadLetters, deps.bus.deadLetters.list),
  answer(orderRpc.getDeadLetter, deps.bus.deadLetters.get),
  answer(orderRpc.replayDeadLetter, deps.bus.deadLetters.replay),
];
