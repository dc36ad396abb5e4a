import { versionTag } from '../route.ts';

/** What all rows of the pricing part say alike. */
export const reading = { who: 'machine', area: 'Admin: pricing', permission: 'pricing:read' } as const;
export const writing = { who: 'machine', area: 'Admin: pricing', permission: 'pricing:write' } as const;

/** Where something that was made stands, and its version. */
export const located = (path: string) => (one: { id: string; version: number }) => ({
  location: `/api/v1${path}/${one.id}`,
  ...versionTag(one),
});
