import { fail } from '@kervan/contracts';
import type { Failure } from '@kervan/contracts';
import type { z } from 'zod';

const MOST_ERRORS = 50;

/** `invalid_input` with one error per wrong field: its dotted path below the input, zod's code and text. */
export const invalidInput = (error: z.ZodError): { ok: false; error: Failure } =>
  fail('invalid_input', {
    errors: error.issues.slice(0, MOST_ERRORS).map(({ path, code, message }) => ({
      path: path.map(String).join('.'),
      code,
      message,
    })),
  });
