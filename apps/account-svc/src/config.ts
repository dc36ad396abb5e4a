import { defineEnvironment } from '@kervan/service';
import { z } from 'zod';

/** What account-svc is told from outside, beside what every service is. */
export const environment = defineEnvironment({
  KEY_USES_S: z.coerce
    .number()
    .positive()
    .max(60)
    .default(5)
    .describe('Seconds between two writes of when keys were last used'),
});
