import { answer, hear, watch, type Bus, type Entry } from '@kervan/bus';
import { orderEvents, paymentRpc } from '@kervan/contracts';
import { onOrderEnded, type EndDeps } from './payments/cancel.ts';
import { openPayment, type OpenDeps } from './payments/open.ts';
import { getPayment, listPayments, refreshPayments } from './payments/payment.handlers.ts';
import { onRefundRequested } from './payments/refund.handlers.ts';
import {
  createProvider,
  deleteProvider,
  getProvider,
  listOptions,
  listProviders,
  type ProviderDeps,
  testProvider,
  updateProvider,
} from './providers/provider.handlers.ts';
import type { HandleDeps } from './webhooks/handle.ts';
import { listWebhookEvents, replayWebhookEvent } from './webhooks/webhook.handlers.ts';

/** Everything payment-svc answers and hears on the bus; its HTTP routes stand in `http/server.ts`. */
export const surface = (deps: OpenDeps & EndDeps & ProviderDeps & HandleDeps & { bus: Bus }): Entry[] => [
  answer(paymentRpc.open, openPayment(deps)),
  answer(paymentRpc.refresh, refreshPayments(deps)),
  answer(paymentRpc.listPayments, listPayments(deps)),
  answer(paymentRpc.getPayment, getPayment(deps)),

  answer(paymentRpc.listOptions, listOptions(deps)),
  answer(paymentRpc.createProvider, createProvider(deps)),
  answer(paymentRpc.listProviders, listProviders(deps)),
  answer(paymentRpc.getProvider, getProvider(deps)),
  answer(paymentRpc.updateProvider, updateProvider(deps)),
  answer(paymentRpc.deleteProvider, deleteProvider(deps)),
  answer(paymentRpc.testProvider, testProvider(deps)),

  answer(paymentRpc.listWebhookEvents, listWebhookEvents(deps)),
  answer(paymentRpc.replayWebhookEvent, replayWebhookEvent(deps)),

  hear(orderEvents.expired, onOrderEnded(deps)),
  hear(orderEvents.cancelled, onOrderEnded(deps)),
  hear(orderEvents.refundRequested, onRefundRequested(deps)),

  answer(paymentRpc.listDeadLetters, deps.bus.deadLetters.list),
  answer(paymentRpc.getDeadLetter, deps.bus.deadLetters.get),
  answer(paymentRpc.replayDeadLetter, deps.bus.deadLetters.replay),

  watch('payment', deps.settings.onEvent, () => deps.settings.drop()),
];
