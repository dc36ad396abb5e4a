import { randomBytes } from 'node:crypto';

export type IntentStatus =
  'requires_payment_method' | 'requires_action' | 'processing' | 'requires_capture' | 'succeeded' | 'canceled';
export type LastError = { type: string; code: string; decline_code?: string; message: string; charge: string };

/** A PaymentIntent as it is answered and sent. */
export type Intent = {
  id: string;
  object: 'payment_intent';
  amount: number;
  amount_capturable: number;
  amount_received: number;
  automatic_payment_methods: { enabled: boolean; allow_redirects: 'always' } | null;
  canceled_at: number | null;
  cancellation_reason: string | null;
  capture_method: string;
  client_secret: string;
  created: number;
  currency: string;
  description: string | null;
  last_payment_error: LastError | null;
  latest_charge: string | null;
  livemode: false;
  metadata: Record<string, string>;
  next_action: { type: 'redirect_to_url'; redirect_to_url: { url: string; return_url: string | null } } | null;
  payment_method: string | null;
  payment_method_types: string[];
  status: IntentStatus;
};
export type Charge = {
  id: string;
  object: 'charge';
  amount: number;
  amount_captured: number;
  amount_refunded: number;
  captured: boolean;
  created: number;
  currency: string;
  disputed: boolean;
  failure_code: string | null;
  livemode: false;
  metadata: Record<string, string>;
  paid: boolean;
  payment_intent: string;
  refunded: boolean;
  status: 'succeeded' | 'failed';
};
export type Refund = {
  id: string;
  object: 'refund';
  amount: number;
  charge: string;
  created: number;
  currency: string;
  failure_reason?: string;
  metadata: Record<string, string>;
  payment_intent: string;
  reason: string | null;
  status: 'pending' | 'succeeded' | 'failed';
};
export type Dispute = {
  id: string;
  object: 'dispute';
  amount: number;
  charge: string;
  created: number;
  currency: string;
  livemode: false;
  payment_intent: string;
  reason: string;
  status: string;
};
export type StripeObject = Intent | Charge | Refund | Dispute;

/** An event that happened, and where it goes. */
export type Event = { id: string; type: string; created: number; livemode: boolean; object: unknown };

/** Everything of one account: what one secret key sees. */
export type Account = {
  readonly key: string;
  readonly intents: Map<string, Intent>;
  readonly charges: Map<string, Charge>;
  readonly refunds: Map<string, Refund>;
  readonly disputes: Map<string, Dispute>;
  readonly emit: (type: string, object: StripeObject) => void;
};

/** An id as Stripe makes them. */
export const stripeId = (prefix: string): string => `${prefix}_${randomBytes(12).toString('hex')}`;
/** Now, in the whole seconds that Stripe counts. */
export const seconds = (): number => Math.floor(Date.now() / 1_000);
