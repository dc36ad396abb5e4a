import { hash } from 'node:crypto';
import {
  fail,
  ok,
  PromotionUse,
  REASON_TEXTS,
  type Reason,
  type Redemption as Reply,
  RedemptionStatus,
  type Result,
} from '@kervan/contracts';
import { changeEntry, type Entry } from '@kervan/store';
import { z } from 'zod';
import {
  couponTally,
  type LimitedCoupon,
  type LimitedPromotion,
  promotionTally,
  talliesOf,
  type Tally,
} from './tally.ts';

const Stamps = { version: z.number().int(), createdAt: z.date(), updatedAt: z.date() };

/**
 * What one order holds or has redeemed; `_id` is the order's id, `tallies` are the keys a use counts on. `late`: the order
 * had ended and took its uses once more, for a payment that came late. `orderSequence` is the last event of the order
 * that was applied (0: none).
 */
export const Redemption = z.object({
  _id: z.string(),
  tenant: z.string(),
  status: RedemptionStatus,
  uses: z.array(PromotionUse.extend({ tallies: z.array(z.string()).readonly() })).readonly(),
  late: z.boolean(),
  orderSequence: z.number().int(),
  ...Stamps,
});
export type Redemption = z.infer<typeof Redemption>;

/**
 * The uses under one key of a shop: those of drafts, and those of confirmed orders. `limit` is the largest one under which
 * they were taken (null: under none), so that whoever checks can tell a limit that was lowered from one that was exceeded.
 */
export const TallyRow = z.object({
  _id: z.string(),
  tenant: z.string(),
  key: z.string(),
  held: z.number().int(),
  used: z.number().int(),
  limit: z.number().int().nullable(),
  ...Stamps,
});
export type TallyRow = z.infer<typeof TallyRow>;

/** The id of a tally. */
export const tallyId = (tenant: string, key: string): string =>
  `tally_${hash('sha256', JSON.stringify([tenant, key]), 'base64url').slice(0, 27)}`;

/** The documents a batch of commands is decided over, in memory. Whoever refuses leaves them as they were. */
export type Uses = {
  readonly now: Date;
  /** By order id. */
  readonly redemptions: Map<string, Entry<Redemption>>;
  /** By tally id. */
  readonly tallies: Map<string, Entry<TallyRow>>;
  /** What limits a use, as the shop's staff have it at this moment. */
  readonly limitsOf: (tenant: string, use: PromotionUse) => Limits;
};
/** Of what is gone by now nothing is limited any more: a price that was promised with it stands. */
export type Limits = { readonly promotion: LimitedPromotion; readonly coupon: LimitedCoupon | null };

/** Which order of which shop, and whether it has ended before and come back for a late payment. */
type OrderRef = { readonly tenant: string; readonly orderId: string; readonly late: boolean };
/** `customer` as `customerKey` makes it. */
export type Hold = OrderRef & { readonly uses: readonly PromotionUse[]; readonly customer: string | null };
/** `sequence` is the place of the event among those of its order. */
export type Redeem = OrderRef & { readonly uses: readonly PromotionUse[]; readonly sequence: number };
/** Without a `sequence` it is a call: then nothing is undone that the order has said. */
export type Release = OrderRef & { readonly sequence?: number };

/** A redemption of another shop is as if there were none, but its place is taken. */
const isForeign = (known: Entry<Redemption> | undefined, { tenant }: OrderRef): boolean =>
  known !== undefined && known.current.tenant !== tenant;

/** Whether an event comes too late to mean anything: it, or a later one, has been applied. */
const isOvertaken = ({ orderSequence }: Redemption, sequence: number | undefined): boolean =>
  sequence !== undefined && sequence <= orderSequence;

/** The tally under a key; a new one on which nothing counts when there is none. */
const tallyOf = ({ tallies, now }: Uses, tenant: string, key: string): Entry<TallyRow> => {
  const _id = tallyId(tenant, key);
  const there = tallies.get(_id);
  if (there !== undefined) return there;
  const current = { _id, tenant, key, held: 0, used: 0, limit: null, version: 1, createdAt: now, updatedAt: now };
  const made: Entry<TallyRow> = { stored: null, current };
  tallies.set(_id, made);
  return made;
};

/** What a use does to its tallies in each status; released, nothing. */
const COUNTS = { held: { held: 1, used: 0 }, redeemed: { held: 0, used: 1 } } as const;

/** Puts a redemption in its place, and moves its tallies from what it was to what it is. */
const enter = (
  uses: Uses,
  { tenant, orderId }: OrderRef,
  fields: Pick<Redemption, 'status' | 'uses' | 'late' | 'orderSequence'>,
): Redemption => {
  const known = uses.redemptions.get(orderId);
  const was = known?.current;
  if (was?.status !== fields.status) {
    if (was !== undefined) count(uses, tenant, was, -1);
    count(uses, tenant, fields, 1);
  }
  if (known !== undefined && was !== undefined) return changeEntry(known, { ...was, ...fields }, uses.now);
  const current = { _id: orderId, tenant, ...fields, version: 1, createdAt: uses.now, updatedAt: uses.now };
  uses.redemptions.set(orderId, { stored: null, current });
  return current;
};

const count = (uses: Uses, tenant: string, of: Pick<Redemption, 'status' | 'uses'>, sign: 1 | -1): void => {
  if (of.status === 'released') return;
  const { held, used } = COUNTS[of.status];
  for (const key of of.uses.flatMap(({ tallies }) => tallies)) {
    const entry = tallyOf(uses, tenant, key);
    const { current } = entry;
    changeEntry(entry, { ...current, held: current.held + sign * held, used: current.used + sign * used }, uses.now);
  }
};

/** Notes the limit under which one more use is about to be counted. */
const noteLimit = (uses: Uses, tenant: string, { key, limit }: Tally): void => {
  const entry = tallyOf(uses, tenant, key);
  const { current } = entry;
  const isFirst = current.held + current.used === 0;
  const isUnlimited = limit === null || (current.limit === null && !isFirst);
  const noted = isUnlimited ? null : isFirst ? limit : Math.max(limit, current.limit ?? 0);
  if (noted !== current.limit) changeEntry(entry, { ...current, limit: noted }, uses.now);
};

/** A use that finds no room, and why. */
type Exhausted = { readonly promotionId: string; readonly code: string | null; readonly reason: Reason };

/** The uses for which there is no room, each beside those before it. */
const exhaustedOf = (
  uses: Uses,
  tenant: string,
  wanted: readonly { readonly use: PromotionUse; readonly tallies: readonly Tally[] }[],
): Exhausted[] => {
  const taken = new Map<string, number>();
  return wanted.flatMap(({ use: { promotionId, code }, tallies }) => {
    const standing = tallies.map((tally) => {
      const row = uses.tallies.get(tallyId(tenant, tally.key))?.current;
      return { ...tally, uses: (row?.held ?? 0) + (row?.used ?? 0) + (taken.get(tally.key) ?? 0) };
    });
    const full = standing.find(({ limit, uses: counted }) => limit !== null && counted >= limit);
    if (full !== undefined) {
      const why = full.perCustomer ? 'customer_used_up' : 'used_up';
      return [{ promotionId, code, reason: { code: why, ...REASON_TEXTS[why] } }];
    }
    for (const { key } of tallies) taken.set(key, (taken.get(key) ?? 0) + 1);
    return [];
  });
};

/**
 * All uses or none, once per order, and once more for a late payment. coupon_exhausted (`details.uses`: which, and why),
 * reservation_closed (the order gave them back), not_found (another shop's order)
 */
export const hold = (uses: Uses, command: Hold): Result<Redemption> => {
  const { tenant, orderId, late, customer } = command;
  const known = uses.redemptions.get(orderId);
  if (isForeign(known, command)) return fail('not_found');
  const current = known?.current;
  if (current?.status === 'redeemed') return ok(current);
  // The end of the order's first life may still be on its way: it must not take these away.
  if (current?.status === 'held')
    return ok(late && !current.late ? enter(uses, command, { ...current, late }) : current);
  // Once more is once: an end of the second life that overtakes its hold is not undone by it.
  if (current !== undefined && (!late || current.late)) return fail('reservation_closed', { status: current.status });
  const wanted = command.uses.map((use) => {
    const { promotion, coupon } = uses.limitsOf(tenant, use);
    return { use, tallies: talliesOf(promotion, coupon, customer) };
  });
  const exhausted = exhaustedOf(uses, tenant, wanted);
  if (exhausted.length > 0) return fail('coupon_exhausted', { uses: exhausted });
  for (const tally of wanted.flatMap(({ tallies }) => tallies)) noteLimit(uses, tenant, tally);
  const counted = wanted.map(({ use, tallies }) => ({ ...use, tallies: tallies.map(({ key }) => key) }));
  const orderSequence = current?.orderSequence ?? 0;
  return ok(enter(uses, command, { status: 'held', uses: counted, late, orderSequence }));
};

/** The keys a use counts on whoever the customer is. */
export const commonTallies = ({ promotionId, couponId }: PromotionUse): string[] => [
  promotionTally(promotionId),
  ...(couponId === null ? [] : [couponTally(couponId)]),
];

/**
 * The order is confirmed: what it holds is used. What it had given back, or never held, is used all the same, whatever the
 * limit: the price has been paid. not_found (another shop's order)
 */
export const redeem = (uses: Uses, command: Redeem): Result<Redemption> => {
  const { orderId, late, sequence } = command;
  const known = uses.redemptions.get(orderId);
  if (isForeign(known, command)) return fail('not_found');
  const current = known?.current;
  if (current !== undefined && isOvertaken(current, sequence)) return ok(current);
  const had = current?.uses ?? [];
  const counted = had.length > 0 ? had : command.uses.map((use) => ({ ...use, tallies: commonTallies(use) }));
  const isLate = late || current?.late === true;
  return ok(enter(uses, command, { status: 'redeemed', uses: counted, late: isLate, orderSequence: sequence }));
};

/**
 * The order has ended: what it holds is free again, and what it had redeemed too, when the order itself says so. An order
 * nobody knows is remembered, so that a hold that comes late is refused. The end of its first life means nothing once it
 * has come back for a late payment. not_found (another shop's order)
 */
export const release = (uses: Uses, command: Release): Result<Redemption> => {
  const { orderId, late, sequence } = command;
  const known = uses.redemptions.get(orderId);
  if (isForeign(known, command)) return fail('not_found');
  const released = { status: 'released', uses: [], late, orderSequence: sequence ?? 0 } as const;
  if (known === undefined) return ok(enter(uses, command, released));
  const { current } = known;
  if (isOvertaken(current, sequence) || (current.late && !late)) return ok(current);
  if (current.status === 'redeemed' && sequence === undefined) return ok(current);
  const isRepeat = current.status === 'released' && current.late === late && sequence === undefined;
  if (isRepeat) return ok(current);
  return ok(
    enter(uses, command, { ...released, uses: current.uses, orderSequence: sequence ?? current.orderSequence }),
  );
};

/** A redemption as callers see it. */
export const redemptionReply = ({ _id, status, uses, createdAt, updatedAt }: Redemption): Reply => ({
  orderId: _id,
  status,
  uses: uses.map(({ promotionId, couponId, code }) => ({ promotionId, couponId, code })),
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
});
