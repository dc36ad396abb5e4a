import { couponRoutes } from './coupons.ts';
import { feeRuleRoutes } from './fee-rules.ts';
import { geozoneRoutes } from './geozones.ts';
import { installmentTableRoutes } from './installment-tables.ts';
import { promotionRoutes } from './promotions.ts';
import { quoteRoutes } from './quotes.ts';
import { shippingMethodRoutes } from './shipping-methods.ts';
import { taxRateRoutes } from './tax-rates.ts';

/** The rules a cart is priced by, and the price of a cart that is not one. */
export const pricingRoutes = [
  ...geozoneRoutes,
  ...taxRateRoutes,
  ...shippingMethodRoutes,
  ...feeRuleRoutes,
  ...promotionRoutes,
  ...couponRoutes,
  ...installmentTableRoutes,
  ...quoteRoutes,
];
