import { ERRORS, Texts } from '@kervan/contracts';
import type { ErrorCode, Failure, ProblemView } from '@kervan/contracts';
import { z } from 'zod';

export type Problem = z.output<typeof ProblemView>;

const RESERVED = new Set(['type', 'title', 'status', 'detail', 'instance', 'code', 'traceId', 'errors']);

/** Where a code is explained. */
export const problemType = (code: ErrorCode): string => `/docs#problem-${code}`;

/** A code's title in a language; English for languages that have none. */
export const titleOf = (code: ErrorCode, language: string): string => inLanguage(ERRORS[code].title, language);

/** A text in a language; English for languages that have none. */
const inLanguage = ({ tr, en }: Texts, language: string): string => (language === 'tr' ? tr : en);

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
  const errors = errorsOf(details['errors'], request.language);
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

/** What is wrong with a field: as we have parsed it, or in both languages as a neighbour says it. */
const FieldError = z.object({
  path: z.string().catch(''),
  code: z.string().catch(''),
  message: z.union([z.string(), Texts]).catch(''),
});

/** The errors of an `invalid_input` in a language; whatever else stands there is left out. */
const errorsOf = (errors: unknown, language: string): NonNullable<Problem['errors']> =>
  Array.isArray(errors)
    ? errors.flatMap((each: unknown) => {
        const error = FieldError.safeParse(each);
        if (!error.success) return [];
        const { path, code, message } = error.data;
        return [{ path, code, message: typeof message === 'string' ? message : inLanguage(message, language) }];
      })
    : [];

/** How soon the same call is worth another try, in seconds; null when it never is. */
export const retryAfterOf = (failure: Failure): number | null => {
  const named = failure.details?.['retryAfterSeconds'];
  if (typeof named === 'number' && Number.isFinite(named)) return Math.max(1, Math.ceil(named));
  const { retryable, status } = ERRORS[failure.code];
  return retryable && status !== 500 && status !== 502 ? 1 : null;
};
