import { ERRORS } from '@kervan/contracts';
import type { Failure } from '@kervan/contracts';
import type { z } from 'zod';

/** RFC 9457 with a stable `code`; a refusal's details stand beside the standard members, as the gateway has it. */
export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly instance: string;
  readonly traceId: string;
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  readonly [extension: string]: unknown;
};
/** One wrong field of the input. */
export type FieldError = { readonly path: string; readonly code: string; readonly message: string };

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** The first of our languages that the caller lists; English for providers, who list none. */
const languageOf = (acceptLanguage: string | undefined): 'tr' | 'en' =>
  /(?:^|[\s,])(tr|en)\b/i.exec(acceptLanguage ?? '')?.[1]?.toLowerCase() === 'tr' ? 'tr' : 'en';

/** A refusal as HTTP tells it. */
export const problemOf = (
  { code, message, details }: Failure,
  { instance, traceId, acceptLanguage }: { instance: string; traceId: string; acceptLanguage: string | undefined },
): Problem => {
  const { status, title } = ERRORS[code];
  return {
    ...details,
    type: `urn:kervan:problem:${code}`,
    title: title[languageOf(acceptLanguage)],
    status,
    code,
    instance,
    traceId,
    ...(message === undefined ? {} : { detail: message }),
  };
};

/** The wrong fields of an input; of a union the errors of the alternative that came closest. */
export const fieldErrors = (error: z.ZodError): FieldError[] => error.issues.flatMap(fieldsOf);

const fieldsOf = (issue: z.core.$ZodIssue): FieldError[] => {
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const closest = issue.errors.reduce((best, each) => (each.length < best.length ? each : best));
    return closest.flatMap((inner) => fieldsOf({ ...inner, path: [...issue.path, ...inner.path] }));
  }
  return [{ path: issue.path.map(String).join('.'), code: issue.code, message: issue.message }];
};
