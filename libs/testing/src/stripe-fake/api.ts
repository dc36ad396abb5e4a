import type { Account } from './account.ts';
import { type Answer, errorAnswer } from './error.ts';
import { type Form, textOf } from './form.ts';
import { cancelIntent, captureIntent, confirmIntent, createIntent, listIntents, readIntent } from './intents.ts';
import { type Call, checkParameters } from './parameters.ts';
import { createRefund, listRefunds, readRefund } from './refunds.ts';

type Row = {
  readonly method: 'GET' | 'POST';
  /** As it is told to faults: `:id` stands for an id. */
  readonly path: string;
  readonly call: Call;
  readonly run: (account: Account, id: string, form: Form) => Answer;
};

/** The calls of Stripe's API that this fake answers. */
export const ROUTES: readonly Row[] = [
  {
    method: 'POST',
    path: '/v1/payment_intents',
    call: 'createIntent',
    run: (account, _id, form) => createIntent(account, form),
  },
  {
    method: 'GET',
    path: '/v1/payment_intents',
    call: 'listIntents',
    run: (account, _id, form) => listIntents(account, form),
  },
  { method: 'GET', path: '/v1/payment_intents/:id', call: 'readIntent', run: readIntent },
  { method: 'POST', path: '/v1/payment_intents/:id/confirm', call: 'confirmIntent', run: confirmIntent },
  { method: 'POST', path: '/v1/payment_intents/:id/capture', call: 'captureIntent', run: captureIntent },
  { method: 'POST', path: '/v1/payment_intents/:id/cancel', call: 'cancelIntent', run: cancelIntent },
  {
    method: 'POST',
    path: '/v1/refunds',
    call: 'createRefund',
    run: (account, _id, form) => createRefund(account, form),
  },
  { method: 'GET', path: '/v1/refunds', call: 'listRefunds', run: (account, _id, form) => listRefunds(account, form) },
  { method: 'GET', path: '/v1/refunds/:id', call: 'readRefund', run: readRefund },
];

const PATTERNS = ROUTES.map((row) => ({ row, pattern: new RegExp(`^${row.path.replace(':id', '([A-Za-z0-9_]+)')}$`) }));

/** The row of a request and the id in its path; null for what this fake (or Stripe) does not have. */
export const routeOf = (method: string, path: string): { row: Row; id: string } | null => {
  for (const { row, pattern } of PATTERNS) {
    const match = row.method === method ? pattern.exec(path) : null;
    if (match !== null) return { row, id: match[1] ?? '' };
  }
  return null;
};

/** Does a call that is let in: parameters first, then the thing itself. */
export const runRow = (
  account: Account,
  { call, run }: Row,
  id: string,
  form: Form,
  isPublishable: boolean,
): Answer => {
  const wrong = checkParameters(call, form);
  if (wrong !== null) return wrong;
  if (!isPublishable) return run(account, id, form);
  // The buyer's browser has the publishable key and may only do this, with the intent's own secret.
  const secret = account.intents.get(id)?.client_secret;
  const mayPay = (call === 'confirmIntent' || call === 'readIntent') && secret === textOf(form, 'client_secret');
  return mayPay
    ? run(account, id, form)
    : errorAnswer(401, 'invalid_request_error', 'This API call cannot be made with a publishable API key.');
};
