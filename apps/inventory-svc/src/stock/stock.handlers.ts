import { inventoryRpc, ok, type Context, type Page, type Result, type StockItem } from '@kervan/contracts';
import type { KeyedIds } from '@kervan/store';
import type { z } from 'zod';
import type { Submit } from '../books/group.ts';
import type { Collections } from '../collections.ts';
import { actorText } from '../ledger/actor.ts';
import { adjust, ensure } from './adjust.ts';
import { stockItem, stockKey } from './stock.ts';

type Rpc = typeof inventoryRpc;

/** Which levels a list by level shows: what is out has to be ordered as well as what is low. */
const LEVELS = { low: { level: { $in: ['low', 'out'] } }, out: { level: 'out' } } as const;

/** Stock by SKU, a page at a time. invalid_cursor */
export const listStock =
  ({ stock }: Pick<Collections, 'stock'>) =>
  async (
    { limit, cursor, sku, level }: z.output<Rpc['listStock']['request']>,
    { tenant }: Context,
  ): Promise<Result<Page<StockItem>>> => {
    const filter = { ...(sku === undefined ? {} : { sku }), ...(level === undefined ? {} : LEVELS[level]) };
    const options = { sort: { sku: 1 }, limit, ...(cursor === undefined ? {} : { cursor }) } as const;
    const page = await stock.list(tenant, filter, options);
    return page.ok ? ok({ ...page.value, data: page.value.data.map(stockItem) }) : page;
  };

/** Stock of these SKUs; unknown ones are left out. */
export const getStock =
  ({ stock }: Pick<Collections, 'stock'>) =>
  async (
    { skus }: z.output<Rpc['getStock']['request']>,
    { tenant }: Context,
  ): Promise<Result<{ items: StockItem[] }>> => {
    const keys = [...new Set(skus)].map((sku) => stockKey(tenant, sku));
    const rows = await stock.getMany(tenant, keys);
    return ok({ items: rows.map(stockItem) });
  };

/** Rows for SKUs that have none. */
export const ensureStock =
  ({ submit }: { submit: Submit }) =>
  async (
    { items }: z.output<Rpc['ensureStock']['request']>,
    { tenant, traceId, deadline, actor }: Context,
  ): Promise<Result<{ created: number }>> => {
    const made = await submit({
      tenant,
      traceId,
      deadline,
      skus: items.map(({ sku }) => sku),
      apply: (books) => ensure(books, { tenant, items, actor: actorText(actor) }),
    });
    return made.ok ? ok({ created: made.value }) : made;
  };

/** What is on the shelf, changed by staff or a program. sku_not_found, stock_below_zero */
export const adjustStock =
  ({ submit, keyedId }: { submit: Submit; keyedId: KeyedIds }) =>
  async (request: z.output<Rpc['adjustStock']['request']>, context: Context): Promise<Result<StockItem>> => {
    const keyed = await keyedId('ledger', inventoryRpc.adjustStock, request, context);
    if (!keyed.ok) return keyed;
    const movementId = keyed.value.id;
    const { sku, adjustment } = keyed.value.input;
    const { tenant, traceId, deadline, actor } = context;
    const row = await submit({
      tenant,
      traceId,
      deadline,
      skus: [sku],
      movementId,
      apply: (books) => adjust(books, { tenant, sku, adjustment, movementId, actor: actorText(actor) }),
    });
    return row.ok ? ok(stockItem(row.value)) : row;
  };
