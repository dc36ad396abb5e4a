import type { Facts, Limit, TallyRow } from '../facts.ts';
import { aboutOrder, key, LIVE, violation, type Rule, type Violation } from '../rule.ts';

type Counts = { held: number; used: number };
const NONE: Counts = { held: 0, used: 0 };

/** What the redemptions of all shops come to, by shop and tally key. */
const sumUp = (redemptions: Facts['redemptions']): Map<string, Counts> => {
  const sums = new Map<string, Counts>();
  for (const { tenant, status, uses } of redemptions) {
    for (const id of uses.flatMap(({ tallies }) => tallies.map((name) => key(tenant, name)))) {
      const { held, used } = sums.get(id) ?? NONE;
      if (status === 'held') sums.set(id, { held: held + 1, used });
      if (status === 'redeemed') sums.set(id, { held, used: used + 1 });
    }
  }
  return sums;
};
const text = ({ held, used }: Counts): string => `${held}/${used}`;

/** Every tally says what redemptions hold and have redeemed. */
export const talliesAddUp: Rule = ({ tallies, redemptions }) => {
  const rule = 'a tally is the sum of its redemptions';
  const sums = sumUp(redemptions);
  const known = new Set(tallies.map((tally) => key(tally.tenant, tally.key)));
  const missing = [...sums]
    .filter(([id]) => !known.has(id))
    .map(([id, sum]) => violation(rule, { id }, `no tally, redemptions ${text(sum)}`));
  const wrong = tallies.flatMap((tally) => {
    const id = key(tally.tenant, tally.key);
    const sum = sums.get(id) ?? NONE;
    if (sum.held === tally.held && sum.used === tally.used) return [];
    return [violation(rule, { id, tenant: tally.tenant }, `tally ${text(tally)}, redemptions ${text(sum)}`)];
  });
  return [...missing, ...wrong];
};

/**
 * How much a tally may say; null when it is only counted, or was when a use was taken: staff may lower a limit later. A
 * customer has one first order.
 */
const mostOf = ({ tenant, key: name, limit: taken }: TallyRow, limits: ReadonlyMap<string, Limit>): number | null => {
  const [kind = '', id = '', customer] = name.split(':');
  if (kind === 'first') return 1;
  const limit = limits.get(key(tenant, kind, id));
  const now = (customer === undefined ? limit?.maxUses : limit?.maxUsesPerCustomer) ?? null;
  return now === null || taken === null ? null : Math.max(now, taken);
};

/** No promotion and no coupon is used more often than its limits allow. */
export const limitsHold: Rule = ({ tallies, limits }) => {
  const known = new Map(limits.map((limit) => [key(limit.tenant, limit.kind, limit.id), limit]));
  return tallies.flatMap((tally) => {
    const most = mostOf(tally, known);
    if (most === null || tally.held + tally.used <= most) return [];
    const about = { id: key(tally.tenant, tally.key), tenant: tally.tenant };
    return [violation('uses never exceed their limit', about, `${text(tally)} of ${most}`)];
  });
};

const namesOf = (uses: readonly { promotionId: string; couponId: string | null }[]): string =>
  uses
    .map(({ promotionId, couponId }) => `${promotionId}+${couponId ?? ''}`)
    .toSorted()
    .join(';');

/**
 * What is held belongs to a live draft, what is redeemed to a confirmed order, each with exactly the uses of its price;
 * and every live draft, every confirmed order whose price has uses has its own.
 */
export const redemptionsBelong: Rule = ({ orders, redemptions }) => {
  const byOrder = new Map(orders.map((order) => [order._id, order]));
  const byId = new Map(redemptions.map((redemption) => [redemption._id, redemption]));
  const found: Violation[] = [];
  for (const { _id: id, tenant, status } of redemptions) {
    const order = byOrder.get(id);
    const about = { id, tenant, ...(order === undefined ? {} : { order: order.orderNo }) };
    const is = `order is ${order?.status ?? 'missing'}`;
    if (status === 'held' && order?.status !== 'draft')
      found.push(violation('held uses belong to a live draft', about, is));
    if (status === 'redeemed' && !LIVE.has(order?.status ?? ''))
      found.push(violation('redeemed uses belong to a confirmed order', about, is));
  }
  for (const order of orders) {
    const redemption = byId.get(order._id);
    const status = redemption?.status ?? 'none';
    if (order.uses.length > 0 && order.status === 'draft' && status !== 'held')
      found.push(violation('a live draft holds its uses', aboutOrder(order), status));
    if (order.uses.length > 0 && LIVE.has(order.status) && status !== 'redeemed')
      found.push(violation('a confirmed order has redeemed its uses', aboutOrder(order), status));
    const counts = status === 'held' || status === 'redeemed';
    if (counts && namesOf(redemption?.uses ?? []) !== namesOf(order.uses)) {
      const said = `${namesOf(redemption?.uses ?? [])}, order ${namesOf(order.uses)}`;
      found.push(violation('a redemption is of exactly the order’s uses', aboutOrder(order), said));
    }
  }
  return found;
};
