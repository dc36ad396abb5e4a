import { mongo } from 'mongoose';
import { z } from 'zod';

/** Sort order: fields in order of weight. */
export type Sort = Readonly<Record<string, 1 | -1>>;

/** The same as fields and directions. */
export type Order = [string, 1 | -1][];

/** A sort that leaves no two documents equal: the id decides last, in the direction of the last field. */
export const totalOrder = (sort: Sort): Order => {
  const fields = Object.entries(sort).filter(([name]) => name !== '_id');
  return [...fields, ['_id', sort['_id'] ?? fields.at(-1)?.[1] ?? 1]];
};

const Position = z.union([z.string(), z.number(), z.boolean(), z.date(), z.null()]);
type Position = z.infer<typeof Position>;
const Cursor = z.strictObject({ order: z.string(), after: z.array(Position) });

const nameOf = (order: Order): string =>
  order.map(([name, direction]) => `${direction === 1 ? '' : '-'}${name}`).join(',');

/** An opaque text for the place after this document in this order. */
export const cursorAfter = (document: object, order: Order): string => {
  const after = order.map(([name]) => Position.parse(valueAt(document, name)));
  return Buffer.from(mongo.BSON.EJSON.stringify({ order: nameOf(order), after })).toString('base64url');
};

/** The values a cursor stands for; `null` for anything that is not a cursor of this order. */
export const readCursor = (cursor: string, order: Order): Position[] | null => {
  let raw: unknown;
  try {
    raw = mongo.BSON.EJSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return null;
  }
  const parsed = Cursor.safeParse(raw);
  if (!parsed.success || parsed.data.order !== nameOf(order) || parsed.data.after.length !== order.length) return null;
  return parsed.data.after;
};

/**
 * A filter for what comes after these values in this order: greater in the first field, or equal there and greater in
 * the next, and so on. MongoDB sorts missing and null before everything, and `$gt` and `$lt` never match them. The
 * bound on the first field says nothing new, but lets the index begin at the right place.
 */
export const filterAfter = (order: Order, after: readonly Position[]): Record<string, unknown> => {
  const ways: Record<string, unknown>[] = [];
  const equal: Record<string, unknown> = {};
  order.forEach(([name, direction], index) => {
    const value = after[index] ?? null;
    if (value === null) {
      if (direction === 1) ways.push({ ...equal, [name]: { $ne: null } });
    } else if (direction === 1) ways.push({ ...equal, [name]: { $gt: value } });
    else ways.push({ ...equal, [name]: { $lt: value } }, { ...equal, [name]: null });
    equal[name] = value;
  });
  const [[first, direction] = ['_id', 1]] = order;
  const value = after[0] ?? null;
  if (value === null) return { $or: ways };
  return { [first]: direction === 1 ? { $gte: value } : { $not: { $gt: value } }, $or: ways };
};

const valueAt = (document: object, path: string): unknown =>
  path.split('.').reduce<unknown>((value, name) => Object(value)[name], document) ?? null;
