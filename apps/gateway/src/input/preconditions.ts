import { fail, ok } from '@kervan/contracts';
import type { Result } from '@kervan/contracts';

const KEY = /^[\x21-\x7e]{1,255}$/;
const VERSION_TAG = /^(?:W\/)?"(\d{1,15})"$/;

/** The `Idempotency-Key` of a request. Sent twice it comes joined by a comma and a space, which no key holds. */
export const idempotencyKeyOf = (
  header: string | string[] | undefined,
  need: 'none' | 'accepted' | 'required',
): Result<string | undefined> => {
  if (need === 'none') return ok(undefined);
  if (header === undefined) return need === 'required' ? fail('idempotency_key_required') : ok(undefined);
  return typeof header === 'string' && KEY.test(header) ? ok(header) : fail('idempotency_key_invalid');
};

/** The version `If-Match` names. `*` asks for nothing but existence; a tag that we never gave matches nothing. */
export const expectedVersionOf = (header: string | undefined): Result<number | undefined> => {
  if (header === undefined || header.trim() === '*') return ok(undefined);
  const version = VERSION_TAG.exec(header.trim())?.[1];
  return version === undefined ? fail('precondition_failed') : ok(Number(version));
};
