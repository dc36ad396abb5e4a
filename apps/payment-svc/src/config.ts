import { defineEnvironment } from '@kervan/service';
import { z } from 'zod';

const MasterKey = z.string().regex(/^[0-9a-fA-F]{64}$/, 'must be 32 bytes in hex');

/** What payment-svc reads from the environment beside what every service does. */
export const PaymentEnvironment = defineEnvironment({
  MASTER_KEY: MasterKey.describe('Encrypts the credentials of providers: 32 bytes in hex'),
  MASTER_KEY_PREVIOUS: z
    .string()
    .transform((keys) => keys.split(','))
    .pipe(z.array(MasterKey))
    .default([])
    .describe('Keys it was before, with commas: what they sealed still opens'),
  WEBHOOK_TOLERANCE_S: z.coerce
    .number()
    .int()
    .min(1)
    .max(3_600)
    .default(300)
    .describe("Seconds a webhook's signature may be old, and as many into the future"),
  RECONCILE_S: z.coerce
    .number()
    .min(0.1)
    .max(86_400)
    .default(60)
    .describe('Seconds without news after which a payment is asked about; then twice as long each time, up to an hour'),
  STRIPE_API_BASE: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Where Stripe is, for tests only: live credentials are refused with it'),
});
export type PaymentEnvironment = z.output<typeof PaymentEnvironment>;
