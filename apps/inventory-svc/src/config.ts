import { defineEnvironment } from '@kervan/service';
import { z } from 'zod';

/** What inventory-svc is told from outside, beside what every service is. */
export const environment = defineEnvironment({
  RESERVATION_SWEEP_S: z.coerce
    .number()
    .positive()
    .max(3_600)
    .default(5)
    .describe('Seconds between two rounds of ending lapsed reservations'),
});
