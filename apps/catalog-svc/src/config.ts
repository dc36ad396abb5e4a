import { defineEnvironment } from '@kervan/service';
import { z } from 'zod';

/** What catalog-svc is told from outside, beside what every service is. */
export const environment = defineEnvironment({
  CATALOG_FRESH_S: z.coerce
    .number()
    .positive()
    .max(60)
    .default(5)
    .describe('Seconds that answers are kept in memory when nothing is heard of a change'),
  STOCK_PASS_ON_S: z.coerce
    .number()
    .positive()
    .max(600)
    .default(5)
    .describe('Seconds between two rounds of passing on stock that was left behind'),
});
