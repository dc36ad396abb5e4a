import type { Route } from './route.ts';
import { brandRoutes } from './routes/brands.ts';
import { cartRoutes } from './routes/cart.ts';
import { checkoutRoutes } from './routes/checkout.ts';
import { deadLetterRoutes } from './routes/dead-letters.ts';
import { goodsRoutes } from './routes/goods.ts';
import { importRoutes } from './routes/imports.ts';
import { keyRoutes } from './routes/keys.ts';
import { orderRoutes } from './routes/orders.ts';
import { paymentRoutes } from './routes/payments.ts';
import { platformRoutes } from './routes/platform.ts';
import { pricingRoutes } from './routes/pricing.ts';
import { productRoutes } from './routes/products.ts';
import { stockRoutes } from './routes/stock.ts';

/** The whole API: handlers, access, limits and the OpenAPI document all follow from this table. */
export const routes: readonly Route[] = [
  ...goodsRoutes,
  ...cartRoutes,
  ...checkoutRoutes,
  ...productRoutes,
  ...importRoutes,
  ...brandRoutes,
  ...stockRoutes,
  ...pricingRoutes,
  ...orderRoutes,
  ...paymentRoutes,
  ...deadLetterRoutes,
  ...keyRoutes,
  ...platformRoutes,
];
