import type { BreakdownRow, Considered, QuoteTax, TaxRate } from '@kervan/contracts';
import type { ClassTax, TaxShare } from '../taxes/class-tax.ts';
import { type Bill, NO_TAX, type Taxed } from './bill.ts';
import { REASONS } from '../rules/reason.ts';
import { inBothLanguages } from './text.ts';

/** The class of shipping whose method names none. */
const SHIPPING_CLASS = 'standard';

/** What each rate comes to over the whole cart. */
type RateTotals = Map<TaxRate, TaxShare>;

/** The tax of one amount, also booked on its rates. */
const taxOf = (priced: number, classTax: ClassTax | undefined, totals: RateTotals): Taxed => {
  if (classTax === undefined) return NO_TAX;
  const { rates, rate, included, sharesOf } = classTax;
  let amount = 0;
  let added = 0;
  sharesOf(priced).forEach((share, index) => {
    const one = rates[index];
    if (one === undefined) return;
    amount += share.amount;
    if (!one.included) added += share.amount;
    const booked = totals.get(one);
    totals.set(one, {
      base: share.base + (booked?.base ?? 0),
      amount: share.amount + (booked?.amount ?? 0),
    });
  });
  return { tax: { rate, amount, included }, added };
};

/** Rates with the same name, percentage and kind are one row for the buyer: KDV 20 % of goods and of shipping. */
const groupByRate = (totals: RateTotals): QuoteTax[] => {
  const groups = new Map<string, QuoteTax>();
  for (const [{ name, rate, included }, { base, amount }] of totals) {
    const key = `${rate} ${included} ${typeof name === 'string' ? name : JSON.stringify(name)}`;
    const group = groups.get(key) ?? { name, rate, included, base: 0, amount: 0 };
    groups.set(key, { ...group, base: group.base + base, amount: group.amount + amount });
  }
  return [...groups.values()];
};

const breakdownRow = ({ id, name, included }: TaxRate, { amount }: TaxShare): BreakdownRow => {
  const { tr, en } = inBothLanguages(name);
  const row = { rule: id, kind: 'tax', target: 'order' } as const;
  if (!included) return { ...row, amount, note: { tr, en } };
  return { ...row, amount: 0, included: amount, note: { tr: `${tr} (fiyata dahil)`, en: `${en} (included)` } };
};

/** Step 4: tax of each line and of shipping by its class, rounded there; shown by rate. */
export const addTax = (bill: Bill): Bill => {
  const { taxes, taxRates } = bill.locality;
  const found: RateTotals = new Map();
  const lines = bill.lines.map((line) => {
    const priced = line.subtotal - line.discount;
    return { ...line, ...taxOf(priced, taxes.get(line.asked.taxClass), found) };
  });
  const { shipping } = bill;
  const shippingTax = shipping && taxOf(shipping.amount, taxes.get(shipping.method.taxClass ?? SHIPPING_CLASS), found);

  // In the order of the rates, whatever the order of the lines.
  const totals: RateTotals = new Map();
  const breakdown = [...bill.breakdown];
  const considered = [...bill.considered];
  let taxAdded = 0;
  let taxIncluded = 0;
  for (const { rate, refusal } of taxRates) {
    const total = found.get(rate);
    if (refusal !== null) considered.push(refusal);
    else if (total === undefined) considered.push(notUsed(rate));
    else {
      totals.set(rate, total);
      considered.push({ rule: rate.id, kind: 'tax', applied: true, amount: total.amount });
      breakdown.push(breakdownRow(rate, total));
      if (rate.included) taxIncluded += total.amount;
      else taxAdded += total.amount;
    }
  }
  return {
    ...bill,
    lines,
    shipping: shipping && { ...shipping, ...shippingTax },
    taxes: groupByRate(totals),
    taxAdded,
    taxIncluded,
    breakdown,
    considered,
  };
};

const notUsed = ({ id }: TaxRate): Considered => ({
  rule: id,
  kind: 'tax',
  applied: false,
  reason: REASONS.classNotUsed,
});
