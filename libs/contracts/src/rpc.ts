import { z } from 'zod';
import type { Owner } from './topology.ts';

/** One question or command of a service: who answers, what goes in, what comes out. */
export type Rpc<Request extends z.ZodType = z.ZodType, Reply extends z.ZodType = z.ZodType> = {
  readonly owner: Owner;
  /** Dotted name below the owner, e.g. `cart.addItem`. */
  readonly method: string;
  /** `rpc.<owner>.<method>` */
  readonly subject: string;
  readonly request: Request;
  readonly reply: Reply;
  /** The longest the caller waits, in milliseconds; the call's own deadline may be shorter. */
  readonly timeoutMs: number;
};

/**
 * What every call that makes something takes beside its own input: under the same key it makes the same thing, and
 * refuses with idempotency_key_reused what is not the same input.
 */
export const Keyed = { idempotencyKey: z.string().min(1).max(255).optional() };

/** Declares a call. The subject follows from owner and method, so nobody writes subjects by hand. */
export const defineRpc = <Request extends z.ZodType, Reply extends z.ZodType>(definition: {
  owner: Owner;
  method: string;
  request: Request;
  reply: Reply;
  timeoutMs?: number;
}): Rpc<Request, Reply> => ({
  timeoutMs: 5_000,
  ...definition,
  subject: `rpc.${definition.owner}.${definition.method}`,
});
