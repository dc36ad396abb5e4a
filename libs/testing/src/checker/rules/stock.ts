import { aboutOrder, grouped, key, LIVE, violation, type Rule, type Violation } from '../rule.ts';
import type { Facts } from '../facts.ts';

type Sums = { onHand: number; reserved: number };
const NOTHING: Sums = { onHand: 0, reserved: 0 };
const sumUp = (rows: Facts['ledger']): Sums =>
  rows.reduce((sum, row) => ({ onHand: sum.onHand + row.onHand, reserved: sum.reserved + row.reserved }), NOTHING);

/** `onHand = sum(ledger)`, `reserved = sum(ledger)`, `available >= 0` unless backorder is on. */
export const stockAddsUp: Rule = ({ stock, ledger }) => {
  const sums = new Map([...grouped(ledger, ({ _id }) => key(_id.tenant, _id.sku))].map(([id, of]) => [id, sumUp(of)]));
  const rows = new Set(stock.map((row) => key(row.tenant, row.sku)));
  const rowless = [...sums]
    .filter(([id, sum]) => !rows.has(id) && (sum.onHand !== 0 || sum.reserved !== 0))
    .map(([id, sum]) =>
      violation('stock is the sum of its ledger', { id }, `no stock, ledger ${sum.onHand}/${sum.reserved}`),
    );
  const ofRows = stock.flatMap(({ tenant, sku, onHand, reserved, backorder }) => {
    const about = { id: key(tenant, sku), tenant };
    const sum = sums.get(about.id) ?? NOTHING;
    const found: Violation[] = [];
    if (sum.onHand !== onHand || sum.reserved !== reserved) {
      const said = `stock ${onHand}/${reserved}, ledger ${sum.onHand}/${sum.reserved}`;
      found.push(violation('stock is the sum of its ledger', about, said));
    }
    if (!backorder && onHand - reserved < 0)
      found.push(violation('available is never below zero', about, `${onHand} - ${reserved}`));
    if (reserved < 0) found.push(violation('reserved is never below zero', about, String(reserved)));
    return found;
  });
  return [...rowless, ...ofRows];
};

/** `reserved` of a SKU is what its held reservations hold. */
export const reservedIsHeld: Rule = ({ stock, reservations }) => {
  const held = new Map<string, number>();
  for (const { tenant, status, lines } of reservations) {
    if (status !== 'held') continue;
    for (const { sku, quantity } of lines) held.set(key(tenant, sku), (held.get(key(tenant, sku)) ?? 0) + quantity);
  }
  return stock.flatMap(({ tenant, sku, reserved }) => {
    const id = key(tenant, sku);
    const holds = held.get(id) ?? 0;
    return reserved === holds
      ? []
      : [violation('reserved is what held reservations hold', { id, tenant }, `reserved ${reserved}, held ${holds}`)];
  });
};

/** What the movements of an order have to come to for each piece of its lines, by the status of its reservation. */
const MOVED: Readonly<Record<string, Sums>> = {
  held: { onHand: 0, reserved: 1 },
  committed: { onHand: -1, reserved: 0 },
};

/** The movements an order made are those its reservation stands for: nothing taken twice, nothing given back twice. */
export const movementsFit: Rule = ({ ledger, reservations }) => {
  const byOrder = grouped(
    ledger.filter(({ _id }) => _id.orderId !== null),
    ({ _id }) => _id.orderId ?? '',
  );
  const known = new Set(reservations.map(({ _id }) => _id));
  const rule = 'the movements of an order are those its reservation stands for';
  const strangers = [...byOrder].flatMap(([id, rows]) => {
    const { onHand, reserved } = sumUp(rows);
    if (known.has(id) || (onHand === 0 && reserved === 0)) return [];
    return [violation(rule, { id, tenant: rows[0]?._id.tenant ?? '' }, `no reservation, moved ${onHand}/${reserved}`)];
  });
  const unfit = reservations.flatMap(({ _id: id, tenant, status, lines }) => {
    const { onHand, reserved } = MOVED[status] ?? NOTHING;
    const wanted = new Map(piecesOf(lines).map(([sku, quantity]) => [sku, quantity]));
    const moved = new Map((byOrder.get(id) ?? []).map((row) => [row._id.sku, row]));
    return [...new Set([...wanted.keys(), ...moved.keys()])].flatMap((sku) => {
      const pieces = wanted.get(sku) ?? 0;
      const row = moved.get(sku) ?? NOTHING;
      if (row.onHand === pieces * onHand && row.reserved === pieces * reserved) return [];
      return [violation(rule, { id, tenant }, `${status} ${pieces} of ${sku}, moved ${row.onHand}/${row.reserved}`)];
    });
  });
  return [...strangers, ...unfit];
};

const piecesOf = (lines: readonly { sku: string; quantity: number }[]): [string, number][] => {
  const sums = new Map<string, number>();
  for (const { sku, quantity } of lines) sums.set(sku, (sums.get(sku) ?? 0) + quantity);
  return [...sums].sort(([one], [other]) => (one < other ? -1 : 1));
};
const pieces = (lines: readonly { sku: string; quantity: number }[]): string => piecesOf(lines).join(';');

/**
 * Every held reservation belongs to a live draft, every committed one to a confirmed order, each with exactly its lines;
 * and every live draft, every confirmed order has its own.
 */
export const reservationsBelong: Rule = ({ orders, reservations }) => {
  const byOrder = new Map(orders.map((order) => [order._id, order]));
  const byId = new Map(reservations.map((reservation) => [reservation._id, reservation]));
  const found: Violation[] = [];
  for (const { _id: id, tenant, status: reserved } of reservations) {
    const order = byOrder.get(id);
    const about = { id, tenant, ...(order === undefined ? {} : { order: order.orderNo }) };
    const is = `order is ${order?.status ?? 'missing'}`;
    if (reserved === 'held' && order?.status !== 'draft')
      found.push(violation('what is held belongs to a live draft', about, is));
    if (reserved === 'committed' && !LIVE.has(order?.status ?? ''))
      found.push(violation('what is committed belongs to a confirmed order', about, is));
  }
  for (const order of orders) {
    const reservation = byId.get(order._id);
    const status = reservation?.status ?? 'none';
    if (LIVE.has(order.status) && status !== 'committed')
      found.push(violation('a confirmed order has a committed reservation', aboutOrder(order), status));
    if (order.status === 'draft' && status !== 'held')
      found.push(violation('a live draft holds its goods', aboutOrder(order), status));
    const holds = status === 'held' || status === 'committed';
    if (holds && pieces(reservation?.lines ?? []) !== pieces(order.items))
      found.push(
        violation('a reservation holds exactly the order’s lines', aboutOrder(order), pieces(reservation?.lines ?? [])),
      );
  }
  return found;
};
