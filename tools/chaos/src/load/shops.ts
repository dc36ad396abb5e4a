import type { StripeFake } from '@kervan/testing';
import { addProduct, create, openStripeShop, sideBySide, type Place, type StripeShop } from '@kervan/testing/shop';
import type { Random } from './random.ts';

/**
 * How much there is of a product: more than enough, what everybody wants, a shelf full, the last pieces. What a shelf
 * begins with is not moved at once later on: a movement in the ledger then tells what it was made by.
 */
export const SHELVES = {
  plenty: { products: 4, pieces: 100_000, share: 0.5 },
  hot: { products: 1, pieces: 500, share: 0.2 },
  small: { products: 3, pieces: 30, share: 0.15 },
  last: { products: 3, pieces: 4, share: 0.15 },
} as const;
export type Shelf = keyof typeof SHELVES;

export type Goods = { readonly sku: string; readonly variantId: string; readonly shelf: Shelf };

/** A promotion that only coupons bring, and the code of one that everybody knows. */
export type Offer = { readonly promotionId: string; readonly code: string };

/** A shop under load: what it sells, and the provider its buyers pay with unless they change their minds. */
export type LoadShop = StripeShop & {
  readonly provider: Provider;
  readonly goods: readonly Goods[];
  readonly offer: Offer;
};
export type Provider = 'stripe' | 'sandbox';

/** An account at Stripe, and the tenant whose money is in it. */
export type StripeAccount = { readonly secretKey: string; readonly tenant: string };
/** The shops under load, and what is needed to look behind them. */
export type Shops = {
  readonly shops: readonly LoadShop[];
  readonly tenants: readonly { readonly slug: string; readonly apiKey: string }[];
  readonly accounts: readonly StripeAccount[];
};

/**
 * Opens a shop whose buyers pay with Stripe and one whose buyers pay with the sandbox (each has both, for whoever tries
 * another way), with goods on every kind of shelf. For a system that is well: rejects when something goes wrong.
 */
export const prepareShops = async (deps: { place: Place; stripe: StripeFake; random: Random }): Promise<Shops> => {
  const shops = [await prepareShop(deps, 'stripe'), await prepareShop(deps, 'sandbox')];
  return {
    shops,
    tenants: shops.map(({ tenant, apiKey }) => ({ slug: tenant, apiKey })),
    accounts: shops.map(({ secretKey, tenant }) => ({ secretKey, tenant })),
  };
};

const prepareShop = async (
  { place, stripe, random }: Parameters<typeof prepareShops>[0],
  provider: Provider,
): Promise<LoadShop> => {
  const shop = await openStripeShop(place, stripe);
  const prices = random.fork(`prices of ${provider}`);
  const wanted = SHELF_NAMES.flatMap((shelf) =>
    Array.from({ length: SHELVES[shelf].products }, () => ({ shelf, price: prices.between(1_000, 90_000) })),
  );
  const goods = await sideBySide(wanted, 4, async ({ shelf, price }): Promise<Goods> => {
    const { sku, variantId } = await addProduct(shop, { stock: SHELVES[shelf].pieces, price });
    return { sku, variantId, shelf };
  });
  return { ...shop, provider, goods, offer: await addOffer(shop) };
};

/** How many may use the coupon that everybody knows: some come too late for it. */
const KNOWN_USES = 60;

const addOffer = async (shop: StripeShop): Promise<Offer> => {
  const code = 'EVERYBODY';
  const promotionId = await create(shop, '/admin/promotions', { name: 'Ten', kind: 'percentage', value: 1_000 });
  await create(shop, '/admin/coupons', { code, promotionId, maxUses: KNOWN_USES });
  return { promotionId, code };
};

const SHELF_NAMES = ['plenty', 'hot', 'small', 'last'] as const satisfies readonly Shelf[];

/** Goods somebody wants, of a shelf if it must be that one. */
export const wantGoods = ({ goods }: Pick<LoadShop, 'goods'>, random: Random, shelf = wantShelf(random)): Goods =>
  random.pick(goods.filter((each) => each.shelf === shelf));

const wantShelf = (random: Random): Shelf => {
  let left = random.real();
  return SHELF_NAMES.find((shelf) => (left -= SHELVES[shelf].share) < 0) ?? 'plenty';
};
