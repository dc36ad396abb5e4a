import { setTimeout as wait } from 'node:timers/promises';
import {
  answerStep,
  CARDS,
  comeBack,
  endPayment,
  expectCart,
  intentIdOf,
  pay,
  payByCard,
  readCheckout,
  tryAdd,
  tryCancel,
  tryCart,
  tryCheckout,
  tryCoupon,
  tryPayment,
  type CheckoutReply,
  type Reply,
} from '@kervan/testing/shop';
import { z } from 'zod';
import { outcomeOf, type Asked, type History } from './history.ts';
import type { Random } from './random.ts';
import { wantGoods, type Goods, type LoadShop, type Provider, type Shelf } from './shops.ts';

/** Between two tries of the same, in milliseconds: short, so that buyers are back as soon as the system is. */
const PAUSE_MS = { from: 150, to: 600 };

/** Who comes in: a name nobody else has, the shop, the chance that decides what comes next. */
export type Visitor = {
  readonly name: string;
  readonly shop: LoadShop;
  readonly random: Random;
  readonly history: History;
  /** Whoever waits longer for an answer takes it for lost. */
  readonly patienceMs: number;
  /** Aborted when the shop closes: nobody waits for anything any more. */
  readonly closing: AbortSignal;
};
/** One buyer, or one of the staff. */
export type Buyer = Visitor & {
  /** A key nobody else uses. */
  readonly newKey: () => string;
};

/** Somebody comes in, with patience for every answer and keys of his own. */
export const enter = (visitor: Visitor): Buyer => {
  const { name, shop, patienceMs } = visitor;
  let keys = 0;
  const patient: LoadShop = {
    ...shop,
    buyer: (path, options) => shop.buyer(path, { patienceMs, ...options }),
    staff: (path, options) => shop.staff(path, { patienceMs, ...options }),
  };
  return { ...visitor, shop: patient, newKey: () => `${name}-key-${++keys}` };
};

/** Does nothing for a while, as long as chance decides. */
export const pause = ({ random }: Buyer, fromMs: number, toMs: number): Promise<void> =>
  wait(random.between(fromMs, toMs));

/** Waits for so many milliseconds, or until the shop closes. */
export const linger = async ({ closing }: Buyer, ms: number): Promise<void> => {
  await wait(Math.max(0, ms), undefined, { signal: closing }).catch((error: unknown) => {
    if (!closing.aborted) throw error;
  });
};

type What = Omit<Asked, 'tenant' | 'by'>;

/** One call, written down. */
export const call = ({ history, shop, name }: Buyer, what: What, ask: () => Promise<Reply>): Promise<Reply | null> =>
  history.call({ ...what, tenant: shop.tenant, by: name }, ask);

/** How long somebody goes on asking for what got lost, in milliseconds. */
export const STUBBORN_MS = 45_000;
const HURRIED_MS = 3_000;

/** The same call again and again until it is known what came of it, or the time is up; the last answer. */
export const insist = async (
  buyer: Buyer,
  what: What,
  ask: () => Promise<Reply>,
  withinMs = HURRIED_MS,
): Promise<Reply | null> => {
  const giveUpAt = Date.now() + withinMs;
  for (;;) {
    const reply = await call(buyer, what, ask);
    if ((reply !== null && outcomeOf(reply) !== 'unknown') || Date.now() >= giveUpAt) return reply;
    await pause(buyer, PAUSE_MS.from, PAUSE_MS.to);
  }
};

/** One in so many carts has the coupon that everybody knows. */
const COUPON_SHARE = 0.25;

/**
 * A cart with one or two kinds of goods (of a shelf if told), a few pieces each, some with a coupon; null when it cannot be
 * had.
 */
export const fill = async (buyer: Buyer, shelf?: Shelf): Promise<string | null> => {
  const { shop, random } = buyer;
  const first = wantGoods(shop, random, shelf);
  const goods = random.chance(0.3) ? [first, wantGoods(shop, random)] : [first];
  const cartId = await fillWith(
    buyer,
    goods.map((each) => ({ ...each, quantity: random.chance(0.8) ? 1 : random.between(2, 3) })),
  );
  if (cartId !== null && random.chance(COUPON_SHARE)) await useCoupon(buyer, cartId, shop.offer.code);
  return cartId;
};

/** Uses a coupon for a cart; one that is used up is left where it is. */
export const useCoupon = (buyer: Buyer, cartId: string, code: string): Promise<Reply | null> =>
  insist(buyer, { call: 'coupon', cartId }, () => tryCoupon(buyer.shop, cartId, code));

/** A cart with these goods. */
export const fillWith = async (buyer: Buyer, goods: readonly (Goods & { quantity: number })[]) => {
  const { shop, newKey } = buyer;
  const cartKey = newKey();
  const made = await insist(buyer, { call: 'cart', key: cartKey }, () => tryCart(shop, cartKey));
  if (made?.status !== 201) return null;
  const { id: cartId } = expectCart(made, 201);
  for (const { sku, variantId, quantity } of goods) {
    const key = newKey();
    const asked = { call: 'add', cartId, key, sku, quantity };
    const added = await insist(buyer, asked, () => tryAdd(shop, cartId, { variantId, quantity }, key));
    if (added?.status !== 200) return null;
  }
  return cartId;
};

/** An order with a payment to be made, and where. */
export type Placed = CheckoutReply & { readonly provider: Provider };
type How = { key?: string; provider?: Provider; expectedTotal?: number; withinMs?: number };

/** Checks out under a key, as long as need be; the answer as it is. */
export const askCheckout = (
  buyer: Buyer,
  cartId: string,
  { key = buyer.newKey(), provider = buyer.shop.provider, withinMs, ...more }: How = {},
): Promise<Reply | null> =>
  insist(
    buyer,
    { call: 'checkout', cartId, key },
    () => tryCheckout(buyer.shop, cartId, { key, provider, patienceMs: buyer.patienceMs, ...more }),
    withinMs,
  );

/** The order of a cart; null when there is none, or nobody knows. */
export const checkOut = async (buyer: Buyer, cartId: string, how: How = {}): Promise<Placed | null> =>
  placedBy(await askCheckout(buyer, cartId, how), how.provider ?? buyer.shop.provider);

/** Fills a cart and orders it. */
export const order = async (buyer: Buyer, how: How & { shelf?: Shelf } = {}): Promise<Placed | null> => {
  const { shelf, ...rest } = how;
  const cartId = await fill(buyer, shelf);
  return cartId === null ? null : checkOut(buyer, cartId, rest);
};

/** Another attempt to pay the order; null when it cannot be had. */
export const tryAgain = async (buyer: Buyer, { order: { orderNo } }: Placed, provider: Provider) => {
  const key = buyer.newKey();
  const ask = () => tryPayment(buyer.shop, orderNo, provider, key);
  return placedBy(await insist(buyer, { call: 'retryPayment', orderNo, key, provider }, ask), provider);
};

const placedBy = (reply: Reply | null, provider: Provider): Placed | null =>
  reply?.status === 201 ? { ...readCheckout(reply), provider } : null;

/** Test cards by what they do, at each provider. `silent`: paid, and no webhook tells of it. */
const CARD_OF = {
  stripe: {
    good: 'pm_card_visa',
    declined: 'pm_card_chargeDeclined',
    poor: 'pm_card_visa_chargeDeclinedInsufficientFunds',
    asks: 'pm_card_authenticationRequired',
    slow: 'pm_delayed',
    // Webhooks of Stripe are kept back by whoever leads it, not by a card.
    silent: 'pm_card_mastercard',
  },
  sandbox: {
    good: CARDS.succeeds,
    declined: CARDS.declined,
    poor: CARDS.insufficientFunds,
    asks: CARDS.asks,
    slow: CARDS.slow,
    silent: CARDS.silent,
  },
} as const;
export type Card = keyof (typeof CARD_OF)['stripe'];

const Paying = z.object({ status: z.string() });

/** Pays on the provider's page; how the payment stands then (`succeeded`, `requires_action`, …), null when it was not taken. */
export const payWith = async (buyer: Buyer, placed: Placed, card: Card, withinMs = HURRIED_MS) => {
  const { shop, patienceMs } = buyer;
  const secret = placed.payment.clientSecret;
  // Nothing to pay: the order had its end when it was answered.
  if (secret === null) return null;
  const number = CARD_OF[placed.provider][card];
  const ask =
    placed.provider === 'stripe'
      ? () => payByCard(shop, placed, number, patienceMs)
      : () => pay(shop, secret, number, patienceMs);
  return standing(await insist(buyer, paying('pay', placed), ask, withinMs));
};

/**
 * The step the provider asked for is done, or not. At Stripe this is also how a delayed method comes to its end; the
 * sandbox's ends by itself.
 */
export const endStep = async (buyer: Buyer, placed: Placed, passed: boolean) => {
  const { shop, patienceMs } = buyer;
  const secret = placed.payment.clientSecret ?? '';
  const ask =
    placed.provider === 'stripe'
      ? () => endPayment(shop, placed, passed, patienceMs)
      : () => answerStep(shop, secret, passed ? 'pass' : 'fail', patienceMs);
  return standing(await insist(buyer, paying('step', placed), ask, STUBBORN_MS));
};

const paying = (name: 'pay' | 'step', { order: { orderNo }, payment, provider }: Placed): What => ({
  call: name,
  orderNo,
  provider,
  intentId: intentIdOf(payment.clientSecret),
});

const standing = (reply: Reply | null): string | null => {
  const paid = Paying.safeParse(reply?.body);
  return reply?.status === 200 && paid.success ? paid.data.status : null;
};

/** The buyer's browser is back and asks how the payment stands. */
export const comesBack = (buyer: Buyer, placed: Placed): Promise<Reply | null> =>
  insist(buyer, { call: 'confirm', orderNo: placed.order.orderNo }, () => comeBack(buyer.shop, placed));

/** The buyer gives the order up. */
export const giveUp = (buyer: Buyer, { order: { orderNo } }: Placed): Promise<Reply | null> =>
  insist(buyer, { call: 'cancel', orderNo }, () => tryCancel(buyer.shop, orderNo));

const Tracked = z.object({ status: z.string() });

/** Follows an order until it is no draft any more, the time is up or the shop closes; its status, null when nobody knows. */
export const follow = async (
  buyer: Buyer,
  { order: { orderNo } }: Placed,
  withinMs: number,
): Promise<string | null> => {
  const giveUpAt = Date.now() + withinMs;
  for (;;) {
    const reply = await call(buyer, { call: 'track', orderNo }, () => buyer.shop.buyer(`/orders/track/${orderNo}`));
    const tracked = Tracked.safeParse(reply?.body);
    const status = reply?.status === 200 && tracked.success ? tracked.data.status : null;
    const isOver = buyer.closing.aborted || Date.now() >= giveUpAt;
    if ((status !== null && status !== 'draft') || isOver) return status;
    await pause(buyer, PAUSE_MS.from, PAUSE_MS.to);
  }
};
