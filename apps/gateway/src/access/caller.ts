import type { Actor, Permission } from '@kervan/contracts';

/** Who is behind a request. */
export type Caller =
  | { readonly kind: 'guest' }
  | { readonly kind: 'machine'; readonly keyId: string; readonly permissions: ReadonlySet<Permission> }
  | { readonly kind: 'platform' };

export const GUEST: Caller = { kind: 'guest' };
export const PLATFORM_OPERATOR: Caller = { kind: 'platform' };

/** Whether a caller has a permission; `*` stands for all of them. */
export const mayDo = (caller: Caller, permission: Permission): boolean =>
  caller.kind === 'machine' && (caller.permissions.has('*') || caller.permissions.has(permission));

/** The caller as neighbours write it to timelines and ledgers. */
export const actorOf = (caller: Caller): Actor =>
  caller.kind === 'machine' ? { kind: 'machine', id: caller.keyId } : { kind: caller.kind };
