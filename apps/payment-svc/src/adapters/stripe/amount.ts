import { exponentOf } from '@kervan/money';
import { providerError, ProviderRefusal } from '../provider-error.ts';

/** Currencies Stripe counts in whole units. Source: docs.stripe.com/currencies (zero-decimal). */
const WHOLE = new Set([
  'BIF', 'CLP', 'DJF', 'GNF', 'JPY', 'KMF', 'KRW', 'MGA', 'PYG', 'RWF', 'VND', 'VUV', 'XAF', 'XOF', 'XPF',
]); // prettier-ignore
/** Whole units that Stripe writes with two decimals, which must be zeros. */
const WHOLE_AS_HUNDREDTHS = new Set(['UGX', 'ISK']);
/** Three decimals, of which Stripe wants the last one to be zero. */
const THOUSANDTHS = new Set(['BHD', 'JOD', 'KWD', 'OMR', 'TND']);

const stripeExponent = (currency: string): number => {
  if (WHOLE.has(currency)) return 0;
  return THOUSANDTHS.has(currency) ? 3 : 2;
};

const stepOf = (currency: string): number => {
  if (THOUSANDTHS.has(currency)) return 10;
  return WHOLE_AS_HUNDREDTHS.has(currency) ? 100 : 1;
};

/** Our minor units (ISO 4217) as Stripe counts them; refused when Stripe cannot express the amount. */
export const toStripeAmount = (amount: number, currency: string): number => {
  const shift = stripeExponent(currency) - exponentOf(currency);
  const scaled = shift >= 0 ? amount * 10 ** shift : amount / 10 ** -shift;
  if (!Number.isSafeInteger(scaled) || scaled % stepOf(currency) !== 0) {
    throw new ProviderRefusal(providerError('unsupported_operation', { outcome: 'not_sent' }));
  }
  return scaled;
};

/** Stripe's amount in our minor units; a fraction we cannot express is rounded, so it never looks like the right one. */
export const fromStripeAmount = (amount: number, currency: string): number => {
  const shift = exponentOf(currency) - stripeExponent(currency);
  return shift >= 0 ? amount * 10 ** shift : Math.ceil(amount / 10 ** -shift);
};
