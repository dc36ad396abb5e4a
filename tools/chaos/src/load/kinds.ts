import { checkoutBody, type Reply } from '@kervan/testing/shop';
import { z } from 'zod';
import {
  askCheckout,
  call,
  checkOut,
  comesBack,
  endStep,
  fill,
  fillWith,
  follow,
  giveUp,
  insist,
  linger,
  order,
  pause,
  payWith,
  STUBBORN_MS,
  tryAgain,
  useCoupon,
  type Buyer,
  type Placed,
} from './buyer.ts';
import { wantGoods, type Goods, type Provider } from './shops.ts';

/** What somebody comes for, and how many of a round of buyers do. */
export type Kind = {
  readonly weight: number;
  /** From coming in to going away. Whatever goes wrong is written down, not thrown. */
  readonly act: (buyer: Buyer) => Promise<void>;
};

/** How long a buyer looks after his order once he has paid, and at most for the end of its time, in milliseconds. */
const LOOKS_MS = 4_000;
const LONGEST_WAIT_MS = 60_000;

/** Some look whether it has worked, others go away. */
const lookAfter = async (buyer: Buyer, placed: Placed): Promise<void> => {
  if (buyer.random.chance(0.6)) await follow(buyer, placed, LOOKS_MS);
};
const otherThan = (provider: Provider): Provider => (provider === 'stripe' ? 'sandbox' : 'stripe');

const pays = async (buyer: Buyer): Promise<void> => {
  const placed = await order(buyer);
  if (placed === null) return;
  await payWith(buyer, placed, 'good');
  await lookAfter(buyer, placed);
};

const paysWithAnotherCard = async (buyer: Buyer): Promise<void> => {
  const placed = await order(buyer);
  if (placed === null) return;
  await payWith(buyer, placed, buyer.random.pick(['declined', 'poor']));
  await payWith(buyer, placed, 'good');
  await lookAfter(buyer, placed);
};

const isDeclined = async (buyer: Buyer): Promise<void> => {
  const placed = await order(buyer);
  if (placed === null) return;
  await payWith(buyer, placed, buyer.random.pick(['declined', 'poor']));
  if (buyer.random.chance(0.5)) await giveUp(buyer, placed);
};

const leaves = async (buyer: Buyer): Promise<void> => {
  await order(buyer);
};

const cancels = async (buyer: Buyer): Promise<void> => {
  const placed = await order(buyer);
  if (placed === null) return;
  await Promise.all(Array.from({ length: buyer.random.between(1, 2) }, () => giveUp(buyer, placed)));
  if (buyer.random.chance(0.3)) await payWith(buyer, placed, 'good');
};

const cancelsWhilePaying = async (buyer: Buyer): Promise<void> => {
  const placed = await order(buyer);
  if (placed === null) return;
  await Promise.all([payWith(buyer, placed, 'good'), giveUp(buyer, placed)]);
  await lookAfter(buyer, placed);
};

const doubleClicks = async (buyer: Buyer): Promise<void> => {
  const cartId = await fill(buyer);
  if (cartId === null) return;
  const key = buyer.newKey();
  const [first, second] = await Promise.all([checkOut(buyer, cartId, { key }), checkOut(buyer, cartId, { key })]);
  const placed = first ?? second;
  if (placed === null) return;
  await Promise.all([payWith(buyer, placed, 'good'), payWith(buyer, placed, 'good')]);
  await lookAfter(buyer, placed);
};

const hasTwoTabs = async (buyer: Buyer): Promise<void> => {
  const cartId = await fill(buyer);
  if (cartId === null) return;
  const orders = await Promise.all([checkOut(buyer, cartId), checkOut(buyer, cartId)]);
  for (const placed of orders) if (placed !== null) await payWith(buyer, placed, 'good');
};

/**
 * Pays about when the time of the order is over, or so that its money is heard of only afterwards: of goods others want
 * too, which may be gone by then.
 */
const comesLate = async (buyer: Buyer): Promise<void> => {
  const { shop, random } = buyer;
  const goods = wantGoods(shop, random, random.pick(['last', 'small']));
  const cartId = await fillWith(buyer, [{ ...goods, quantity: 1 }]);
  if (cartId !== null && random.chance(0.5)) await useCoupon(buyer, cartId, shop.offer.code);
  const placed = cartId === null ? null : await checkOut(buyer, cartId);
  if (placed === null) return;
  if (random.chance(0.4)) {
    const leftMs = Date.parse(placed.order.reservedUntil ?? '') - Date.now() + random.between(-300, 700);
    await linger(buyer, Math.min(leftMs, LONGEST_WAIT_MS));
    await payWith(buyer, placed, 'good');
  } else if (placed.provider === 'sandbox') {
    await payWith(buyer, placed, 'silent');
    await follow(buyer, placed, LONGEST_WAIT_MS);
  } else {
    // A payment that is under way cannot be called off: it goes through when the goods are free again.
    if ((await payWith(buyer, placed, 'slow')) !== 'processing') return;
    const status = await follow(buyer, placed, LONGEST_WAIT_MS);
    if (status === 'expired' && random.chance(0.5)) await sellElsewhere(buyer, goods);
    await endStep(buyer, placed, true);
  }
  await comesBack(buyer, placed);
};

const insists = async (buyer: Buyer): Promise<void> => {
  const placed = await order(buyer, { withinMs: STUBBORN_MS });
  if (placed === null) return;
  await payWith(buyer, placed, 'good', STUBBORN_MS);
  await follow(buyer, placed, STUBBORN_MS);
};

const paysAnotherWay = async (buyer: Buyer): Promise<void> => {
  const placed = await order(buyer);
  if (placed === null) return;
  if (buyer.random.chance(0.5)) await payWith(buyer, placed, 'declined');
  const provider = buyer.random.chance(0.7) ? otherThan(placed.provider) : placed.provider;
  const again = await tryAgain(buyer, placed, provider);
  if (again === null) return;
  await payWith(buyer, again, 'good');
  await lookAfter(buyer, placed);
};

const paysTwice = async (buyer: Buyer): Promise<void> => {
  const placed = await order(buyer);
  if (placed === null) return;
  const again = await tryAgain(buyer, placed, buyer.random.pick([placed.provider, otherThan(placed.provider)]));
  await Promise.all([placed, ...(again === null ? [] : [again])].map((each) => payWith(buyer, each, 'good')));
  await lookAfter(buyer, placed);
};

const closesTheBrowser = async (buyer: Buyer): Promise<void> => {
  const placed = await order(buyer);
  if (placed !== null) await payWith(buyer, placed, buyer.random.pick(['good', 'silent']));
};

const returns = async (buyer: Buyer): Promise<void> => {
  const placed = await order(buyer);
  if (placed === null) return;
  if (buyer.random.chance(0.3)) await comesBack(buyer, placed);
  await payWith(buyer, placed, buyer.random.pick(['good', 'silent']));
  await Promise.all(Array.from({ length: buyer.random.between(1, 4) }, () => comesBack(buyer, placed)));
};

const paysSlowly = async (buyer: Buyer): Promise<void> => {
  const placed = await order(buyer);
  if (placed === null || (await payWith(buyer, placed, 'slow')) !== 'processing') return;
  await pause(buyer, 100, 1_500);
  if (placed.provider === 'stripe') await endStep(buyer, placed, buyer.random.chance(0.7));
  await lookAfter(buyer, placed);
};

const isAskedByTheBank = async (buyer: Buyer): Promise<void> => {
  const placed = await order(buyer);
  if (placed === null || (await payWith(buyer, placed, 'asks')) !== 'requires_action') return;
  await pause(buyer, 50, 500);
  const passed = buyer.random.chance(0.6);
  await endStep(buyer, placed, passed);
  if (!passed && buyer.random.chance(0.5)) await payWith(buyer, placed, 'good');
  if (buyer.random.chance(0.5)) await comesBack(buyer, placed);
};

const TotalChanged = z.object({ amount: z.number() });

const wasShownAnotherTotal = async (buyer: Buyer): Promise<void> => {
  const cartId = await fill(buyer);
  if (cartId === null) return;
  const refused = await askCheckout(buyer, cartId, { expectedTotal: 1 });
  const shown = TotalChanged.safeParse(refused?.body);
  if (refused?.status !== 409 || !shown.success) return;
  const placed = await checkOut(buyer, cartId, { expectedTotal: shown.data.amount });
  if (placed !== null) await payWith(buyer, placed, 'good');
};

const wantsTooMuch = async (buyer: Buyer): Promise<void> => {
  const { shop, random } = buyer;
  const cartId = await fillWith(buyer, [{ ...wantGoods(shop, random, 'last'), quantity: random.between(500, 900) }]);
  if (cartId !== null) await askCheckout(buyer, cartId);
};

/** Two want the very last pieces at once. */
const wantsTheLast = async (buyer: Buyer): Promise<void> => {
  const goods = { ...wantGoods(buyer.shop, buyer.random, 'last'), quantity: buyer.random.between(1, 2) };
  const one = async (): Promise<void> => {
    const cartId = await fillWith(buyer, [goods]);
    const placed = cartId === null ? null : await checkOut(buyer, cartId);
    if (placed !== null) await payWith(buyer, placed, 'good');
  };
  await Promise.all([one(), one()]);
};

/** Staff: a coupon nobody else has, for so many uses; its code, null when it cannot be had. */
const issueCoupon = async (buyer: Buyer, maxUses: number): Promise<string | null> => {
  const { shop, newKey } = buyer;
  const key = newKey();
  const body = { code: key, promotionId: shop.offer.promotionId, maxUses };
  const issued = await insist(buyer, { call: 'issueCoupon', key }, () =>
    shop.staff('/admin/coupons', { method: 'POST', headers: { 'idempotency-key': key }, body }),
  );
  return issued?.status === 201 ? key : null;
};

/** Three have the same coupon in their carts, and fewer may use it. */
const wantsTheCoupon = async (buyer: Buyer): Promise<void> => {
  const { shop, random } = buyer;
  const code = await issueCoupon(buyer, random.between(1, 2));
  if (code === null) return;
  const goods = { ...wantGoods(shop, random, 'plenty'), quantity: 1 };
  const carts = await Promise.all([1, 2, 3].map(() => fillWith(buyer, [goods])));
  const filled = carts.filter((cartId) => cartId !== null);
  await Promise.all(filled.map((cartId) => useCoupon(buyer, cartId, code)));
  const orders = await Promise.all(filled.map((cartId) => checkOut(buyer, cartId)));
  for (const placed of orders) {
    if (placed === null) continue;
    if (random.chance(0.7)) await payWith(buyer, placed, 'good');
    else if (random.chance(0.5)) await giveUp(buyer, placed);
  }
};

const changesHisMind = async (buyer: Buyer): Promise<void> => {
  const cartId = await fill(buyer);
  if (cartId === null) return;
  const key = buyer.newKey();
  const placed = await checkOut(buyer, cartId, { key });
  const body = { ...checkoutBody(cartId, buyer.shop.provider), note: 'as a gift' };
  await call(buyer, { call: 'checkout', cartId, key }, () =>
    buyer.shop.buyer('/checkout', { method: 'POST', headers: { 'idempotency-key': key }, body }),
  );
  if (placed !== null) await payWith(buyer, placed, 'good');
};

const errs = async (buyer: Buyer): Promise<void> => {
  const cartId = await fillWith(buyer, []);
  if (cartId === null) return;
  for (const each of [cartId, 'cart_nowhere']) await askCheckout(buyer, each);
  const orderNo = '0000-0000-0000';
  await call(buyer, { call: 'track', orderNo }, () => buyer.shop.buyer(`/orders/track/${orderNo}`));
};

/** Staff: pieces come in, or go out (negative), under a key until it is known to be booked. */
const adjust = (buyer: Buyer, sku: string, quantity: number, key = buyer.newKey()): Promise<Reply | null> =>
  insist(
    buyer,
    { call: 'adjust', key, sku, quantity },
    () =>
      buyer.shop.staff(`/admin/stock/${encodeURIComponent(sku)}/adjust`, {
        method: 'POST',
        headers: { 'idempotency-key': key },
        body: { delta: quantity, reason: 'count' },
      }),
    STUBBORN_MS,
  );

const movesStock = async (buyer: Buyer): Promise<void> => {
  const { shop, random } = buyer;
  const { sku, shelf } = wantGoods(shop, random, random.pick(['last', 'last', 'small', 'hot', 'plenty']));
  // More comes in than goes out: the last pieces are bought all the time.
  const quantity = random.chance(0.8) ? random.between(1, shelf === 'hot' ? 40 : 3) : -random.between(1, 3);
  const key = buyer.newKey();
  await Promise.all(Array.from({ length: random.chance(0.2) ? 2 : 1 }, () => adjust(buyer, sku, quantity, key)));
};

const Stock = z.object({ data: z.tuple([z.object({ available: z.number() })]) });

/** Staff: all that is left of some goods goes over the counter. */
const sellElsewhere = async (buyer: Buyer, { sku }: Goods): Promise<void> => {
  const ask = () => buyer.shop.staff(`/admin/stock?sku=${encodeURIComponent(sku)}`);
  const stock = Stock.safeParse((await insist(buyer, { call: 'list' }, ask))?.body);
  const left = stock.success ? stock.data.data[0].available : 0;
  if (left > 0) await adjust(buyer, sku, -left);
};

const LISTS = ['/admin/orders', '/admin/orders?status=draft', '/admin/payments', '/admin/stock', '/admin/reservations'];

/** Staff: looks at what there is. */
const readsLists = async (buyer: Buyer): Promise<void> => {
  const path = buyer.random.pick(LISTS);
  await call(buyer, { call: 'list' }, () => buyer.shop.staff(path));
};

/** Everybody who comes, by what they do. */
export const KINDS = {
  pays: { weight: 26, act: pays },
  insists: { weight: 12, act: insists },
  paysWithAnotherCard: { weight: 6, act: paysWithAnotherCard },
  isDeclined: { weight: 4, act: isDeclined },
  leaves: { weight: 5, act: leaves },
  cancels: { weight: 5, act: cancels },
  cancelsWhilePaying: { weight: 4, act: cancelsWhilePaying },
  doubleClicks: { weight: 6, act: doubleClicks },
  hasTwoTabs: { weight: 4, act: hasTwoTabs },
  comesLate: { weight: 4, act: comesLate },
  paysAnotherWay: { weight: 5, act: paysAnotherWay },
  paysTwice: { weight: 4, act: paysTwice },
  closesTheBrowser: { weight: 8, act: closesTheBrowser },
  returns: { weight: 8, act: returns },
  paysSlowly: { weight: 4, act: paysSlowly },
  isAskedByTheBank: { weight: 5, act: isAskedByTheBank },
  wasShownAnotherTotal: { weight: 2, act: wasShownAnotherTotal },
  wantsTooMuch: { weight: 2, act: wantsTooMuch },
  wantsTheLast: { weight: 5, act: wantsTheLast },
  wantsTheCoupon: { weight: 5, act: wantsTheCoupon },
  changesHisMind: { weight: 2, act: changesHisMind },
  errs: { weight: 2, act: errs },
  movesStock: { weight: 8, act: movesStock },
  readsLists: { weight: 4, act: readsLists },
} as const satisfies Record<string, Kind>;
export type KindName = keyof typeof KINDS;
