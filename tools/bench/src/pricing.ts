import { z } from 'zod';
import type { Shop } from './shop.ts';
import type { Stack } from './stack.ts';

/** A shop of its own for prices, with a key and the goods of full carts. */
export type PricedShop = { readonly tenant: string; readonly apiKey: string; readonly goods: readonly Goods[] };
export type Goods = { readonly variantId: string; readonly productId: string; readonly brandId: string };

const Tenant = z.object({ apiKey: z.string() });
const Made = z.object({ id: z.string() });
const MadeProduct = Made.extend({ variants: z.array(Made).length(1) });

/** How many promotions the shop has, and how many goods: as many as a cart may have lines. */
const PROMOTIONS = 100;
const GOODS = 200;
const BRANDS = 20;

/** Automatic promotions of all kinds: of some goods or a brand, which go together, and of the whole order, of which the best counts. */
const promotion = (index: number, goods: readonly Goods[]) => {
  const common = {
    name: { tr: `Kampanya ${index}`, en: `Promotion ${index}` },
    automatic: true,
    priority: index % 10,
  };
  const some = Array.from({ length: 5 }, (_, at) => goods[(index * 7 + at * 31) % goods.length]);
  const productIds = some.flatMap((one) => one?.productId ?? []);
  const brandIds = some.flatMap((one) => one?.brandId ?? []).slice(0, 1);
  switch (index % 5) {
    case 0:
      return {
        ...common,
        kind: 'percentage',
        value: 500 + index,
        scope: 'items',
        stackable: true,
        conditions: { productIds },
      };
    case 1:
      return { ...common, kind: 'percentage', value: 1_000, conditions: { minSubtotal: index * 1_000 } };
    case 2:
      return { ...common, kind: 'fixed', value: 250, scope: 'items', stackable: true, conditions: { brandIds } };
    case 3:
      return {
        ...common,
        kind: 'buyXGetY',
        buyQuantity: 2,
        getQuantity: 1,
        stackable: true,
        conditions: { productIds },
      };
    default:
      return { ...common, kind: 'fixed', value: 500, conditions: { minSubtotal: 100_000 + index * 1_000 } };
  }
};

/** Makes a shop with KDV, bands of shipping, a fee, goods and a hundred promotions. */
export const openPricedShop = async (shop: Shop, stack: Stack): Promise<PricedShop> => {
  const slug = `bench-${Date.now().toString(36)}`;
  const platform = { authorization: `Bearer ${stack.platformKey}` };
  const { apiKey } = Tenant.parse(
    await shop.request('POST', '/api/v1/platform/tenants', { slug, name: slug }, platform),
  );
  const headers = headersOf({ tenant: slug, apiKey });
  const make = async <Reply extends z.ZodType>(path: string, body: unknown, reply: Reply): Promise<z.output<Reply>> =>
    reply.parse(await shop.request('POST', `/api/v1/admin/${path}`, body, headers));

  const { id: geozoneId } = await make('geozones', { name: 'Türkiye', includes: [{ country: 'TR' }] }, Made);
  for (const [taxClass, rate] of [
    ['standard', 2_000],
    ['reduced', 1_000],
  ] as const) {
    await make('tax-rates', { geozoneId, taxClass, rate, included: true, name: 'KDV' }, Made);
  }
  const bands = [
    { from: 0, to: 5_000, amount: 4_990 },
    { from: 5_000, amount: 9_990 },
  ];
  const method = {
    code: 'standard',
    name: { tr: 'Standart', en: 'Standard' },
    rates: [{ geozoneId, basis: 'weight', bands, freeFrom: 10_000_000 }],
    minDays: 1,
    maxDays: 3,
  };
  await make('shipping-methods', method, Made);
  await make('fee-rules', { code: 'packaging', name: { tr: 'Paket', en: 'Packaging' }, amount: 990 }, Made);

  const brands: string[] = [];
  for (let index = 0; index < BRANDS; index++) {
    brands.push((await make('brands', { name: `Brand ${index}` }, Made)).id);
  }
  const goods: Goods[] = [];
  for (let index = 0; index < GOODS; index++) {
    const brandId = brands[index % BRANDS] ?? '';
    const sku = `BENCH-${String(index).padStart(3, '0')}`;
    const variants = [{ sku, price: 1_990 + index * 137, weightGrams: 250, stock: 1_000_000 }];
    const taxClass = index % 3 === 0 ? 'reduced' : 'standard';
    const product = await make('products', { title: sku, brandId, taxClass, variants }, MadeProduct);
    goods.push({ variantId: product.variants[0]?.id ?? '', productId: product.id, brandId });
  }
  for (let index = 0; index < PROMOTIONS; index++) await make('promotions', promotion(index, goods), Made);
  return { tenant: slug, apiKey, goods };
};

/** How a caller says that it acts for the shop. */
export const headersOf = ({ tenant, apiKey }: Pick<PricedShop, 'tenant' | 'apiKey'>): Record<string, string> => ({
  authorization: `Bearer ${apiKey}`,
  'x-tenant': tenant,
});

/** What is asked for the price of so many lines. */
export const previewOf = ({ goods }: PricedShop, lines: number) => ({
  currency: 'TRY',
  destination: { country: 'TR', region: '34', postalCode: '34710' },
  shippingMethod: 'standard',
  lines: goods.slice(0, lines).map(({ productId, brandId }, index) => ({
    sku: `BENCH-${String(index).padStart(3, '0')}`,
    productId,
    brandId,
    quantity: 1 + (index % 4),
    unitPrice: 1_990 + index * 137,
    taxClass: index % 3 === 0 ? 'reduced' : 'standard',
    weightGrams: 250,
  })),
});
