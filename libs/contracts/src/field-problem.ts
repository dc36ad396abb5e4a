import type { z } from 'zod';
import { fail } from './result.ts';
import { Texts } from './texts.ts';

/** One thing wrong with what came in, beyond its shape: where (dotted path), a stable code, a text for people. */
export type FieldProblem = { readonly path: string; readonly code: string; readonly message: Texts };

/** `invalid_input` that names every field. */
export const invalid = (problems: readonly FieldProblem[]): ReturnType<typeof fail> =>
  fail('invalid_input', { errors: problems });

/** What zod's `refine` takes to say in both languages what is wrong. */
export const saying = (texts: Texts): { readonly message: string; readonly params: { readonly texts: Texts } } => ({
  message: texts.en,
  params: { texts },
});

/** What `saying` has said of an issue; null for any other. */
export const saidOf = (issue: z.core.$ZodIssue): Texts | null => {
  const said = issue.code === 'custom' ? Texts.safeParse(issue.params?.['texts']) : null;
  return said?.success === true ? said.data : null;
};
