import { ok, type Context, type inventoryRpc, type Result } from '@kervan/contracts';
import type { Store } from '@kervan/store';
import { z } from 'zod';
import { SUM_BY_SKU } from '../books/books.store.ts';
import type { Submit } from '../books/group.ts';
import { ledger, stock } from '../collections.ts';
import { repair } from './adjust.ts';

type Rpc = typeof inventoryRpc;

/** The most SKUs one answer reports; after a repair the next call finds the rest. */
const MOST_DRIFTS = 1_000;

const Compared = z.tuple([
  z.object({
    checked: z.array(z.object({ count: z.number().int() })),
    drift: z.array(
      z.object({
        _id: z.string(),
        stockOnHand: z.number().int(),
        stockReserved: z.number().int(),
        ledgerOnHand: z.number().int(),
        ledgerReserved: z.number().int(),
      }),
    ),
  }),
]);

/** Stock beside the sums of the ledger, by SKU; a SKU that only one of them knows has zeros on the other side. */
const comparison = (ledgerName: string, filter: { tenant: string; sku?: string }): Record<string, unknown>[] => [
  { $match: filter },
  { $project: { sku: 1, stockOnHand: '$onHand', stockReserved: '$reserved' } },
  {
    $unionWith: {
      coll: ledgerName,
      pipeline: [
        { $match: filter },
        SUM_BY_SKU,
        { $project: { sku: '$_id', ledgerOnHand: '$onHand', ledgerReserved: '$reserved' } },
      ],
    },
  },
  {
    $group: {
      _id: '$sku',
      stockOnHand: { $sum: '$stockOnHand' },
      stockReserved: { $sum: '$stockReserved' },
      ledgerOnHand: { $sum: '$ledgerOnHand' },
      ledgerReserved: { $sum: '$ledgerReserved' },
    },
  },
  {
    $facet: {
      checked: [{ $count: 'count' }],
      drift: [
        {
          $match: {
            $expr: {
              $or: [{ $ne: ['$stockOnHand', '$ledgerOnHand'] }, { $ne: ['$stockReserved', '$ledgerReserved'] }],
            },
          },
        },
        { $sort: { _id: 1 } },
        { $limit: MOST_DRIFTS },
      ],
    },
  },
];

/**
 * Compares the stock of a shop with its ledger, both as they stood at one moment. With `repair` the ledger wins: each
 * row is compared again in the transaction that writes it, so that what was sold meanwhile counts.
 */
export const recomputeStock =
  ({ store, submit }: { readonly store: Store; readonly submit: Submit }) =>
  async (
    request: z.output<Rpc['recomputeStock']['request']>,
    { tenant, traceId, deadline }: Context,
  ): Promise<Result<z.output<Rpc['recomputeStock']['reply']>>> => {
    const filter = { tenant, ...(request.sku === undefined ? {} : { sku: request.sku }) };
    const compared = store.raw(stock).aggregate(comparison(store.raw(ledger).collectionName, filter), {
      readConcern: { level: 'snapshot' },
      allowDiskUse: true,
    });
    const [{ checked, drift }] = Compared.parse(await compared.toArray());
    const reports = drift.map(async (row) => {
      const sku = row._id;
      const change = { tenant, traceId, deadline, skus: [sku], sums: true };
      const repaired = request.repair
        ? await submit({ ...change, apply: (books) => repair(books, { tenant, sku }) })
        : ok(false);
      return {
        sku,
        stock: { onHand: row.stockOnHand, reserved: row.stockReserved },
        ledger: { onHand: row.ledgerOnHand, reserved: row.ledgerReserved },
        repaired: repaired.ok && repaired.value,
      };
    });
    return ok({ checked: checked[0]?.count ?? 0, drift: await Promise.all(reports) });
  };
