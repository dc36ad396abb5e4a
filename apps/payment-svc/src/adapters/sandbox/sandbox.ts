import { randomBytes } from 'node:crypto';
import { keep, write } from '@kervan/store';
import type { Adapter, PaymentRef } from '../adapter.ts';
import { providerError, ProviderRefusal } from '../provider-error.ts';
import type { ProviderErrorCode } from '../provider-error.ts';
import { knownCredentials } from '../settings-check.ts';
import { signatureProblem } from '../signature.ts';
import { clientSecretOf, sandboxIntentId } from './client-secret.ts';
import { readSandboxEvent, SANDBOX_SIGNATURE } from './event.ts';
import { cancelIntent, captureIntent, freshIntent, refundIntent, snapshotOf } from './intent.ts';
import type { SandboxIntent } from './intent.ts';
import type { SandboxStore } from './sandbox.store.ts';

export type SandboxDeps = {
  readonly intents: SandboxStore;
  readonly clock: () => Date;
  /** Sends the webhooks that lie in an intent, without being waited for. */
  readonly deliver: (intent: SandboxIntent) => void;
};

const CREDENTIALS = ['secretKey', 'webhookSecret', 'webhookSecretPrevious'];

const refused = (code: ProviderErrorCode): ProviderRefusal => new ProviderRefusal(providerError(code));

/** The key a shop's client secrets are signed with. */
export const secretKeyOf = (credentials: Readonly<Record<string, string>>): string => {
  const { secretKey } = credentials;
  if (secretKey === undefined) throw refused('invalid_credentials');
  return secretKey;
};

/** The `sandbox` adapter: a provider of our own that takes test cards only and behaves like a real one. */
export const sandboxAdapter = ({ intents, clock, deliver }: SandboxDeps): Adapter => {
  /** Decides on an intent that something has happened to; null of `decide` is too late or too much. */
  const change = async <R>(
    tenant: string,
    id: string,
    decide: (intent: SandboxIntent) => { intent: SandboxIntent; result: R } | null,
    refusal: ProviderErrorCode,
  ): Promise<R> => {
    const updated = await intents.update<R | null>(tenant, id, (intent) => {
      const decided = decide(intent);
      if (decided === null) return keep(null);
      return decided.intent === intent ? keep(decided.result) : write(decided.intent, decided.result);
    });
    if (!updated.ok || updated.value === null) {
      throw refused(updated.ok ? refusal : updated.error.code === 'not_found' ? 'not_found' : 'provider_unavailable');
    }
    deliver(updated.document);
    return updated.value;
  };
  const askedOf = (tenant: string, capture: 'automatic' | 'manual', payment: PaymentRef & { orderNo?: string }) => ({
    id: sandboxIntentId(tenant, payment.orderId, payment.attempt),
    tenant,
    capture,
    amount: payment.amount,
    currency: payment.currency,
    orderId: payment.orderId,
    orderNo: payment.orderNo ?? '',
    attempt: payment.attempt,
  });

  const getStatus: Adapter['getStatus'] = async ({ settings: { tenant, capture } }, payment) => {
    const intent = await intents.get(tenant, payment.providerRef);
    return snapshotOf(intent ?? freshIntent(askedOf(tenant, capture, payment)));
  };

  return {
    id: 'sandbox',
    capabilities: { modes: ['test'], manualCapture: true },
    validateConfig: ({ credentials }) => knownCredentials(credentials, CREDENTIALS),
    ownCredentials: () => ({
      secretKey: `sbk_${randomBytes(24).toString('base64url')}`,
      webhookSecret: `whsec_${randomBytes(24).toString('base64url')}`,
    }),
    mapError: (raw) => (raw instanceof ProviderRefusal ? raw.error : null),
    getStatus,
    confirm: getStatus,

    checkCredentials: async ({ settings: { credentials } }) => void secretKeyOf(credentials),

    // Nothing is written: the client secret carries what was asked until something happens to it.
    createPayment: async ({ settings: { tenant, capture, credentials } }, request) => {
      const asked = { ...request, tenant, capture, id: sandboxIntentId(tenant, request.orderId, request.attempt) };
      return {
        providerRef: asked.id,
        clientSecret: clientSecretOf(asked, secretKeyOf(credentials)),
        nextAction: { type: 'none', url: null, html: null },
      };
    },

    capture: ({ settings: { tenant } }, { providerRef, amount: whole }, amount = whole) =>
      change(
        tenant,
        providerRef,
        (intent) => {
          const captured = captureIntent(intent, amount, clock());
          return captured === null ? null : { intent: captured, result: snapshotOf(captured) };
        },
        'invalid_state',
      ),

    cancel: async ({ settings: { tenant, capture } }, payment) => {
      const now = clock();
      const cancelled = cancelIntent(freshIntent(askedOf(tenant, capture, payment)), now);
      if (cancelled !== null && (await intents.insert(cancelled)) !== null) {
        deliver({ ...cancelled, version: 1, createdAt: now, updatedAt: now });
        return snapshotOf(cancelled);
      }
      const decide = (intent: SandboxIntent) => {
        const next = cancelIntent(intent, clock());
        return next === null ? null : { intent: next, result: snapshotOf(next) };
      };
      return change(tenant, payment.providerRef, decide, 'invalid_state');
    },

    refund: ({ settings: { tenant } }, { providerRef }, request) =>
      change(
        tenant,
        providerRef,
        (intent) => {
          // The refund's id is its key: asked again it is the same one.
          const known = intent.refunds.find(({ refundId }) => refundId === request.refundId);
          if (known !== undefined) return { intent, result: known };
          const made = refundIntent(intent, request, clock());
          return made === null ? null : { intent: made.intent, result: made.refund };
        },
        'refund_not_allowed',
      ),

    getRefundStatus: async ({ settings: { tenant } }, payment, refundRef) => {
      const intent = await intents.get(tenant, payment.providerRef);
      const found = intent?.refunds.find(({ providerRef }) => providerRef === refundRef);
      if (found === undefined) throw refused('not_found');
      return found;
    },

    parseWebhook: ({ credentials }, { rawBody, headers, now, toleranceS }) => {
      const { webhookSecret, webhookSecretPrevious } = credentials;
      const secrets = [webhookSecret, webhookSecretPrevious].filter((secret) => secret !== undefined);
      const header = headers[SANDBOX_SIGNATURE];
      const problem = signatureProblem({ header, body: rawBody, secrets, now, toleranceS });
      return problem === null ? readSandboxEvent(rawBody) : { kind: 'rejected', reason: problem };
    },
  };
};
