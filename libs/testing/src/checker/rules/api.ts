import type { ApiFacts, Facts } from '../facts.ts';
import { violation, type Rule } from '../rule.ts';

const lines = (lines: readonly { sku: string; quantity: number }[]): string =>
  lines.map(({ sku, quantity }) => `${quantity} ${sku}`).join(', ');

/** What a list of the admin API has to show of a shop, by id, in the words the API's own answers are brought to. */
export const SHOWN = {
  orders: {
    of: ({ orders }: Facts) => orders.map((order) => ({ id: order._id, ...order, total: order.totals.total })),
    line: (order: {
      orderNo: string;
      status: string;
      total: number;
      payment: { status: string; captured: number; refunded: number };
    }): string =>
      `${order.orderNo} ${order.status} ${order.total}, ${order.payment.status} ${order.payment.captured}/${order.payment.refunded}`,
  },
  payments: {
    of: ({ payments }: Facts) => payments.map((payment) => ({ id: payment._id, ...payment })),
    line: (payment: { orderId: string; status: string; amount: number; captured: number; refunded: number }): string =>
      `${payment.orderId} ${payment.status} ${payment.amount}, ${payment.captured}/${payment.refunded}`,
  },
  reservations: {
    of: ({ reservations }: Facts) => reservations.map((reservation) => ({ id: reservation._id, ...reservation })),
    line: (reservation: { status: string; lines: readonly { sku: string; quantity: number }[] }): string =>
      `${reservation.status} ${lines(reservation.lines)}`,
  },
  stock: {
    of: ({ stock }: Facts) => stock.map((row) => ({ id: row.sku, ...row })),
    line: (row: { onHand: number; reserved: number }): string => `${row.onHand}/${row.reserved}`,
  },
  letters: {
    of: ({ bus }: Facts) =>
      (bus?.letters ?? []).map((letter) => ({ id: `${letter.service} ${letter.place}`, ...letter })),
    line: (letter: { subject: string }): string => letter.subject,
  },
} as const;

/** What is kept of a shop, as the API has to show it. */
const keptOf = (facts: Facts, tenant: string): ApiFacts['lists'] => {
  const mine = <Thing extends { id: string; tenant: string }>(
    things: readonly Thing[],
    line: (thing: Thing) => string,
  ): Map<string, string> =>
    new Map(things.filter((thing) => thing.tenant === tenant).map((thing) => [thing.id, line(thing)]));
  return {
    orders: mine(SHOWN.orders.of(facts), SHOWN.orders.line),
    payments: mine(SHOWN.payments.of(facts), SHOWN.payments.line),
    reservations: mine(SHOWN.reservations.of(facts), SHOWN.reservations.line),
    stock: mine(SHOWN.stock.of(facts), SHOWN.stock.line),
    letters: mine(SHOWN.letters.of(facts), SHOWN.letters.line),
  };
};

/** The admin API shows of every shop what is kept of it: all of it and nothing else. */
export const apiShowsWhatIsKept: Rule = (facts) =>
  facts.api.flatMap(({ tenant, lists }) => {
    const kept = keptOf(facts, tenant);
    // Without the bus nobody knows which letters there are.
    const known = Object.entries(lists).filter(([list]) => list !== 'letters' || facts.bus !== null);
    return known.flatMap(([list, shown]) => {
      const wanted = kept[list] ?? new Map<string, string>();
      return [...new Set([...wanted.keys(), ...shown.keys()])]
        .filter((id) => wanted.get(id) !== shown.get(id))
        .map((id) => {
          const said = `${list}: shown ${shown.get(id) ?? 'nothing'}, kept ${wanted.get(id) ?? 'nothing'}`;
          return violation('the admin API shows what is kept', { id, tenant }, said);
        });
    });
  });
