import { hash } from 'node:crypto';
import { couponKey, ID_PREFIXES } from '@kervan/contracts';
import { type Collection, defineCollection, type New, type Stored } from '@kervan/store';
import { z } from 'zod';

/** `code` as it was written. `madeBy` is the keyed id of the call that made it: it tells a replay from a taken code. */
export type CouponDocument = Stored & {
  code: string;
  promotionId: string;
  maxUses: number | null;
  maxUsesPerCustomer: number | null;
  enabled: boolean;
  madeBy: string;
};
const CouponDocument: z.ZodType<CouponDocument> = z.object({
  _id: z.string(),
  tenant: z.string(),
  version: z.number().int(),
  createdAt: z.date(),
  updatedAt: z.date(),
  code: z.string(),
  promotionId: z.string(),
  maxUses: z.number().int().nullable(),
  maxUsesPerCustomer: z.number().int().nullable(),
  enabled: z.boolean(),
  madeBy: z.string(),
});

/** One document per code; `_id` is `couponId`. */
export const couponCollection = defineCollection<CouponDocument>({
  name: 'coupons',
  schema: CouponDocument,
  indexes: [{ key: { createdAt: 1, _id: 1 } }, { key: { promotionId: 1, createdAt: 1, _id: 1 } }],
});
export type CouponStore = Collection<CouponDocument>;

/**
 * The id of the coupon with this code, whichever way the code is written: a code is unique in its shop by construction,
 * and a quote reads the coupons of a cart by id. A code that is deleted and made again goes on counting its uses.
 */
export const couponId = (tenant: string, code: string): string =>
  `${ID_PREFIXES.coupon}_${hash('sha256', `${tenant}\n${couponKey(code)}`, 'base64url').slice(0, 26)}`;

/** The coupon with this id or, in any case, this code; null when there is none. */
export const findCoupon = async (coupons: CouponStore, tenant: string, ref: string): Promise<CouponDocument | null> => {
  const [found] = await coupons.getMany(tenant, [ref, couponId(tenant, ref)]);
  return found ?? null;
};

/**
 * Makes a coupon, or finds the one that the same call has made before; null when the code belongs to another. All that
 * are made in one turn are one command.
 */
export const makeCoupon = async (coupons: CouponStore, coupon: New<CouponDocument>): Promise<CouponDocument | null> => {
  const made = (await coupons.insert(coupon)) ?? (await coupons.get(coupon.tenant, coupon._id));
  return made?.madeBy === coupon.madeBy ? made : null;
};
