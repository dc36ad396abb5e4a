import type { BreakdownRow, Considered, QuoteTax, TaxRate } from '@kervan/contracts';
import { type Refusal, refusedRow } from '../rules/reason.ts';
import type { Bill, RateTotal } from './bill.ts';
import { inBothLanguages } from './text.ts';

/** Rates with the same name, percentage and kind are one row for the buyer: KDV 20 % of goods and of shipping. */
const groupByRate = (totals: readonly (readonly [TaxRate, RateTotal])[]): QuoteTax[] => {
  const groups = new Map<string, QuoteTax>();
  for (const [{ name, rate, included }, { base, amount }] of totals) {
    const key = `${rate} ${included} ${typeof name === 'string' ? name : JSON.stringify(name)}`;
    const group = groups.get(key) ?? { name, rate, included, base: 0, amount: 0 };
    groups.set(key, { ...group, base: group.base + base, amount: group.amount + amount });
  }
  return [...groups.values()];
};

/** The name of a rate with its percentage, unless the shop has written one into it: a cart may have several of one name. */
const named = ({ name, rate }: TaxRate): { tr: string; en: string } => {
  const { tr, en } = inBothLanguages(name);
  const percent = String(rate / 100);
  return {
    tr: /\d/.test(tr) ? tr : `${tr} %${percent.replace('.', ',')}`,
    en: /\d/.test(en) ? en : `${en} ${percent} %`,
  };
};

const taxRow = (rate: TaxRate, { amount }: RateTotal): BreakdownRow => {
  const { id, included } = rate;
  const { tr, en } = named(rate);
  const row = { rule: id, kind: 'tax', target: 'order' } as const;
  if (!included) return { ...row, amount, note: { tr, en } };
  return { ...row, amount: 0, included: amount, note: { tr: `${tr} (fiyata dahil)`, en: `${en} (included)` } };
};

const exemptionRow = (rate: TaxRate, { exempt }: RateTotal): BreakdownRow => {
  const { id } = rate;
  const { tr, en } = named(rate);
  const note = { tr: `${tr} muafiyeti`, en: `${en} exemption` };
  return { rule: id, kind: 'discount', target: 'order', amount: -exempt, note };
};

const refused = ({ id }: TaxRate, reason: Refusal): Considered => refusedRow('tax', id, reason);

/** At the end: taxes as they are shown, by rate, in the order of the rates whatever the order of the lines. */
export const showTaxes = (bill: Bill): Bill => {
  const breakdown = [...bill.breakdown];
  const considered = [...bill.considered];
  const paid: (readonly [TaxRate, RateTotal])[] = [];
  for (const { rate, refusal } of bill.locality.taxRates) {
    const total = bill.rateTotals.get(rate);
    if (refusal !== null) considered.push(refusal);
    else if (total === undefined) considered.push(refused(rate, { code: 'class_not_used' }));
    else if (bill.request.company && rate.companiesExempt) {
      considered.push(refused(rate, { code: 'company_exempt' }));
      if (total.exempt > 0) breakdown.push(exemptionRow(rate, total));
    } else {
      considered.push({ rule: rate.id, kind: 'tax', applied: true, amount: total.amount });
      breakdown.push(taxRow(rate, total));
      paid.push([rate, total]);
    }
  }
  return { ...bill, taxes: groupByRate(paid), breakdown, considered };
};
