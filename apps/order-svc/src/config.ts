import { defineEnvironment } from '@kervan/service';
import { z } from 'zod';

/** What order-svc reads from the environment beside what every service does. All in seconds. */
export const OrderEnvironment = defineEnvironment({
  RESERVATION_TTL_S: z.coerce.number().int().min(1).max(3_600).default(900),
  RESERVATION_SWEEP_S: z.coerce.number().min(0.1).max(3_600).default(5),
  RECONCILE_S: z.coerce.number().min(0.1).max(86_400).default(60),
  IDEMPOTENCY_TTL_S: z.coerce.number().int().min(60).max(2_592_000).default(259_200),
});
