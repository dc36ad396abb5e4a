import type { ErrorCode } from './errors.ts';

/**
 * An expected refusal: a stable code of the error table, a text for logs and facts for the caller (never secrets).
 * `replayed` when it is the kept refusal of an earlier call with the same idempotency key.
 */
export type Failure = {
  readonly code: ErrorCode;
  readonly message?: string | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly replayed?: boolean | undefined;
};

/** What a command or question comes back with. Expected refusals are values; only bugs throw. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Failure };

/** Wraps a value as a success. */
export const ok = <T>(value: T): Result<T> => ({ ok: true, value });

/** Makes a refusal. `details` goes to the caller as it is, so it holds nothing secret. */
export const fail = (
  code: ErrorCode,
  details?: Readonly<Record<string, unknown>>,
  message?: string,
): { ok: false; error: Failure } => ({
  ok: false,
  error: { code, ...(message === undefined ? {} : { message }), ...(details === undefined ? {} : { details }) },
});
