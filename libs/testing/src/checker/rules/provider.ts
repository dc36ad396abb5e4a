import type { Facts, OrderRow, ProviderPayment } from '../facts.ts';
import { aboutOrder, grouped, key, LIVE, sumOf, violation, type Rule, type Violation } from '../rule.ts';

/** Provider's ids are its own; two providers may use the same. */
const refKey = ({ provider, ref }: Pick<ProviderPayment, 'provider' | 'ref'>): string => key(provider, ref);
const aboutMoney = ({ ref: id, account: tenant }: ProviderPayment, order?: OrderRow) => ({
  id,
  tenant,
  ...(order === undefined ? {} : { order: order.orderNo }),
});

const succeeded = ({ refunds }: ProviderPayment): number =>
  sumOf(
    refunds.filter(({ status }) => status === 'succeeded'),
    ({ amount }) => amount,
  );
/** Given back or on its way back. */
const givenBack = ({ refunds }: ProviderPayment): number =>
  sumOf(
    refunds.filter(({ status }) => status !== 'failed'),
    ({ amount }) => amount,
  );
const keptOf = (money: ProviderPayment): number => money.captured - givenBack(money);

const orderOf = ({ orders }: Facts): ((money: ProviderPayment) => OrderRow | undefined) => {
  const byId = new Map(orders.map((order) => [order._id, order]));
  return ({ orderId }) => byId.get(orderId ?? '');
};

/** What a payment says it took and gave back is what its provider says. */
export const paymentsMatch: Rule = (facts) => {
  const { payments, money, accounts } = facts;
  const ofMoney = orderOf(facts);
  const byRef = new Map(money.map((each) => [refKey(each), each]));
  return payments.flatMap((payment) => {
    if (!accounts.has(key(payment.provider, payment.tenant))) return [];
    const { _id: id, tenant, captured, refunded } = payment;
    const theirs = byRef.get(key(payment.provider, payment.providerRef));
    const order = theirs === undefined ? undefined : ofMoney(theirs);
    const about = { id, tenant, ...(order === undefined ? {} : { order: order.orderNo }) };
    const found: Violation[] = [];
    if (captured !== (theirs?.captured ?? 0)) {
      const said = `payment ${captured}, provider ${theirs?.captured ?? 'nothing'}`;
      found.push(violation('a payment took what its provider says', about, said));
    }
    // The money of a lost dispute is gone without a refund.
    if (payment.disputes.length === 0 && theirs !== undefined && refunded !== succeeded(theirs)) {
      const said = `payment ${refunded}, provider ${succeeded(theirs)}`;
      found.push(violation('a payment gave back what its provider says', about, said));
    }
    return found;
  });
};

/** What the provider took stays with confirmed orders alone, and of each of them exactly its total. */
export const moneyBelongs: Rule = (facts) => {
  const { money, orders, accounts, payments } = facts;
  const ofMoney = orderOf(facts);
  const flagged = new Set(
    payments.filter(({ mismatch }) => mismatch !== null).map(({ provider, providerRef }) => key(provider, providerRef)),
  );
  const strays = money
    .filter((each) => each.orderId !== null && keptOf(each) !== 0 && !flagged.has(refKey(each)))
    .flatMap((each) => {
      const order = ofMoney(each);
      if (order !== undefined && LIVE.has(order.status)) return [];
      const said = `keeps ${keptOf(each)} of ${each.captured}, order is ${order?.status ?? 'missing'}`;
      return [
        violation('money at the provider belongs to a confirmed order or went back', aboutMoney(each, order), said),
      ];
    });
  const byOrder = grouped(money, ({ orderId }) => orderId ?? '');
  const disputed = new Set(payments.filter(({ disputes }) => disputes.length > 0).map(({ orderId }) => orderId));
  const short = orders.flatMap((order) => {
    const { status, totals, payment, refunds, tenant } = order;
    if (!LIVE.has(status) || totals.total === 0 || payment.mismatch || disputed.has(order._id)) return [];
    if (payment.status === 'authorized' || !accounts.has(key(payment.provider ?? '', tenant))) return [];
    const kept = sumOf(byOrder.get(order._id) ?? [], keptOf);
    const back = sumOf(
      refunds.filter(({ paymentId, status: is }) => paymentId === payment.paymentId && is !== 'failed'),
      ({ amount }) => amount,
    );
    if (kept === totals.total - back) return [];
    return [
      violation(
        'a confirmed order keeps its total at the provider',
        aboutOrder(order),
        `${kept} of ${totals.total - back}`,
      ),
    ];
  });
  return [...strays, ...short];
};

/** No attempt to pay is charged twice. */
export const onceCharged: Rule = (facts) => {
  const ofMoney = orderOf(facts);
  return [
    ...grouped(
      facts.money.filter(({ orderId, captured }) => orderId !== null && captured > 0),
      ({ account, orderId, attempt }) => key(account, orderId ?? '', attempt),
    ),
  ]
    .filter(([, { length }]) => length > 1)
    .flatMap(([, [first, ...more]]) =>
      first === undefined
        ? []
        : [
            violation(
              'an attempt is charged once',
              aboutMoney(first, ofMoney(first)),
              `attempt ${first.attempt} again as ${more.map(({ ref }) => ref).join(', ')}`,
            ),
          ],
    );
};

/** A refund of ours is made once, and nothing goes back that its order does not know of. */
export const onceRefunded: Rule = (facts) => {
  const { orders, payments, money } = facts;
  const byId = new Map(orders.map((order) => [order._id, order]));
  const byRef = new Map(payments.map((payment) => [key(payment.provider, payment.providerRef), payment]));
  return money.flatMap((each) => {
    const made = each.refunds.filter(({ status }) => status !== 'failed');
    const order = byId.get(each.orderId ?? '');
    const about = aboutMoney(each, order);
    const found: Violation[] = [];
    for (const [refundId, same] of grouped(
      made.filter((refund) => refund.refundId !== null),
      (refund) => refund.refundId ?? '',
    )) {
      if (same.length > 1) {
        const said = `${refundId} as ${same.map(({ ref }) => ref).join(', ')}`;
        found.push(violation('no refund is made twice', about, said));
      }
    }
    const payment = byRef.get(refKey(each));
    if (order === undefined || payment === undefined) return found;
    const asked = order.refunds.filter(({ paymentId, status }) => paymentId === payment._id && status !== 'failed');
    const known = sumOf(asked, ({ amount }) => amount);
    if (givenBack(each) > known)
      found.push(violation('an order knows all its refunds', about, `${givenBack(each)}, order knows of ${known}`));
    return found;
  });
};
