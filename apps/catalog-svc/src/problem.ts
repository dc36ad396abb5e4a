import { fail } from '@kervan/contracts';

/** One thing wrong with what came in: where (dotted path), a stable code, a text for people. */
export type Problem = { readonly path: string; readonly code: string; readonly message: string };

/** `invalid_input` that names every field. */
export const invalid = (problems: readonly Problem[]): ReturnType<typeof fail> =>
  fail('invalid_input', { errors: problems });
