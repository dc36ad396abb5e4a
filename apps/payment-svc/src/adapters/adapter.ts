import type { NextAction, Provider } from '@kervan/contracts';
import type { ProviderError } from './provider-error.ts';
import type { RefundSnapshot, Snapshot } from './snapshot.ts';

/** A tenant's settings of one provider with its credentials in the clear: in memory only, never logged or sent. */
export type ProviderSettings = {
  readonly tenant: string;
  readonly mode: 'test' | 'live';
  readonly capture: 'automatic' | 'manual';
  readonly credentials: Readonly<Record<string, string>>;
};

/** What every call to a provider is made with. `deadline` in epoch milliseconds: the provider gets what is left. */
export type ProviderContext = { readonly settings: ProviderSettings; readonly deadline: number };

/** The payment a call is about, as the provider and we know it. Amount in minor units. */
export type PaymentRef = {
  readonly providerRef: string;
  readonly orderId: string;
  readonly attempt: number;
  readonly amount: number;
  readonly currency: string;
};

export type CreateRequest = Omit<PaymentRef, 'providerRef'> & { readonly orderNo: string };
export type CreatedPayment = {
  readonly providerRef: string;
  /** For the buyer's browser alone. */
  readonly clientSecret: string | null;
  readonly nextAction: NextAction;
};
export type RefundRequest = { readonly refundId: string; readonly amount: number; readonly reason: string };

/** One wrong field of a provider's settings. */
export type SettingsError = { readonly path: string; readonly code: string; readonly message: string };
export type SettingsToCheck = Pick<ProviderSettings, 'mode' | 'capture' | 'credentials'>;

/** A webhook as it came in. `now` and `toleranceS` bound the age of its signature, both ways. */
export type WebhookRequest = {
  readonly rawBody: Buffer;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly now: Date;
  readonly toleranceS: number;
};

/** An event of a provider in our words. */
export type ProviderEvent = {
  readonly eventId: string;
  readonly type: string;
  /** When the provider says it happened. */
  readonly at: Date;
  /** Null for a type that means nothing to us. */
  readonly snapshot: Snapshot | null;
  /** The order and attempt it says it belongs to; a hint that is checked against the payment. */
  readonly link: { readonly orderId: string; readonly attempt: number } | null;
};
export type WebhookReading =
  | { readonly kind: 'event'; readonly event: ProviderEvent }
  | { readonly kind: 'rejected' | 'malformed'; readonly reason: string };

/** What a provider can do; the core asks here before it calls. */
export type Capabilities = { readonly modes: readonly ('test' | 'live')[]; readonly manualCapture: boolean };

/**
 * A payment provider. Adapters keep nothing about payments and know no tenant but the one in the call. Their calls throw
 * whatever their client throws; `mapError` says what it means (null: not the provider's error but a bug of ours).
 * Every call that changes something may be made again with the same arguments and has one effect.
 */
export type Adapter = {
  readonly id: Provider;
  readonly capabilities: Capabilities;
  /** Every wrong field; without network. */
  readonly validateConfig: (settings: SettingsToCheck) => SettingsError[];
  /** Credentials the service makes up itself when the tenant gives none. */
  readonly ownCredentials?: () => Record<string, string>;
  /** Makes a call that changes nothing, to see whether the credentials are good. */
  readonly checkCredentials: (context: ProviderContext) => Promise<void>;
  readonly createPayment: (context: ProviderContext, request: CreateRequest) => Promise<CreatedPayment>;
  /** Finishes what the buyer started, where the provider waits for us, and says how it stands. */
  readonly confirm: (context: ProviderContext, payment: PaymentRef) => Promise<Snapshot>;
  /** Takes what was authorized; all of it unless `amount` says less. */
  readonly capture: (context: ProviderContext, payment: PaymentRef, amount?: number) => Promise<Snapshot>;
  /** invalid_state when it is too late: then `getStatus` says how it stands. */
  readonly cancel: (context: ProviderContext, payment: PaymentRef) => Promise<Snapshot>;
  readonly refund: (context: ProviderContext, payment: PaymentRef, refund: RefundRequest) => Promise<RefundSnapshot>;
  /** The whole truth about a payment, with all its refunds. */
  readonly getStatus: (context: ProviderContext, payment: PaymentRef) => Promise<Snapshot>;
  readonly getRefundStatus: (
    context: ProviderContext,
    payment: PaymentRef,
    refundRef: string,
  ) => Promise<RefundSnapshot>;
  /** Checks the signature, then reads. No side effects. */
  readonly parseWebhook: (settings: ProviderSettings, request: WebhookRequest) => WebhookReading;
  readonly mapError: (raw: unknown) => ProviderError | null;
};
