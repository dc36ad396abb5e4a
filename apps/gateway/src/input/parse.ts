import { fail, ok, saidOf } from '@kervan/contracts';
import type { ErrorCode, Result, Texts } from '@kervan/contracts';
import { z } from 'zod';

/** One thing that is wrong with an input; `path` with dots, below the body (or the query). */
export type InputError = { readonly path: string; readonly code: string; readonly message: string | Texts };

const MOST_ERRORS = 50;
const messagesByLanguage = new Map([
  ['tr', z.locales.tr().localeError],
  ['en', z.locales.en().localeError],
]);

/**
 * Parses a whole request `{ params, query, body }`. A path parameter that cannot be right is answered with `missing`,
 * as if nothing were there; the rest with `invalid_input` and one error per wrong field, in the language asked for.
 */
export const parseInput = <Schema extends z.ZodType>(
  schema: Schema,
  request: { readonly params: unknown; readonly query: unknown; readonly body: unknown },
  language: string,
  missing: ErrorCode,
): Result<z.output<Schema>> => {
  const error = messagesByLanguage.get(language) ?? messagesByLanguage.get('en');
  const parsed = schema.safeParse(request, error === undefined ? undefined : { error });
  if (parsed.success) return ok(parsed.data);
  const { issues } = parsed.error;
  if (issues.some((issue) => issue.path[0] === 'params')) return fail(missing);
  return fail('invalid_input', { errors: issues.flatMap((issue) => describe(issue, 1)).slice(0, MOST_ERRORS) });
};

/** An issue as errors: an unknown field each by its own path, a union by the attempt that came farthest. */
const describe = (issue: z.core.$ZodIssue, skip: number, before: readonly PropertyKey[] = []): InputError[] => {
  const path = [...before, ...issue.path.slice(skip)];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: dotted([...path, key]), code: issue.code, message: issue.message }));
  }
  if (issue.code === 'invalid_union') {
    const deepest = issue.errors
      .filter((issues) => issues.some((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys'))
      .sort((one, other) => one.length - other.length)[0];
    if (deepest !== undefined) return deepest.flatMap((inner) => describe(inner, 0, path));
  }
  return [{ path: dotted(path), code: issue.code, message: saidOf(issue) ?? issue.message }];
};

const dotted = (path: readonly PropertyKey[]): string => path.map(String).join('.');
