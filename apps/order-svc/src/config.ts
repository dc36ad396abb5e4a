import { defineEnvironment } from '@kervan/service';
import { z } from 'zod';

/** What order-svc reads from the environment beside what every service does. All in seconds. */
export const OrderEnvironment = defineEnvironment({
  RESERVATION_TTL_S: z.coerce
    .number()
    .int()
    .min(1)
    .max(3_600)
    .default(900)
    .describe('Seconds a draft has to be paid in before it expires'),
  RESERVATION_SWEEP_S: z.coerce
    .number()
    .min(0.1)
    .max(3_600)
    .default(5)
    .describe('Seconds between two rounds of expiring drafts and going on with what a crash left'),
  RECONCILE_S: z.coerce
    .number()
    .min(0.1)
    .max(86_400)
    .default(60)
    .describe('Seconds without news after which the payment of a draft is asked about'),
});
