import { defineEnvironment } from '@kervan/service';
import { z } from 'zod';

const MasterKey = z.string().regex(/^[0-9a-fA-F]{64}$/, 'must be 32 bytes in hex');

/** What payment-svc reads from the environment beside what every service does. */
export const PaymentEnvironment = defineEnvironment({
  /** Encrypts the credentials of providers. */
  MASTER_KEY: MasterKey,
  /** Keys it was before, with commas: what they sealed still opens. */
  MASTER_KEY_PREVIOUS: z
    .string()
    .transform((keys) => keys.split(','))
    .pipe(z.array(MasterKey))
    .default([]),
  /** How old a webhook's signature may be, in seconds; the same into the future. */
  WEBHOOK_TOLERANCE_S: z.coerce.number().int().min(1).max(3_600).default(300),
  /** After how long without news a payment is asked about, in seconds. */
  RECONCILE_S: z.coerce.number().min(0.1).max(86_400).default(60),
  /** Where Stripe is; for tests only: live credentials are refused with it. */
  STRIPE_API_BASE: z.url({ protocol: /^https?$/ }).optional(),
});
export type PaymentEnvironment = z.output<typeof PaymentEnvironment>;
