import { randomBytes } from 'node:crypto';
import { WebhookEvent } from '@kervan/contracts';
import { eventually } from '../eventually.ts';
import type { StripeFake } from '../stripe-fake/index.ts';
import { send, type Reply } from './http.ts';
import { addProduct, checkout, create, fillCart, listAll, openShop, type CheckoutReply, type Shop } from './shop.ts';

/** A shop that takes payments through Stripe: through the one to test against. */
export type StripeShop = Shop & { stripe: StripeFake; secretKey: string; webhookSecret: string };

/** A new shop with Stripe beside the sandbox; what happens at Stripe is told to the shop's webhook address. */
export const openStripeShop = async (
  place: Shop['place'],
  stripe: StripeFake,
  settings: { capture?: 'automatic' | 'manual' } = {},
): Promise<StripeShop> => {
  const shop = await openShop(place);
  const secretKey = `sk_test_${randomBytes(8).toString('hex')}`;
  const webhookSecret = `whsec_${randomBytes(8).toString('hex')}`;
  await create(shop, '/admin/payment-providers', {
    ...settings,
    provider: 'stripe',
    credentials: { secretKey, webhookSecret, publishableKey: 'pk_test_browser' },
  });
  stripe.endpoint(secretKey, { url: `${place.payments}/webhooks/stripe/${shop.tenant}`, secrets: [webhookSecret] });
  return { ...shop, stripe, secretKey, webhookSecret };
};

/** A checkout of so many pieces of new goods, waiting to be paid. */
export type Bought = CheckoutReply & { sku: string; variantId: string; cartId: string; intentId: string };

/** Fills a cart with new goods and checks out with Stripe. */
export const buy = async (shop: StripeShop, { stock = 5, quantity = 1 } = {}): Promise<Bought> => {
  const { sku, variantId } = await addProduct(shop, { stock });
  const cart = await fillCart(shop, [{ variantId, quantity }]);
  const answer = await checkout(shop, cart.id, { provider: 'stripe' });
  return { ...answer, sku, variantId, cartId: cart.id, intentId: intentIdOf(answer.payment.clientSecret) };
};

/** The id of the payment at its provider that a client secret belongs to. */
export const intentIdOf = (clientSecret: string | null): string => (clientSecret ?? '').split('_secret_', 1)[0] ?? '';

/** The buyer's browser pays as Stripe.js does, with the publishable key and the client secret alone. */
export const payByCard = (
  { stripe }: StripeShop,
  { payment: { clientSecret } }: Pick<CheckoutReply, 'payment'>,
  card = 'pm_card_visa',
  patienceMs = 10_000,
): Promise<Reply> =>
  send(`${stripe.url}/v1/payment_intents/${intentIdOf(clientSecret)}/confirm`, {
    method: 'POST',
    patienceMs,
    headers: { authorization: 'Bearer pk_test_browser', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ payment_method: card, client_secret: clientSecret ?? '' }).toString(),
  });

/** The buyer has done the step Stripe asked for, or a delayed method comes to its end; the answer is Stripe's. */
export const endPayment = (
  { stripe }: StripeShop,
  { payment: { clientSecret } }: Pick<CheckoutReply, 'payment'>,
  passed: boolean,
  patienceMs = 10_000,
): Promise<Reply> =>
  send(`${stripe.url}/_control/finish`, {
    method: 'POST',
    patienceMs,
    body: { intent: intentIdOf(clientSecret), passed },
  });

/** The buyer's browser comes back to the shop. */
export const comeBack = (shop: Shop, { order }: Pick<CheckoutReply, 'order'>): Promise<Reply> =>
  shop.buyer(`/checkout/${order.orderNo}/confirm`, { method: 'POST' });

/** The intent of a checkout as it stands at Stripe now. */
export const intentOf = ({ stripe, secretKey }: StripeShop, { intentId }: Pick<Bought, 'intentId'>) => {
  const found = stripe.intents(secretKey).find(({ id }) => id === intentId);
  if (found === undefined) throw new Error(`there is no intent ${intentId}`);
  return structuredClone(found);
};

/** The last event of a type that is about this intent, sent or not. */
export const eventOf = ({ stripe, secretKey }: StripeShop, { intentId }: Pick<Bought, 'intentId'>, type: string) => {
  const found = stripe
    .events(secretKey)
    .findLast((event) => event.type === type && JSON.stringify(event.object).includes(intentId));
  if (found === undefined) throw new Error(`${type} has not happened to ${intentId}`);
  return found;
};

/** What staff see of what Stripe has sent. */
export const webhookEvents = (shop: Shop, filter = ''): Promise<WebhookEvent[]> =>
  listAll(shop, `/admin/webhook-events${filter}`, WebhookEvent);

/** Waits until an event of Stripe has come to this, as staff see it. */
export const untilEvent = (shop: Shop, eventId: string, status: WebhookEvent['status']): Promise<WebhookEvent> =>
  eventually(
    async () => {
      const found = (await webhookEvents(shop)).find((event) => event.eventId === eventId);
      if (found?.status !== status)
        throw new Error(`event ${eventId} is ${found?.status ?? 'not there'}, not ${status}`);
      return found;
    },
    { withinMs: 20_000, everyMs: 100 },
  );
