import { setTimeout as sleep } from 'node:timers/promises';
import { readUsage } from './processes.ts';
import { headersOf, previewOf, type PricedShop } from './pricing.ts';
import { addItem, checkout, fullCart, newCart, orderStatus, setDelivery, type Shop } from './shop.ts';
import { record, summarize, type Summary, type Timings } from './timings.ts';

/** What one round of load came to. CPU in milliseconds per unit of work, by process. */
export type RoundResult = {
  name: string;
  buyers: number;
  seconds: number;
  perSecond: number;
  errors: number;
  firstError: string | null;
  calls: Record<string, Summary>;
  cpuMsEach: Record<string, number>;
  memoryMb: Record<string, number>;
};

/** One unit of work of one buyer; it times its calls itself. */
export type Work = (
  timed: <Answer>(name: string, call: () => Promise<Answer>) => Promise<Answer>,
  buyer: number,
) => Promise<void>;

/** Closed loop: every buyer starts again as soon as it is done, for so many seconds. */
export const runRound = async (
  name: string,
  options: { buyers: number; seconds: number; pids: Record<string, number> },
  work: Work,
): Promise<RoundResult> => {
  const timings: Timings = new Map();
  let errors = 0;
  let firstError: string | null = null;
  const before = readUsage(options.pids);
  const start = performance.now();
  const end = start + options.seconds * 1000;
  const timed = async <Answer>(call: string, run: () => Promise<Answer>): Promise<Answer> => {
    const from = performance.now();
    const answer = await run();
    record(timings, call, performance.now() - from);
    return answer;
  };
  const loop = async (buyer: number): Promise<void> => {
    while (performance.now() < end) {
      try {
        await timed(name, () => work(timed, buyer));
      } catch (error) {
        errors++;
        firstError ??= error instanceof Error ? error.message : String(error);
      }
    }
  };
  await Promise.all(Array.from({ length: options.buyers }, (_, buyer) => loop(buyer)));
  const seconds = (performance.now() - start) / 1000;
  const after = readUsage(options.pids);
  const done = timings.get(name)?.length ?? 0;
  return {
    name,
    buyers: options.buyers,
    seconds: round(seconds, 1),
    perSecond: round(done / seconds, 1),
    errors,
    firstError,
    calls: Object.fromEntries([...timings].map(([call, durations]) => [call, summarize(durations)])),
    cpuMsEach: Object.fromEntries(
      [...after].map(([process, usage]) => [
        process,
        round((usage.cpuMs - (before.get(process)?.cpuMs ?? 0)) / Math.max(1, done), 3),
      ]),
    ),
    memoryMb: Object.fromEntries([...after].map(([process, usage]) => [process, usage.memoryMb])),
  };
};

/** Cart, item, address and shipping, checkout, paid, confirmed: what a buyer does. */
export const journey =
  (shop: Shop, variants: readonly string[]): Work =>
  async (timed) => {
    const variant = variants[Math.floor(Math.random() * variants.length)] ?? '';
    const cartId = await timed('cart', () => newCart(shop));
    await timed('item', () => addItem(shop, cartId, variant));
    await timed('delivery', () => setDelivery(shop, cartId));
    const { orderNo, clientSecret } = await timed('checkout', () => checkout(shop, cartId));
    await timed('pay', () => shop.pay(clientSecret));
    await timed('confirmed', () => untilConfirmed(shop, orderNo));
  };

/** How often a page that waits for the confirmation looks, in milliseconds: forty times a second. */
const LOOK_MS = 25;

const untilConfirmed = async (shop: Shop, orderNo: string): Promise<void> => {
  const giveUp = performance.now() + 10_000;
  for (;;) {
    await sleep(LOOK_MS);
    const status = await orderStatus(shop, orderNo);
    if (status === 'confirmed') return;
    if (performance.now() > giveUp) throw new Error(`order is ${status} after 10 s`);
  }
};

/** Adds to one cart a buyer, over and over; a cart is full at 999 pieces of a line, then a new one begins. */
export const addToCart = (shop: Shop, variants: readonly string[]): Work => {
  const carts = new Map<number, { id: string; adds: number }>();
  return async (timed, buyer) => {
    let cart = carts.get(buyer);
    if (cart === undefined || cart.adds >= 900) {
      cart = { id: await newCart(shop), adds: 0 };
      carts.set(buyer, cart);
    }
    cart.adds++;
    const { id } = cart;
    await timed('add', () => addItem(shop, id, variants[buyer % variants.length] ?? ''));
  };
};

/** One more piece in a cart with as many lines as a cart may have, in a shop with many promotions; one cart a buyer. */
export const addToFullCart = async (shop: Shop, priced: PricedShop, buyers: number): Promise<Work> => {
  const variants = priced.goods.map(({ variantId }) => variantId);
  const carts = await Promise.all(Array.from({ length: buyers }, () => fullCart(shop, variants, priced.tenant)));
  return async (timed, buyer) => {
    const cart = carts[buyer] ?? '';
    const variant = variants[Math.floor(Math.random() * variants.length)] ?? '';
    await timed('add', () => addItem(shop, cart, variant, priced.tenant));
  };
};

/** The price of so many lines in a shop with many promotions. */
export const quote = (shop: Shop, priced: PricedShop, lines: number): Work => {
  const body = previewOf(priced, lines);
  const headers = headersOf(priced);
  return async (timed) => {
    await timed('quote', () => shop.command('POST', '/api/v1/admin/quotes/preview', body, headers));
  };
};

/** A page of twenty products. */
export const listProducts =
  (shop: Shop): Work =>
  async (timed) => {
    await timed('list', () => shop.command('GET', '/api/v1/products?limit=20'));
  };

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
