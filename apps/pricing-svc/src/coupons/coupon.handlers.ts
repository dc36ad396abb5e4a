import { type Context, type Coupon, fail, invalid, ok, type Page, pricingRpc, type Result } from '@kervan/contracts';
import { type New, refuse, write } from '@kervan/store';
import type { Deps, RequestOf } from '../deps.ts';
import { couponTally } from '../redemptions/tally.ts';
import { given } from '../rules/patch.ts';
import { couponOf, drawCode } from './coupon.ts';
import { type CouponDocument, couponId, findCoupon, makeCoupon } from './coupon.store.ts';

const unknownPromotion = () =>
  invalid([
    {
      path: 'promotionId',
      code: 'unknown_promotion',
      message: { tr: 'Böyle bir kampanya yok', en: 'There is no such promotion' },
    },
  ]);

const isPromotion = async ({ readRules }: Pick<Deps, 'readRules'>, tenant: string, promotionId: string) =>
  (await readRules(tenant)).rules.promotions.some(({ id }) => id === promotionId);

/**
 * Takes coupons away again whose promotion was deleted while they were made. Whoever deletes a promotion looks for coupons
 * once more after that: one of the two sees the other.
 */
const withoutOrphans = async (
  deps: Pick<Deps, 'readRules' | 'coupons'>,
  tenant: string,
  { promotionId, made }: { promotionId: string; made: readonly CouponDocument[] },
): Promise<boolean> => {
  if (await isPromotion(deps, tenant, promotionId)) return true;
  await Promise.all(made.map(({ _id }) => deps.coupons.remove(tenant, _id)));
  return false;
};

/** Coupons with how often they were used, all looked up at once. */
const shown = async (
  { uses }: Pick<Deps, 'uses'>,
  tenant: string,
  documents: readonly CouponDocument[],
): Promise<Coupon[]> => {
  const counts = await uses.countsOf(
    tenant,
    documents.map(({ _id }) => couponTally(_id)),
  );
  return documents.map((document) => couponOf(document, counts.get(couponTally(document._id))));
};
const shownOne = async (
  deps: Pick<Deps, 'uses'>,
  tenant: string,
  document: CouponDocument,
): Promise<Result<Coupon>> => {
  const [coupon] = await shown(deps, tenant, [document]);
  return coupon === undefined ? fail('not_found') : ok(coupon);
};

type Making = Pick<Deps, 'coupons' | 'readRules' | 'keyedId' | 'uses'>;

/** Makes a coupon. code_taken; invalid_input when its promotion is unknown */
export const createCoupon =
  (deps: Making) =>
  async (request: RequestOf<'createCoupon'>, context: Context): Promise<Result<Coupon>> => {
    const keyed = await deps.keyedId('coupon', pricingRpc.createCoupon, request, context);
    if (!keyed.ok) return keyed;
    const { tenant } = context;
    const { code, promotionId, maxUses = null, maxUsesPerCustomer = null, enabled } = keyed.value.input;
    if (!(await isPromotion(deps, tenant, promotionId))) return unknownPromotion();
    const limits = { maxUses, maxUsesPerCustomer };
    const madeBy = keyed.value.id;
    const coupon = { _id: couponId(tenant, code), tenant, code, promotionId, ...limits, enabled, madeBy };
    const made = await makeCoupon(deps.coupons, coupon);
    if (made === null) return fail('code_taken', { code });
    if (!(await withoutOrphans(deps, tenant, { promotionId, made: [made] }))) return unknownPromotion();
    return shownOne(deps, tenant, made);
  };

/**
 * Makes coupons with codes at random, as many as asked for. Under the same key the same codes are drawn, so that a call
 * that was cut off goes on where it was; a code that another coupon has is drawn anew. not_found: the promotion
 */
export const generateCoupons =
  (deps: Making) =>
  async (request: RequestOf<'generateCoupons'>, context: Context): Promise<Result<{ coupons: Coupon[] }>> => {
    const keyed = await deps.keyedId('coupon', pricingRpc.generateCoupons, request, context);
    if (!keyed.ok) return keyed;
    const { tenant } = context;
    const { id: madeBy, seed, input } = keyed.value;
    const { promotionId, count, maxUses, maxUsesPerCustomer } = input;
    if (!(await isPromotion(deps, tenant, promotionId))) return fail('not_found');
    const draw = (number: number): New<CouponDocument> => {
      const code = drawCode(seed, number, input);
      const limits = { maxUses, maxUsesPerCustomer };
      return { _id: couponId(tenant, code), tenant, code, promotionId, ...limits, enabled: true, madeBy };
    };
    const made = new Map<string, CouponDocument>();
    let drawn = 0;
    while (made.size < count) {
      const missing = Array.from({ length: count - made.size }, () => draw(drawn++));
      for (const coupon of await Promise.all(missing.map((one) => makeCoupon(deps.coupons, one)))) {
        if (coupon !== null) made.set(coupon._id, coupon);
      }
    }
    const documents = [...made.values()];
    if (!(await withoutOrphans(deps, tenant, { promotionId, made: documents }))) return fail('not_found');
    return ok({ coupons: await shown(deps, tenant, documents) });
  };

/** A page of all, or of a promotion's, in the order they were made. invalid_cursor */
export const listCoupons =
  (deps: Pick<Deps, 'coupons' | 'uses'>) =>
  async (
    { promotionId, limit, cursor }: RequestOf<'listCoupons'>,
    { tenant }: Context,
  ): Promise<Result<Page<Coupon>>> => {
    const filter = promotionId === undefined ? {} : { promotionId };
    const page = await deps.coupons.list(tenant, filter, { sort: { createdAt: 1 }, limit, cursor });
    if (!page.ok) return page;
    return ok({ data: await shown(deps, tenant, page.value.data), nextCursor: page.value.nextCursor });
  };

/** One by its id or its code. not_found */
export const getCoupon =
  (deps: Pick<Deps, 'coupons' | 'uses'>) =>
  async ({ id }: RequestOf<'getCoupon'>, { tenant }: Context): Promise<Result<Coupon>> => {
    const found = await findCoupon(deps.coupons, tenant, id);
    return found === null ? fail('not_found') : shownOne(deps, tenant, found);
  };

/** Changes the fields given. not_found, precondition_failed; invalid_input when its promotion is unknown */
export const updateCoupon =
  (deps: Pick<Deps, 'coupons' | 'readRules' | 'uses'>) =>
  async ({ id, patch, expectedVersion }: RequestOf<'updateCoupon'>, { tenant }: Context): Promise<Result<Coupon>> => {
    const found = await findCoupon(deps.coupons, tenant, id);
    if (found === null) return fail('not_found');
    const { promotionId } = patch;
    if (promotionId !== undefined && !(await isPromotion(deps, tenant, promotionId))) return unknownPromotion();
    const updated = await deps.coupons.update(tenant, found._id, (coupon) => {
      if (expectedVersion !== undefined && expectedVersion !== coupon.version) {
        return refuse('precondition_failed', { version: coupon.version });
      }
      const changed: CouponDocument = {
        ...coupon,
        promotionId: promotionId ?? coupon.promotionId,
        maxUses: given(patch.maxUses, coupon.maxUses),
        maxUsesPerCustomer: given(patch.maxUsesPerCustomer, coupon.maxUsesPerCustomer),
        enabled: patch.enabled ?? coupon.enabled,
      };
      return write(changed, null);
    });
    return updated.ok ? shownOne(deps, tenant, updated.document) : updated;
  };

/** Deletes a coupon; carts that have it no longer count it. not_found, precondition_failed */
export const deleteCoupon =
  ({ coupons }: Pick<Deps, 'coupons'>) =>
  async ({ id, expectedVersion }: RequestOf<'deleteCoupon'>, { tenant }: Context): Promise<Result<{ id: string }>> => {
    const found = await findCoupon(coupons, tenant, id);
    if (found === null) return fail('not_found');
    if (await coupons.remove(tenant, found._id, expectedVersion)) return ok({ id: found._id });
    const left = await coupons.get(tenant, found._id);
    return left === null ? fail('not_found') : fail('precondition_failed', { version: left.version });
  };
