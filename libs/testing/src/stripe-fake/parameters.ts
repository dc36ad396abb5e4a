import { invalid, type Answer } from './error.ts';
import type { Form } from './form.ts';

type Kind = 'text' | 'amount' | 'map' | 'list' | 'boolean' | { readonly oneOf: readonly string[] };
type Shape = Readonly<Record<string, Kind>>;

/** What each call may be given; as in Stripe's API 2026-10-28, as far as this fake goes. */
export const PARAMETERS = {
  createIntent: {
    amount: 'amount',
    currency: 'text',
    automatic_payment_methods: 'map',
    allowed_payment_method_types: 'list',
    capture_method: { oneOf: ['automatic', 'automatic_async', 'manual'] },
    confirm: 'boolean',
    customer: 'text',
    description: 'text',
    expand: 'list',
    metadata: 'map',
    payment_method: 'text',
    receipt_email: 'text',
    return_url: 'text',
    setup_future_usage: 'text',
    shipping: 'map',
    statement_descriptor_suffix: 'text',
  },
  confirmIntent: {
    payment_method: 'text',
    return_url: 'text',
    client_secret: 'text',
    expand: 'list',
    payment_method_data: 'map',
  },
  captureIntent: { amount_to_capture: 'amount', final_capture: 'boolean', metadata: 'map', expand: 'list' },
  cancelIntent: {
    cancellation_reason: { oneOf: ['duplicate', 'fraudulent', 'requested_by_customer', 'abandoned'] },
    expand: 'list',
  },
  readIntent: { expand: 'list', client_secret: 'text' },
  listIntents: { customer: 'text', limit: 'amount', starting_after: 'text', expand: 'list' },
  createRefund: {
    payment_intent: 'text',
    charge: 'text',
    amount: 'amount',
    reason: { oneOf: ['duplicate', 'fraudulent', 'requested_by_customer'] },
    metadata: 'map',
    expand: 'list',
  },
  readRefund: { expand: 'list' },
  listRefunds: { payment_intent: 'text', charge: 'text', limit: 'amount', starting_after: 'text', expand: 'list' },
} as const satisfies Record<string, Shape>;
export type Call = keyof typeof PARAMETERS;

const REQUIRED: Partial<Record<Call, readonly string[]>> = { createIntent: ['amount', 'currency'] };

/** The refusal of a form that is not what the call takes; null when it is fine. */
export const checkParameters = (call: Call, form: Form): Answer | null => {
  const shape: Shape = PARAMETERS[call];
  for (const name of REQUIRED[call] ?? []) {
    if (form[name] === undefined) {
      return invalid(`Missing required param: ${name}.`, { code: 'parameter_missing', param: name });
    }
  }
  for (const [name, value] of Object.entries(form)) {
    const kind = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (kind === undefined) {
      return invalid(`Received unknown parameter: ${name}`, { code: 'parameter_unknown', param: name });
    }
    if (!fits(kind, value)) return invalid(`Invalid ${name}`, { param: name });
  }
  return null;
};

const fits = (kind: Kind, value: Form[string]): boolean => {
  if (kind === 'map') return typeof value === 'object' && !Array.isArray(value);
  if (kind === 'list') return Array.isArray(value);
  if (typeof value !== 'string') return false;
  if (kind === 'amount') return /^\d{1,12}$/.test(value);
  if (kind === 'boolean') return value === 'true' || value === 'false';
  return kind === 'text' || kind.oneOf.includes(value);
};
