import { randomFillSync } from 'node:crypto';
import { z } from 'zod';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** The prefixes of opaque ids. */
export const ID_PREFIXES = {
  tenant: 'ten',
  apiKey: 'key',
  brand: 'brand',
  product: 'prod',
  variant: 'var',
  media: 'media',
  import: 'imp',
  cart: 'cart',
  cartLine: 'line',
  order: 'ord',
  address: 'addr',
  event: 'evt',
  ledger: 'led',
  geozone: 'zone',
  taxRate: 'tax',
  shippingMethod: 'ship',
  feeRule: 'fee',
  promotion: 'promo',
  coupon: 'coup',
  installmentTable: 'inst',
  provider: 'pprov',
  payment: 'pay',
  refund: 'ref',
  webhookEvent: 'whe',
  sandboxIntent: 'sbx',
} as const;
export type IdKind = keyof typeof ID_PREFIXES;

// Random bytes come in blocks: one call to the system per 4 KiB instead of one per id.
const pool = new Uint8Array(4096);
let used = pool.length;

/**
 * A new opaque id: prefix, 10 characters of time (milliseconds, so that ids sort by age) and 16 random ones (80 bits,
 * unguessable: a cart's id is the right to use the cart). Crockford's base32, lower case.
 */
export const newId = (kind: IdKind, now: number = Date.now()): string => {
  if (used + 16 > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  let time = '';
  let rest = now;
  for (let index = 0; index < 10; index++) {
    time = ALPHABET[rest % 32] + time;
    rest = Math.floor(rest / 32);
  }
  let random = '';
  for (let index = 0; index < 16; index++) random += ALPHABET[(pool[used++] ?? 0) & 31];
  return `${ID_PREFIXES[kind]}_${time}${random}`;
};

/** The shape of any opaque id that comes from outside. A made-up id has the right shape too: then nothing is found. */
export const Id = z
  .string()
  .min(1)
  .max(80)
  .regex(/^[A-Za-z0-9_:.-]+$/);
