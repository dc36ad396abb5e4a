import type { InstallmentTable } from '@kervan/contracts';

/**
 * What so many installments add to a total, in basis points; null when they are not offered for it, as by a table that is
 * switched off. Minor units.
 */
export const rateOf = (
  { rows, minTotal, currency, enabled }: InstallmentTable,
  installments: number,
  cart: { readonly total: number; readonly currency: string },
): number | null => {
  if (!enabled) return null;
  if (minTotal !== null && (currency !== cart.currency || cart.total < minTotal)) return null;
  return rows.find((row) => row.installments === installments)?.rate ?? null;
};
