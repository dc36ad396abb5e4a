/** An answer of the API: its status, its body, and whether a key may remember it. */
export type Answer = { readonly status: number; readonly body: object; readonly isStored?: boolean };

type ErrorFields = { code?: string; decline_code?: string; param?: string; charge?: string; payment_intent?: object };

/** An error as Stripe words it. */
export const errorAnswer = (status: number, type: string, message: string, fields: ErrorFields = {}): Answer => ({
  status,
  body: { error: { type, message, ...fields } },
});

/** A wrong parameter: found before anything is done, so no key remembers it. */
export const invalid = (message: string, fields: ErrorFields = {}): Answer => ({
  ...errorAnswer(400, 'invalid_request_error', message, fields),
  isStored: false,
});

export const missing = (what: string, id: string): Answer =>
  errorAnswer(404, 'invalid_request_error', `No such ${what}: '${id}'`, { code: 'resource_missing', param: 'id' });
