import { defineEnvironment } from '@kervan/service';
import { z } from 'zod';

/** What pricing-svc reads from the environment beside what every service does. */
export const environment = defineEnvironment({
  PRICING_RULES_TTL_S: z.coerce
    .number()
    .min(0.1)
    .max(3_600)
    .default(30)
    .describe('Seconds after which rules in memory are read again even if no change was heard of'),
});
