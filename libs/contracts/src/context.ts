import { z } from 'zod';

/** A tenant's slug: one clean token, so that it can stand in subjects, indexes and paths. It never changes. */
export const TenantSlug = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/);

/** Who asks: written to timelines and ledgers, checked by handlers that care. */
export const Actor = z.object({
  kind: z.enum(['system', 'guest', 'customer', 'staff', 'machine', 'platform', 'provider']),
  id: z.string().max(128).optional(),
});
export type Actor = z.infer<typeof Actor>;

/** What every call carries. `deadline` is absolute (epoch milliseconds): each hop uses what is left of it. */
export const Context = z.object({
  tenant: TenantSlug,
  traceId: z.string().max(64),
  deadline: z.number().int(),
  language: z.string().max(16),
  actor: Actor,
});
export type Context = z.infer<typeof Context>;

/** The tenant under which calls run that belong to no shop (making tenants, resolving hosts). Not a legal slug for a shop. */
export const PLATFORM_TENANT = 'platform';
