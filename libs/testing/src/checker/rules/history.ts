import type { Facts, OrderRow } from '../facts.ts';
import type { HistoryEntry } from '../history.ts';
import { aboutOrder, ENDED, grouped, key, LIVE, sumOf, violation, type Rule, type Violation } from '../rule.ts';

const byNumber = ({ orders }: Facts): Map<string, OrderRow> =>
  new Map(orders.map((order) => [key(order.tenant, order.orderNo), order]));

/** The calls that answer how an order stands. */
const isAnswered = ({ outcome, orderNo }: HistoryEntry): boolean => outcome === 'ok' && orderNo !== undefined;

/** Statuses of a payment from `paid` on. */
const WAS_PAID: ReadonlySet<string> = new Set(['paid', 'partially_refunded', 'refunded', 'disputed']);

/** What was answered is there, as it was answered, and is not taken back. */
export const answersStand: Rule = (facts) => {
  const known = byNumber(facts);
  const captured = new Set(facts.payments.filter((payment) => payment.captured > 0).map(({ orderId }) => orderId));
  return facts.history.filter(isAnswered).flatMap((entry) => {
    const { call, tenant, orderNo = '', orderStatus, paymentStatus, amount, cartId } = entry;
    const order = known.get(key(tenant, orderNo));
    if (order === undefined)
      return [violation('an answered order is there', { id: orderNo, tenant, order: orderNo }, `answered to ${call}`)];
    const found: Violation[] = [];
    const say = (rule: string, what: string) =>
      found.push(violation(rule, aboutOrder(order), `${what}, answered to ${call} of ${entry.by}`));
    if (amount !== undefined && amount !== order.totals.total)
      say('an order has the amount that was answered', `${order.totals.total}, not ${amount}`);
    if (call === 'checkout' && cartId !== undefined && cartId !== order.cartId)
      say('an order is of the cart it was asked for', `${order.cartId}, not ${cartId}`);
    if (orderStatus !== undefined && !order.timeline.some(({ to }) => to === orderStatus))
      say('an answered status stands on the timeline', orderStatus);
    if (LIVE.has(orderStatus ?? '') && (order.status === 'draft' || order.status === 'expired'))
      say('a confirmation is not taken back', `${order.status} after ${orderStatus ?? ''}`);
    if (WAS_PAID.has(paymentStatus ?? '') && order.totals.total > 0 && !captured.has(order._id))
      say('a payment that was answered is there', `nothing captured after ${paymentStatus ?? ''}`);
    return found;
  });
};

/** What a provider answered to a buyer it still says, and we know of it. */
export const paymentsStand: Rule = ({ history, money, payments, accounts }) => {
  const theirs = new Map(money.map((each) => [key(each.provider, each.ref), each.captured]));
  const ours = new Map(payments.map((each) => [key(each.provider, each.providerRef), each]));
  return history.flatMap(({ outcome, tenant, by, orderNo, provider = '', intentId, intentStatus, amount }) => {
    if (outcome !== 'ok' || intentId === undefined || intentStatus !== 'succeeded') return [];
    if (!accounts.has(key(provider, tenant))) return [];
    const id = key(provider, intentId);
    const payment = ours.get(id);
    if (theirs.get(id) === amount && payment?.captured === amount) return [];
    const about = { id: intentId, tenant, ...(orderNo === undefined ? {} : { order: orderNo }) };
    const said = `${amount ?? 0} answered to ${by}, provider ${theirs.get(id) ?? 'nothing'}, we ${payment?.captured ?? 'nothing'}`;
    return [violation('a payment that was made is known', about, said)];
  });
};

/** What came of a call however often it was sent: done when any answer said so, open when it may have been. */
type Effect = { entry: HistoryEntry; outcome: HistoryEntry['outcome'] };

/** Calls under one key are one; those without count each. */
const effectsOf = (entries: readonly HistoryEntry[]): Effect[] => {
  const alone = entries.filter((entry) => entry.key === undefined).map((entry) => [entry]);
  const keyed = grouped(
    entries.filter((entry) => entry.key !== undefined),
    (entry) => entry.key ?? '',
  );
  return [...keyed.values(), ...alone].flatMap((same) => {
    const [entry] = same;
    if (entry === undefined) return [];
    const has = (outcome: HistoryEntry['outcome']): boolean => same.some((each) => each.outcome === outcome);
    return [{ entry, outcome: has('ok') ? 'ok' : has('unknown') ? 'unknown' : 'refused' }];
  });
};

/** All sums that some of these numbers make, each number taken or not. */
const sumsOf = (numbers: readonly number[], start: number): Set<number> => {
  const sums = new Set([start]);
  for (const number of numbers) for (const sum of [...sums]) sums.add(sum + number);
  return sums;
};

const quantityOf = ({ quantity }: HistoryEntry): number => quantity ?? 0;

/** Goods that were put into a cart are in it, those that were refused are not, and what is unknown is in it or not. */
export const addsStand: Rule = ({ history, carts }) => {
  const byId = new Map(carts.map((cart) => [key(cart.tenant, cart._id), cart]));
  const lines = grouped(
    history.filter(({ cartId, sku }) => cartId !== undefined && sku !== undefined),
    ({ tenant, cartId, sku }) => key(tenant, cartId ?? '', sku ?? ''),
  );
  return [...lines].flatMap(([id, entries]) => {
    // A line that was also set or taken out is whatever it was set to.
    if (entries.some(({ call }) => call !== 'add')) return [];
    const { tenant = '', cartId = '', sku = '' } = entries[0] ?? {};
    const effects = effectsOf(entries);
    const done = effects.filter(({ outcome }) => outcome === 'ok');
    const open = effects.filter(({ outcome }) => outcome === 'unknown');
    const least = sumOf(done, ({ entry }) => quantityOf(entry));
    const cart = byId.get(key(tenant, cartId));
    const held = sumOf(cart?.items.filter((line) => line.sku === sku) ?? [], ({ quantity }) => quantity);
    const may = sumsOf(
      open.map(({ entry }) => quantityOf(entry)),
      least,
    );
    if (may.has(held)) return [];
    const said = `${held} in the cart, ${least} answered, ${[...may].join(' or ')} possible`;
    return [violation('a cart holds what was put in', { id, tenant }, said)];
  });
};

/** How far the clocks of callers and services may be apart, in milliseconds. */
const CLOCKS_MS = 1_000;

/** Adjustments that were answered are in the ledger once, refused ones are not, unknown ones once or not at all. */
export const adjustsStand: Rule = ({ history, movements }) => {
  const adjusts = history.filter(({ call, sku }) => call === 'adjust' && sku !== undefined);
  const since = adjusts.reduce((first, { start }) => Math.min(first, start - CLOCKS_MS), Infinity);
  const made = grouped(
    movements.filter(({ createdAt }) => createdAt.getTime() >= since),
    ({ tenant, sku, onHandDelta }) => key(tenant, sku, onHandDelta),
  );
  const asked = grouped(adjusts, (entry) => key(entry.tenant, entry.sku ?? '', quantityOf(entry)));
  return [...asked].flatMap(([id, entries]) => {
    const effects = effectsOf(entries);
    const least = effects.filter(({ outcome }) => outcome === 'ok').length;
    const most = least + effects.filter(({ outcome }) => outcome === 'unknown').length;
    const rows = made.get(id) ?? [];
    if (rows.length >= least && rows.length <= most) return [];
    const said = `${rows.length} in the ledger, ${least} answered, at most ${most} possible`;
    return [violation('an adjustment is in the ledger once', { id, tenant: entries[0]?.tenant ?? '' }, said)];
  });
};

/** A checkout that was refused left nothing: no order under way, no goods held, no money kept. */
export const refusalsLeftNothing: Rule = ({ history, orders, reservations, payments }) => {
  const rule = 'a refused checkout left nothing';
  const ofCart = grouped(orders, ({ tenant, cartId }) => key(tenant, cartId));
  const held = new Map(reservations.map((reservation) => [reservation._id, reservation.status]));
  const ofOrder = grouped(payments, ({ orderId }) => orderId);
  const checkouts = grouped(
    history.filter(({ call, cartId }) => call === 'checkout' && cartId !== undefined),
    ({ tenant, cartId }) => key(tenant, cartId ?? ''),
  );
  return [...checkouts]
    .filter(([, entries]) => entries.every(({ outcome }) => outcome === 'refused'))
    .flatMap(([cart, entries]) => {
      const said = `${entries.length} times refused (${entries[0]?.code ?? ''})`;
      return (ofCart.get(cart) ?? []).flatMap((order) => {
        const kept = sumOf(ofOrder.get(order._id) ?? [], ({ captured, refunded }) => captured - refunded);
        const goods = held.get(order._id) ?? 'released';
        const holds = goods === 'held' || goods === 'committed';
        if (ENDED.has(order.status) && !holds && kept === 0) return [];
        return [violation(rule, aboutOrder(order), `${said}, ${order.status}, goods ${goods}, keeps ${kept}`)];
      });
    });
};

/** All answers to the checkouts of one key that came to anything name the same order. */
export const keysGiveOneOrder: Rule = (facts) => {
  const known = byNumber(facts);
  const checkouts = facts.history.filter((entry) => entry.call === 'checkout' && isAnswered(entry));
  return [
    ...grouped(
      checkouts.filter((entry) => entry.key !== undefined),
      (entry) => key(entry.tenant, entry.key ?? ''),
    ),
  ].flatMap(([, entries]) => {
    const numbers = [...new Set(entries.map(({ orderNo }) => orderNo ?? ''))].filter((orderNo) => {
      const order = known.get(key(entries[0]?.tenant ?? '', orderNo));
      return order !== undefined && !ENDED.has(order.status);
    });
    const [order = '', ...others] = numbers;
    if (others.length === 0) return [];
    const about = { id: entries[0]?.key ?? '', tenant: entries[0]?.tenant ?? '', order };
    return [violation('a key gives one order', about, numbers.join(', '))];
  });
};
