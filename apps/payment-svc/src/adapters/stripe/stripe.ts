import { setTimeout } from 'node:timers/promises';
import type Stripe from 'stripe';
import type { Adapter, ProviderContext } from '../adapter.ts';
import { providerError, ProviderRefusal } from '../provider-error.ts';
import { signatureProblem } from '../signature.ts';
import type { Snapshot } from '../snapshot.ts';
import { toStripeAmount } from './amount.ts';
import { stripeClients } from './client.ts';
import { isRememberedFailure, isStillRunning, mapStripeError } from './error.ts';
import { readStripeEvent } from './events.ts';
import { Intent, intentSnapshot, intentStatus, Refund, refundSnapshot } from './objects.ts';
import { stripeSettingsErrors } from './settings.ts';

/** No call to Stripe waits longer than this, in milliseconds, however far the caller's deadline is. */
const LONGEST_CALL_MS = 8_000;
/** What is kept of the deadline for our own work with the answer, in milliseconds. */
const MARGIN_MS = 250;
const MOST_REFUNDS = 100;

/** The `stripe` adapter. `apiBase` points it elsewhere for tests; live credentials are refused then. */
export const stripeAdapter = ({ apiBase }: { apiBase: string | undefined }): Adapter => {
  const clientOf = stripeClients(apiBase);
  const call = async <T>({ settings, deadline }: ProviderContext, run: StripeCall<T>): Promise<T> => {
    const client = await clientOf(settings);
    const timeout = Math.min(LONGEST_CALL_MS, deadline - MARGIN_MS - Date.now());
    if (timeout <= 0) throw new ProviderRefusal(providerError('provider_unavailable', { outcome: 'not_sent' }));
    return within(timeout, run(client, { timeout }));
  };

  const listRefunds = async (context: ProviderContext, intentId: string): Promise<Stripe.Refund[]> => {
    const page = await call(context, (stripe, options) =>
      stripe.refunds.list({ payment_intent: intentId, limit: MOST_REFUNDS }, options),
    );
    return page.data;
  };

  const getStatus: Adapter['getStatus'] = async (context, { providerRef }) => {
    const found = await call(context, (stripe, options) =>
      stripe.paymentIntents.retrieve(providerRef, { expand: ['latest_charge'] }, options),
    );
    const charge = typeof found.latest_charge === 'object' ? found.latest_charge : null;
    const snapshot = snapshotOf(found);
    if (charge === null || charge.amount_refunded === 0) return { ...snapshot, refunds: [] };
    const refunds = await listRefunds(context, providerRef);
    return { ...snapshot, refunds: refunds.map((refund) => refundSnapshot(Refund.parse(refund))) };
  };

  return {
    id: 'stripe',
    capabilities: { modes: ['test', 'live'], manualCapture: true },
    validateConfig: (settings) => stripeSettingsErrors(settings, apiBase !== undefined),
    mapError: mapStripeError,
    getStatus,
    // The buyer's browser finishes a payment with Stripe by itself: all there is left to do is to look.
    confirm: getStatus,

    // A restricted key has to be allowed just this: to use payments.
    checkCredentials: async (context) => {
      await call(context, (stripe, options) => stripe.paymentIntents.list({ limit: 1 }, options));
    },

    createPayment: async (context, { orderId, orderNo, attempt, amount, currency }) => {
      const { tenant, capture } = context.settings;
      const params: Stripe.PaymentIntentCreateParams = {
        amount: toStripeAmount(amount, currency),
        currency: currency.toLowerCase(),
        // Which methods the buyer is offered is set in Stripe's dashboard.
        automatic_payment_methods: { enabled: true },
        capture_method: capture,
        description: orderNo,
        metadata: { tenant, orderId, orderNo, attempt: String(attempt) },
      };
      // Of an intent whose making ended in a remembered 500 nobody has the client secret: another one does no harm.
      const created = await underKey(`${orderId}:intent:${String(attempt)}`, (idempotencyKey) =>
        call(context, (stripe, options) => stripe.paymentIntents.create(params, { ...options, idempotencyKey })),
      );
      return {
        providerRef: created.id,
        clientSecret: created.client_secret,
        nextAction: { type: 'none', url: null, html: null },
      };
    },

    capture: async (context, payment, amount) => {
      const params = amount === undefined ? {} : { amount_to_capture: toStripeAmount(amount, payment.currency) };
      const { providerRef, orderId, attempt } = payment;
      const captured = await underKey(`${orderId}:capture:${String(attempt)}`, (idempotencyKey) =>
        call(context, (stripe, options) =>
          stripe.paymentIntents.capture(providerRef, params, { ...options, idempotencyKey }),
        ),
      );
      return snapshotOf(captured);
    },

    cancel: async (context, { providerRef }) =>
      snapshotOf(
        await call(context, (stripe, options) =>
          stripe.paymentIntents.cancel(providerRef, { cancellation_reason: 'abandoned' }, options),
        ),
      ),

    refund: async (context, payment, { refundId, amount }) => {
      const params: Stripe.RefundCreateParams = {
        payment_intent: payment.providerRef,
        amount: toStripeAmount(amount, payment.currency),
        metadata: { tenant: context.settings.tenant, orderId: payment.orderId, refundId },
      };
      const create = (idempotencyKey: string) =>
        call(context, (stripe, options) => stripe.refunds.create(params, { ...options, idempotencyKey }));
      const refunded = await underKey(`${refundId}:refund`, create, async () => {
        const made = await listRefunds(context, payment.providerRef);
        return made.find(({ metadata }) => metadata?.['refundId'] === refundId);
      });
      return refundSnapshot(Refund.parse(refunded));
    },

    getRefundStatus: async (context, _payment, refundRef) =>
      refundSnapshot(
        Refund.parse(await call(context, (stripe, options) => stripe.refunds.retrieve(refundRef, {}, options))),
      ),

    parseWebhook: ({ credentials, mode }, { rawBody, headers, now, toleranceS }) => {
      const { webhookSecret, webhookSecretPrevious } = credentials;
      const secrets = [webhookSecret, webhookSecretPrevious].filter((secret) => secret !== undefined);
      const problem = signatureProblem({
        header: headers['stripe-signature'],
        body: rawBody,
        secrets,
        now,
        toleranceS,
      });
      return problem === null ? readStripeEvent(rawBody, mode, now) : { kind: 'rejected', reason: problem };
    },
  };
};

/**
 * Waits no longer than so many milliseconds for an answer. The SDK counts from the last byte, not while it connects, and
 * anew when it sends a call once more: a network that swallows everything would hold a call for minutes.
 */
const within = async <T>(ms: number, answer: Promise<T>): Promise<T> => {
  const answered = new AbortController();
  const silence = setTimeout(ms, undefined, { signal: answered.signal }).then(() => {
    throw new ProviderRefusal(providerError('provider_unavailable', { outcome: 'unknown' }));
  });
  try {
    return await Promise.race([answer, silence]);
  } finally {
    answered.abort();
  }
};

type StripeCall<T> = (stripe: Stripe, options: Stripe.RequestOptions) => Promise<T>;

/** Keys tried before giving up, when each is spent on a 500. */
const MOST_KEYS = 5;
/** Pauses before a call is made again while another one runs under its key, in milliseconds. */
const PAUSES_MS = [100, 200, 400, 800, 1_600];

/**
 * Makes a call under an idempotency key. While another process makes the very same call, its answer is waited for.
 * Stripe remembers a 500 under its key like any other answer, for a day: such a key is spent, so `done` is asked
 * whether the call had its effect, and if not the next key in line is used.
 */
const underKey = async <T>(
  key: string,
  create: (idempotencyKey: string) => Promise<T>,
  done: () => Promise<T | undefined> = async () => undefined,
): Promise<T> => {
  const pauses = PAUSES_MS.values();
  for (let count = 1; ;) {
    try {
      return await create(count === 1 ? key : `${key}:${String(count)}`);
    } catch (error) {
      if (isStillRunning(error)) {
        const pause = pauses.next();
        if (pause.done === true) throw error;
        await setTimeout(pause.value);
        continue;
      }
      if (count === MOST_KEYS || !isRememberedFailure(error)) throw error;
      const known = await done();
      if (known !== undefined) return known;
      count++;
    }
  }
};

const snapshotOf = (answer: Stripe.PaymentIntent): Snapshot => {
  const intent = Intent.parse(answer);
  return { providerRef: intent.id, intent: intentSnapshot(intent, intentStatus(intent)) };
};
