import { defineEnvironment } from '@kervan/service';
import { z } from 'zod';

const count = z.coerce.number().int().min(1).max(1_000_000_000);

/** What the gateway is told from outside. */
export const environment = defineEnvironment({
  /** The address to listen on. */
  HOST: z.union([z.ipv4(), z.ipv6()]).default('0.0.0.0'),
  /** The secret of the platform's operator, who makes tenants. Without one nobody can. */
  PLATFORM_KEY: z.string().min(16).max(500).optional(),
  /** Requests of one address, of one tenant, and for tracking one order from one address, in a window. */
  RATE_LIMIT_WINDOW_S: z.coerce.number().int().min(1).max(3_600).default(60),
  RATE_LIMIT_ADDRESS: count.default(600),
  RATE_LIMIT_TENANT: count.default(30_000),
  RATE_LIMIT_TRACKING: count.default(30),
  /** Proxies whose `X-Forwarded-For` is believed: addresses or CIDRs with commas. */
  TRUST_PROXY: z
    .string()
    .regex(/^[0-9a-fA-F.:/]+(?:,[0-9a-fA-F.:/]+)*$/, 'must be addresses or CIDRs with commas')
    .optional(),
});
export type Environment = z.output<typeof environment>;
