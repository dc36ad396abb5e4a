import { defineEnvironment } from '@kervan/service';
import { z } from 'zod';

const count = z.coerce.number().int().min(1).max(1_000_000_000);

/** What the gateway is told from outside. */
export const environment = defineEnvironment({
  HOST: z.union([z.ipv4(), z.ipv6()]).default('0.0.0.0').describe('The address to listen on'),
  PLATFORM_KEY: z
    .string()
    .min(16)
    .max(500)
    .optional()
    .describe(
      "The secret of the platform's operator, who makes tenants, at least 16 characters; without one nobody can",
    ),
  RATE_LIMIT_WINDOW_S: z.coerce
    .number()
    .int()
    .min(1)
    .max(3_600)
    .default(60)
    .describe('Seconds of the window in which requests are counted'),
  RATE_LIMIT_ADDRESS: count.default(600).describe('Requests of one address in a window'),
  RATE_LIMIT_TENANT: count.default(30_000).describe('Requests of one tenant in a window'),
  RATE_LIMIT_TRACKING: count
    .default(30)
    .describe('Looks at one order number from one address in a window; ten times as many from all addresses'),
  TRUST_PROXY: z
    .string()
    .regex(/^[0-9a-fA-F.:/]+(?:,[0-9a-fA-F.:/]+)*$/, 'must be addresses or CIDRs with commas')
    .optional()
    .describe('Proxies whose `X-Forwarded-For` is believed: addresses or CIDRs with commas'),
});
export type Environment = z.output<typeof environment>;
