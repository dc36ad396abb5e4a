import { fail, ok, type Context, type inventoryRpc, type LedgerRow, type Page, type Result } from '@kervan/contracts';
import type { z } from 'zod';
import type { Collections } from '../collections.ts';
import { stockKey } from '../stock/stock.ts';
import { ledgerRow } from './ledger.ts';

/** The movements of a SKU, newest first. sku_not_found, invalid_cursor */
export const listLedger =
  ({ stock, ledger }: Pick<Collections, 'stock' | 'ledger'>) =>
  async (
    { sku, limit, cursor }: z.output<typeof inventoryRpc.listLedger.request>,
    { tenant }: Context,
  ): Promise<Result<Page<LedgerRow>>> => {
    const row = await stock.get(tenant, stockKey(tenant, sku));
    if (row === null) return fail('sku_not_found', { sku });
    const page = await ledger.list(
      tenant,
      { sku },
      { sort: { sequence: -1 }, limit, ...(cursor === undefined ? {} : { cursor }) },
    );
    return page.ok ? ok({ ...page.value, data: page.value.data.map(ledgerRow) }) : page;
  };
