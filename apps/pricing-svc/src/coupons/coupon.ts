import { hash } from 'node:crypto';
import type { Coupon } from '@kervan/contracts';
import type { Counts } from '../redemptions/redemption.store.ts';
import type { CouponDocument } from './coupon.store.ts';

/** A coupon as staff see it; without counts it was never used. */
export const couponOf = (document: CouponDocument, { held, used }: Counts = { held: 0, used: 0 }): Coupon => {
  const { code, promotionId, maxUses, maxUsesPerCustomer, enabled, version } = document;
  return {
    id: document._id,
    code,
    promotionId,
    maxUses,
    maxUsesPerCustomer,
    usedCount: used,
    heldCount: held,
    enabled,
    version,
    createdAt: document.createdAt.toISOString(),
  };
};

/** Letters and digits that are not taken for each other, and of which no words are made: there is no vowel. */
const ALPHABET = 'BCDFGHJKMPQRTVWXY2346789';

/**
 * The code of this number under a seed: the same each time, and without the seed nobody can say the next. 512 random bits
 * for at most 24 letters: none is likelier than another in any way that could be measured.
 */
export const drawCode = (
  seed: string,
  number: number,
  { prefix, length }: { readonly prefix: string; readonly length: number },
): string => {
  const base = BigInt(ALPHABET.length);
  let rest = BigInt(`0x${hash('sha512', `${seed} ${number}`, 'hex')}`);
  let code = prefix;
  for (let index = 0; index < length; index++) {
    code += ALPHABET[Number(rest % base)] ?? '';
    rest /= base;
  }
  return code;
};
