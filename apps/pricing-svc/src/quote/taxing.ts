import type { QuoteLine, TaxRate } from '@kervan/contracts';
import { type Bill, NO_TAX, type RateTotal, type Taxed } from './bill.ts';

/** The class of shipping and of fees that name none. */
const STANDARD_CLASS = 'standard';

/** Reckons taxes and adds up what each rate comes to. */
export type TaxBook = {
  /** The tax of one amount as it is priced, by its class; minor units. */
  readonly tax: (priced: number, taxClass: string | null) => Taxed;
  readonly totals: ReadonlyMap<TaxRate, RateTotal>;
};

type Sum = { -readonly [Key in keyof RateTotal]: RateTotal[Key] };

/**
 * Goes on from the totals of a bill, which stay as they are. What a company does not pay is taken out of the price when it
 * is in it, and left out when it would come on top.
 */
export const openTaxBook = ({ request: { company }, locality, rateTotals }: Bill): TaxBook => {
  const totals = new Map<TaxRate, Sum>([...rateTotals].map(([rate, total]) => [rate, { ...total }]));
  const sumOf = (rate: TaxRate): Sum => {
    const known = totals.get(rate);
    if (known !== undefined) return known;
    const sum = { base: 0, amount: 0, exempt: 0 };
    totals.set(rate, sum);
    return sum;
  };
  const tax = (priced: number, taxClass: string | null): Taxed => {
    const classTax = locality.taxes.get(taxClass ?? STANDARD_CLASS);
    if (classTax === undefined) return NO_TAX;
    const { rates, sharesOf } = classTax;
    let amount = 0;
    let added = 0;
    let exempt = 0;
    let exemptions: QuoteLine['discounts'] = NO_TAX.exemptions;
    sharesOf(priced).forEach((share, index) => {
      const rate = rates[index];
      if (rate === undefined) return;
      const sum = sumOf(rate);
      if (!company || !rate.companiesExempt) {
        sum.base += share.base;
        sum.amount += share.amount;
        amount += share.amount;
        if (!rate.included) added += share.amount;
      } else if (rate.included && share.amount > 0) {
        sum.exempt += share.amount;
        exempt += share.amount;
        exemptions = [...exemptions, { rule: rate.id, amount: share.amount }];
      }
    });
    const { rate, included } = company ? classTax.ofCompanies : classTax.ofPersons;
    return { tax: { rate, amount, included }, added, exempt, exemptions };
  };
  return { tax, totals };
};
