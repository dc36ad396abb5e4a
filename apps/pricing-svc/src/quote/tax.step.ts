import type { BreakdownRow, Considered, Quote, TaxRate } from '@kervan/contracts';
import type { ClassTax } from '../taxes/class-tax.ts';
import { type Bill, NO_TAX } from './bill.ts';
import { REASONS } from './reason.ts';
import { inBothLanguages } from './text.ts';

const SHIPPING_CLASS = 'standard';

/** What one rate comes to over the whole cart. */
type RateTotal = { base: number; amount: number };
type Ledger = Map<TaxRate, RateTotal>;

/** The tax of one amount, booked on its rates. A rate's base is the net price, with a compound one also the taxes before it. */
const taxOf = (priced: number, classTax: ClassTax | undefined, ledger: Ledger): Bill['lines'][number]['tax'] => {
  if (classTax === undefined) return NO_TAX;
  const { rates, rate, included } = classTax;
  const amounts = classTax.amounts(priced);
  let total = 0;
  let net = priced;
  for (let index = 0; index < rates.length; index++) {
    const amount = amounts[index] ?? 0;
    total += amount;
    if (rates[index]?.included) net -= amount;
  }
  rates.forEach((one, index) => {
    let base = net;
    if (one.compound) {
      for (let before = 0; before < index; before++) {
        if ((rates[before]?.priority ?? 0) < one.priority) base += amounts[before] ?? 0;
      }
    }
    const booked = ledger.get(one);
    if (booked === undefined) ledger.set(one, { base, amount: amounts[index] ?? 0 });
    else {
      booked.base += base;
      booked.amount += amounts[index] ?? 0;
    }
  });
  return { rate, amount: total, included };
};
