import { invalid, ok, type PaymentPrice, type Quote, type QuoteRequest, type Result } from '@kervan/contracts';
import { allocate } from '@kervan/money';
import { rateOf } from '../installments/installment-rate.ts';
import type { Rules } from '../rules/compiled-rules.ts';
import { type Bill, totalsOf } from './bill.ts';
import { feeOf } from './quote-of.ts';
import type { Standing } from './standing.ts';
import { billOfDelivery, checkBill, checkLines, LARGEST, withInstallments, withPayment } from './steps.ts';

/** A way to pay that may be chosen. */
type Choice = Pick<PaymentPrice, 'provider' | 'method'>;

const installmentsOf = (bill: Bill, choice: Choice): PaymentPrice['installments'] => {
  const { total } = totalsOf(bill);
  const table = bill.rules.installmentTables.get(choice.provider);
  if (table === undefined) return [];
  const { currency } = bill.request;
  return table.rows
    .map(({ installments }) => installments)
    .filter((installments) => rateOf(table, installments, { total, currency }) !== null)
    .map((installments) => {
      const whole = totalsOf(withInstallments(bill, { ...choice, installments })).total;
      const [first = 0] = allocate(whole, new Array<number>(installments).fill(1));
      return { installments, fee: whole - total, first, total: whole };
    })
    .filter((price) => price.total <= LARGEST);
};

/**
 * What a cart comes to with each way to pay: the total, the fees that only this way has, and what each number of
 * installments makes of it. `unknown` as in a quote: no discount depends on how it is paid. invalid_input as for a quote.
 */
export const paymentPricesOf = (
  request: QuoteRequest,
  choices: readonly Choice[],
  rules: Rules,
  standing: Standing,
  now: Date,
): Result<{ prices: PaymentPrice[]; unknown: Quote['unknown'] }> => {
  const tooBig = checkLines(request);
  if (tooBig.length > 0) return invalid(tooBig);
  const bill = billOfDelivery(request, rules, standing, now);
  const prices: PaymentPrice[] = [];
  for (const { provider, method } of choices) {
    const paid = withPayment(bill, { provider, method, installments: 1 });
    const problems = checkBill(paid);
    if (problems.length > 0) return invalid(problems);
    prices.push({
      provider,
      method,
      total: totalsOf(paid).total,
      fees: paid.fees.filter(({ ofPayment }) => ofPayment).map(feeOf),
      installments: installmentsOf(paid, { provider, method }),
    });
  }
  return ok({ prices, unknown: bill.unknown });
};
