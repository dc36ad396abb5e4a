import type { OrderRow, PaymentRow } from '../facts.ts';
import { aboutOrder, ENDED, grouped, LIVE, sumOf, violation, type Rule, type Violation } from '../rule.ts';

const aboutPayment = ({ _id: id, tenant }: PaymentRow, order: OrderRow | undefined) => ({
  id,
  tenant,
  ...(order === undefined ? {} : { order: order.orderNo }),
});

/** Every captured payment belongs to one confirmed order, or has been given back. */
export const capturesBelong: Rule = ({ orders, payments }) => {
  const byId = new Map(orders.map((order) => [order._id, order]));
  return payments
    .filter(({ captured, mismatch }) => captured > 0 && mismatch === null)
    .flatMap((payment) => {
      const order = byId.get(payment.orderId);
      const kept = payment.captured - payment.refunded;
      const owns = order !== undefined && LIVE.has(order.status) && order.payment.paymentId === payment._id;
      if (owns || kept === 0) return [];
      const found = `keeps ${kept} of ${payment.captured}, order is ${order?.status ?? 'missing'}`;
      return [violation('a capture belongs to a confirmed order or is refunded', aboutPayment(payment, order), found)];
    });
};

/** What is captured for an order is its total, and only one payment of an order keeps any of it. */
export const onceCaptured: Rule = ({ orders, payments }) => {
  const byId = new Map(orders.map((order) => [order._id, order]));
  const sound = payments.filter(({ captured, mismatch }) => captured > 0 && mismatch === null);
  const keeping = sound.filter(({ captured, refunded }) => captured > refunded);
  return [
    ...sound.flatMap((payment) => {
      const order = byId.get(payment.orderId);
      if (order === undefined || payment.captured === order.totals.total) return [];
      const found = `${payment.captured} of ${order.totals.total}`;
      return [violation('a capture is the order’s total', aboutPayment(payment, order), found)];
    }),
    ...[...grouped(keeping, ({ orderId }) => orderId)]
      .filter(([, { length }]) => length > 1)
      .map(([id, paid]) => {
        const { tenant, orderNo: order } = byId.get(id) ?? {};
        const about = { id, ...(tenant === undefined ? {} : { tenant }), ...(order === undefined ? {} : { order }) };
        return violation('an order is paid once', about, paid.map(({ _id }) => _id).join(', '));
      }),
  ];
};

/**
 * Every confirmed order that costs something is paid (or authorized); what it says of its payment is what the payment
 * says, and its amount is the order's total; refunds never exceed captures.
 */
export const ordersArePaid: Rule = ({ orders, payments }) => {
  const byId = new Map(payments.map((payment) => [payment._id, payment]));
  return orders.flatMap((order) => {
    const found: Violation[] = [];
    const say = (rule: string, what: string) => found.push(violation(rule, aboutOrder(order), what));
    const { payment, totals } = order;
    const own = byId.get(payment.paymentId ?? '');
    if (LIVE.has(order.status) && totals.total > 0 && payment.captured === 0 && payment.status !== 'authorized')
      say('a confirmed order is paid', payment.status);
    if (payment.amount !== totals.total)
      say('the payment’s amount is the order’s total', `${payment.amount} of ${totals.total}`);
    if (payment.paymentId !== null && own === undefined) say('an order’s payment is there', payment.paymentId);
    if (own !== undefined && own.amount !== totals.total)
      say('the payment’s amount is the order’s total', `${own.amount} of ${totals.total}`);
    if (own !== undefined && (own.captured !== payment.captured || own.refunded !== payment.refunded)) {
      const said = `order ${payment.captured}/${payment.refunded}, payment ${own.captured}/${own.refunded}`;
      say('an order says of its payment what the payment says', said);
    }
    const takenBack = order.refunds.filter((refund) => refund.paymentId === payment.paymentId && isOurs(refund));
    if (LIVE.has(order.status) && takenBack.length > 0)
      say('a sale is not paid back for want of goods', takenBack.map(({ reason }) => reason).join());
    for (const [paymentId, refunds] of grouped(order.refunds, (refund) => refund.paymentId)) {
      const refunded = sumOf(refunds.filter(isMeant), ({ amount }) => amount);
      const captured = byId.get(paymentId)?.captured ?? 0;
      if (refunded > captured) say('refunds never exceed what was captured', `${refunded} of ${captured}`);
    }
    return found;
  });
};

type Refund = OrderRow['refunds'][number];
/** What is refunded or being refunded. */
const isMeant = ({ status }: Pick<Refund, 'status'>): boolean => status !== 'failed';
/** Refunds the system makes by itself, for orders that do not come to anything. */
const isOurs = ({ reason, status }: Refund): boolean =>
  isMeant({ status }) && ['order_expired', 'order_cancelled', 'out_of_stock'].includes(reason);

/** Statuses in which a buyer may still pay. */
const PAYABLE: ReadonlySet<string> = new Set(['pending', 'requires_action', 'processing', 'authorized', 'failed']);

/** Nothing can be paid any more for an order that has ended, and no payment is on its way. */
export const paymentsEnd: Rule = ({ orders, payments }) => {
  const byId = new Map(orders.map((order) => [order._id, order]));
  return payments.flatMap((payment) => {
    const order = byId.get(payment.orderId);
    const isLeft = ENDED.has(order?.status ?? '') && PAYABLE.has(payment.status);
    if (!isLeft && payment.status !== 'processing') return [];
    const said = `${payment.status}, order is ${order?.status ?? 'missing'}`;
    return [violation('payments come to an end', aboutPayment(payment, order), said)];
  });
};
