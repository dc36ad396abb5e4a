import type { Facts, OrderRow } from './facts.ts';

/** Something that does not hold: which rule, of what, what was found, and whose it is. `order` is the order's number. */
export type Violation = { rule: string; id: string; found: string; tenant?: string; order?: string };

/** A pure look at the facts. */
export type Rule = (facts: Facts) => Violation[];

/** What a violation is about. */
export type About = Pick<Violation, 'id' | 'tenant' | 'order'>;

export const violation = (rule: string, { id, tenant, order }: About, found: string): Violation => ({
  rule,
  id,
  found,
  ...(tenant === undefined ? {} : { tenant }),
  ...(order === undefined ? {} : { order }),
});

export const aboutOrder = ({ _id: id, tenant, orderNo: order }: Pick<OrderRow, '_id' | 'tenant' | 'orderNo'>) => ({
  id,
  tenant,
  order,
});

/** Names a thing of a shop. */
export const key = (...parts: readonly (string | number)[]): string => parts.join(':');

/** Statuses of an order that is a sale. */
export const LIVE: ReadonlySet<string> = new Set(['confirmed', 'packing', 'shipped', 'delivered']);
/** Statuses of an order that ended without one. */
export const ENDED: ReadonlySet<string> = new Set(['expired', 'cancelled']);

/** The things by their group. */
export const grouped = <Thing>(things: readonly Thing[], groupOf: (thing: Thing) => string): Map<string, Thing[]> => {
  const groups = new Map<string, Thing[]>();
  for (const thing of things) {
    const group = groupOf(thing);
    const there = groups.get(group);
    if (there === undefined) groups.set(group, [thing]);
    else there.push(thing);
  }
  return groups;
};

/** The sum of a number of each thing. */
export const sumOf = <Thing>(things: readonly Thing[], numberOf: (thing: Thing) => number): number =>
  things.reduce((sum, thing) => sum + numberOf(thing), 0);
