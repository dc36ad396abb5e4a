import type { Tenant } from '@kervan/contracts';

/**
 * Whether pages of an origin may read a shop's answers: those of the shop's own hosts and those its settings name.
 * No cookies are used, so a page elsewhere could never act as its visitor anyway.
 */
export const isOriginAllowed = (origin: string, tenant: Tenant): boolean => {
  if (tenant.settings.corsOrigins?.some((allowed) => sameOrigin(allowed, origin)) === true) return true;
  const parsed = URL.parse(origin);
  return parsed !== null && (tenant.hosts.includes(parsed.host) || tenant.hosts.includes(parsed.hostname));
};

const sameOrigin = (allowed: string, origin: string): boolean =>
  allowed === origin || URL.parse(allowed)?.origin === origin;

/** What a preflight is told that is the same for everyone. */
export const PREFLIGHT_HEADERS = {
  'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
  'access-control-allow-headers':
    'Authorization, Content-Type, Accept-Language, Idempotency-Key, If-Match, X-Tenant, Traceparent',
  'access-control-max-age': '600',
} as const;

/** Headers of our answers that a page of another origin may read. */
export const EXPOSED_HEADERS =
  'Content-Language, ETag, Idempotent-Replayed, Location, RateLimit, RateLimit-Policy, Retry-After, X-Trace-Id';
