import { Coupon, PromotionRule, type PromotionUse } from '@kervan/contracts';
import {
  type Collection,
  type Deciding,
  defineCollection,
  isChanged,
  type Session,
  type Store,
  type Submit,
  writeEntries,
} from '@kervan/store';
import { reach } from '@kervan/test-points';
import { z } from 'zod';
import { couponCollection } from '../coupons/coupon.store.ts';
import { ruleSetCollection, ruleSetId } from '../rules/rule-set.store.ts';
import { commonTallies, type Limits, Redemption, tallyId, TallyRow, type Uses } from './redemption.ts';
import { type LimitedCoupon, type LimitedPromotion, talliesOf, type Taken } from './tally.ts';

/** One document per order that has uses to count; `_id` is the order's id. */
export const redemptionCollection = defineCollection<Redemption>({
  name: 'redemptions',
  schema: Redemption,
  indexes: [{ key: { createdAt: -1, _id: -1 } }],
});

/** One document for everything that counts; `_id` follows from the shop and the key. */
export const tallyCollection = defineCollection<TallyRow>({ name: 'tallies', schema: TallyRow, indexes: [] });

/** What a change of uses has to see: the redemption of its order, and the tallies its uses count on. */
export type Sees = {
  readonly tenant: string;
  readonly orderId: string;
  readonly uses: readonly PromotionUse[];
  /** For a hold, which has to know the limits: whose uses they are, as `customerKey` makes it (null: nobody knows). */
  readonly holder?: { readonly customer: string | null };
};

/** Makes one change of uses together with all that wait at the same time. */
export type SubmitUses = Submit<Sees, Uses>;

const OfTenant = z.object({ tenant: z.string() });
const Read = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('redemption'), document: Redemption }),
  z.object({
    kind: z.literal('promotion'),
    document: OfTenant.extend({
      promotions: PromotionRule.pick({ id: true, maxUses: true, maxUsesPerCustomer: true, conditions: true }),
    }),
  }),
  z.object({
    kind: z.literal('coupon'),
    document: OfTenant.extend({
      _id: z.string(),
      ...Coupon.pick({ maxUses: true, maxUsesPerCustomer: true }).shape,
    }),
  }),
]);

/** Names a thing of a shop. */
const keyOf = (tenant: string, id: string): string => `${tenant} ${id}`;

type Stages = Record<string, unknown>[];
const tagged = (kind: z.infer<typeof Read>['kind'], stages: Stages): Stages => [
  ...stages,
  { $project: { _id: 0, kind, document: '$$ROOT' } },
];

type Stored = {
  readonly redemptions: readonly Redemption[];
  readonly promotions: ReadonlyMap<string, LimitedPromotion>;
  readonly coupons: ReadonlyMap<string, LimitedCoupon>;
};

const limitsIn =
  ({ promotions, coupons }: Stored): Uses['limitsOf'] =>
  (tenant, { promotionId, couponId }): Limits => {
    const unlimited = { maxUses: null, maxUsesPerCustomer: null };
    const gone = { id: promotionId, ...unlimited, conditions: { firstOrder: false } };
    return {
      promotion: promotions.get(keyOf(tenant, promotionId)) ?? gone,
      coupon: couponId === null ? null : (coupons.get(keyOf(tenant, couponId)) ?? { id: couponId, ...unlimited }),
    };
  };

/** All changes of uses that wait at the same time, decided over the same tallies and written once. */
const groupUses = (store: Store): SubmitUses => {
  const redemptions = store.raw(redemptionCollection);
  const tallies = store.raw(tallyCollection);
  const names = {
    rules: store.raw(ruleSetCollection).collectionName,
    coupons: store.raw(couponCollection).collectionName,
  };

  /** The limits of what is to be held, of the same moment as the tallies. */
  const limits = (holds: readonly Sees[]): Stages => {
    if (holds.length === 0) return [];
    const uses = holds.flatMap((each) => each.uses);
    const wanted = [...new Set(uses.map(({ promotionId }) => promotionId))];
    const coupons = [...new Set(uses.flatMap(({ couponId }) => couponId ?? []))];
    const tenants = [...new Set(holds.map(({ tenant }) => tenant))];
    const ofRules = [
      { $match: { _id: { $in: tenants.map(ruleSetId) } } },
      {
        $project: {
          tenant: 1,
          promotions: { $filter: { input: '$promotions', cond: { $in: ['$$this.id', wanted] } } },
        },
      },
      { $unwind: '$promotions' },
    ];
    const ofCoupons = [{ $match: { _id: { $in: coupons }, tenant: { $in: tenants } } }];
    return [
      { $unionWith: { coll: names.rules, pipeline: tagged('promotion', ofRules) } },
      ...(coupons.length === 0 ? [] : [{ $unionWith: { coll: names.coupons, pipeline: tagged('coupon', ofCoupons) } }]),
    ];
  };

  const read = async (session: Session, asked: readonly Sees[]): Promise<Stored> => {
    // By order id alone: an id that another shop uses is taken, and whoever decides has to know.
    const known = tagged('redemption', [{ $match: { _id: { $in: asked.map(({ orderId }) => orderId) } } }]);
    const stages = [...known, ...limits(asked.filter(({ holder }) => holder !== undefined))];
    const rows = z.array(Read).parse(await redemptions.aggregate(stages, { session }).toArray());
    const promotions = new Map<string, LimitedPromotion>();
    const coupons = new Map<string, LimitedCoupon>();
    for (const { kind, document } of rows) {
      if (kind === 'promotion') promotions.set(keyOf(document.tenant, document.promotions.id), document.promotions);
      if (kind === 'coupon') {
        const { _id: id, tenant, ...own } = document;
        coupons.set(keyOf(tenant, id), { id, ...own });
      }
    }
    return {
      redemptions: rows.flatMap((row) => (row.kind === 'redemption' ? [row.document] : [])),
      promotions,
      coupons,
    };
  };

  const readTallies = async (session: Session, ids: ReadonlySet<string>): Promise<TallyRow[]> =>
    ids.size === 0
      ? []
      : z.array(TallyRow).parse(await tallies.find({ _id: { $in: [...ids] } }, { session }).toArray());

  const openUses = async (session: Session, asked: readonly Sees[], now: Date): Promise<Uses> => {
    const stored = await read(session, asked);
    const limitsOf = limitsIn(stored);
    const ids = new Set<string>();
    for (const { tenant, uses, holder } of asked) {
      for (const use of uses) {
        const { promotion, coupon } = limitsOf(tenant, use);
        const keys =
          holder === undefined
            ? commonTallies(use)
            : talliesOf(promotion, coupon, holder.customer).map(({ key }) => key);
        for (const key of keys) ids.add(tallyId(tenant, key));
      }
    }
    for (const { tenant, uses } of stored.redemptions) {
      for (const key of uses.flatMap((use) => use.tallies)) ids.add(tallyId(tenant, key));
    }
    const rows = await readTallies(session, ids);
    return {
      now,
      redemptions: new Map(stored.redemptions.map((each) => [each._id, { stored: each, current: each }])),
      tallies: new Map(rows.map((row) => [row._id, { stored: row, current: row }])),
      limitsOf,
    };
  };

  return store.groupChanges<Sees, Uses>({
    decide: async (session, changes: readonly Deciding<Sees, Uses>[], now) => {
      const uses = await openUses(
        session,
        changes.map(({ needs }) => needs),
        now,
      );
      for (const { decide } of changes) decide(uses);
      return uses;
    },
    isUntouched: ({ redemptions: entered, tallies: counted }) =>
      ![...entered.values()].some(isChanged) && ![...counted.values()].some(isChanged),
    write: async (session, uses) => {
      // Tallies first: where others contend, a conflict shows before the rest is written.
      const counted = await writeEntries(tallies, [...uses.tallies.values()].filter(isChanged), session);
      if (!counted) return null;
      reach('uses.inside');
      const entered = await writeEntries(redemptions, [...uses.redemptions.values()].filter(isChanged), session);
      return entered ? [] : null;
    },
  });
};

/** The uses under one key of a shop: what drafts hold, and what confirmed orders have redeemed. */
export type Counts = { readonly held: number; readonly used: number };

/** How often things of a shop are used, by tally key; a key that is missing counts nothing. */
export type CountsOf = (tenant: string, keys: readonly string[]) => Promise<ReadonlyMap<string, Counts>>;

/** What of some keys is taken, as an order sees it: what it holds itself is not taken from it. */
export type TakenFor = (tenant: string, keys: readonly string[], orderId: string | null) => Promise<Taken>;

/** The uses of promotions in the database. Opened once for the whole service: what is asked for in one turn goes together. */
export const openUses = (
  store: Store,
): {
  readonly redemptions: Collection<Redemption>;
  readonly submit: SubmitUses;
  readonly countsOf: CountsOf;
  readonly takenFor: TakenFor;
} => {
  const redemptions = store.collection(redemptionCollection);
  const tallies = store.collection(tallyCollection);

  const countsOf: CountsOf = async (tenant, keys) => {
    const ids = [...new Set(keys)].map((key) => tallyId(tenant, key));
    const rows = await tallies.getMany(tenant, ids);
    return new Map(rows.map(({ key, held, used }) => [key, { held, used }]));
  };

  const takenFor: TakenFor = async (tenant, keys, orderId) => {
    if (keys.length === 0) return new Map();
    const [counts, own] = await Promise.all([
      countsOf(tenant, keys),
      orderId === null ? null : redemptions.get(tenant, orderId),
    ]);
    const taken = new Map([...counts].map(([key, { held, used }]) => [key, held + used]));
    if (own === null || own.status === 'released') return taken;
    for (const key of own.uses.flatMap((use) => use.tallies)) {
      const count = taken.get(key);
      if (count !== undefined) taken.set(key, count - 1);
    }
    return taken;
  };

  return { redemptions, submit: groupUses(store), countsOf, takenFor };
};
