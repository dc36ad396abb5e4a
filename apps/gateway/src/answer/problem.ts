import { ERRORS } from '@kervan/contracts';
import type { ErrorCode, Failure, ProblemView } from '@kervan/contracts';
import type { z } from 'zod';

export type Problem = z.output<typeof ProblemView>;

const RESERVED = new Set(['type', 'title', 'status', 'detail', 'instance', 'code', 'traceId', 'errors']);

/** Where a code is explained. */
export const problemType = (code: ErrorCode): string => `/docs#problem-${code}`;

/** A code's title in a language; English for languages that have none. */
export const titleOf = (code: ErrorCode, language: string): string => {
  const { title } = ERRORS[code];
  return language === 'tr' ? title.tr : title.en;
};

/**
 * A refusal as RFC 9457 has it. The failure's details stand beside the standard members (`lines` of `out_of_stock`,
 * the new totals of `total_changed`); its message is for logs and stays here.
 */
export const problemOf = (
  failure: Failure,
  request: { readonly language: string; readonly instance: string; readonly traceId: string },
): Problem => {
  const { code, details = {} } = failure;
  const title = titleOf(code, request.language);
  const errors = errorsOf(details['errors']);
  const extensions = Object.fromEntries(Object.entries(details).filter(([name]) => !RESERVED.has(name)));
  return {
    type: problemType(code),
    title,
    status: ERRORS[code].status,
    detail:
      errors.length === 0
        ? title
        : errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; '),
    instance: request.instance,
    code,
    traceId: request.traceId,
    ...(errors.length === 0 ? {} : { errors }),
    ...extensions,
  };
};

/** The errors of a neighbour's `invalid_input` have the same shape as ours; anything else is left out. */
const errorsOf = (errors: unknown): NonNullable<Problem['errors']> =>
  Array.isArray(errors)
    ? errors.flatMap((error: unknown) =>
        typeof error === 'object' && error !== null
          ? [{ path: textOf(error, 'path'), code: textOf(error, 'code'), message: textOf(error, 'message') }]
          : [],
      )
    : [];

const textOf = (object: object, name: string): string => {
  const value: unknown = Reflect.get(object, name);
  return typeof value === 'string' ? value : '';
};

/** How soon the same call is worth another try, in seconds; null when it never is. */
export const retryAfterOf = (failure: Failure): number | null => {
  const named = failure.details?.['retryAfterSeconds'];
  if (typeof named === 'number' && Number.isFinite(named)) return Math.max(1, Math.ceil(named));
  const { retryable, status } = ERRORS[failure.code];
  return retryable && status !== 500 && status !== 502 ? 1 : null;
};
