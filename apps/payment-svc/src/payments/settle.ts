import { fail, ok } from '@kervan/contracts';
import type { Failure, Result } from '@kervan/contracts';
import type { Log } from '@kervan/service';
import { keep, write } from '@kervan/store';
import type { Adapter, ProviderContext } from '../adapters/adapter.ts';
import type { Adapters } from '../adapters/adapters.ts';
import type { Called, CallProvider } from '../adapters/call.ts';
import { mayTryAgain, providerError } from '../adapters/provider-error.ts';
import type { ProviderError } from '../adapters/provider-error.ts';
import type { Snapshot } from '../adapters/snapshot.ts';
import type { Settings } from '../providers/settings.ts';
import { applySnapshot } from './apply.ts';
import type { Told } from './apply.ts';
import { paymentRef } from './payment.ts';
import type { PaymentDocument } from './payment.ts';
import type { PaymentStore } from './payment.store.ts';

export type SettleDeps = {
  readonly payments: PaymentStore;
  readonly adapters: Adapters;
  readonly settings: Settings;
  readonly call: CallProvider;
  readonly clock: () => Date;
  readonly log: Log;
};

/** A call this work belongs to. `deadline` in epoch milliseconds. */
export type Work = { readonly tenant: string; readonly traceId: string; readonly deadline: number };

type Outcome = { readonly payment: PaymentDocument; readonly ask: boolean };

/**
 * Applies news of a payment, from wherever they came; in doubt the provider is asked and its answer applied. not_found
 * when there is no such payment, payment_provider_* when it could not be asked.
 */
export const settle = async (
  deps: SettleDeps,
  work: Work,
  paymentId: string,
  snapshot: Snapshot,
  told: Told,
): Promise<Result<PaymentDocument>> => {
  const first = await applyOnce(deps, work, paymentId, snapshot, told);
  if (!first.ok) return first;
  if (!first.value.ask) return ok(first.value.payment);
  const askedAt = deps.clock();
  const answer = await askProvider(deps, work, first.value.payment, (adapter, context, payment) =>
    adapter.getStatus(context, payment),
  );
  if (!answer.ok) return failureOf(answer.error, first.value.payment);
  // An answer says nothing of disputes: what the event told of one still counts.
  const whole: Snapshot =
    snapshot.dispute === undefined ? answer.value : { ...answer.value, dispute: snapshot.dispute };
  const second = await applyOnce(deps, work, paymentId, whole, { by: 'answer', at: askedAt });
  return second.ok ? ok(second.value.payment) : second;
};

const applyOnce = async (
  { payments, clock, log }: SettleDeps,
  { tenant, traceId }: Work,
  paymentId: string,
  snapshot: Snapshot,
  told: Told,
): Promise<Result<Outcome>> => {
  let odd: string | undefined;
  const updated = await payments.update<boolean>(
    tenant,
    paymentId,
    (payment) => {
      odd = undefined;
      if (payment.providerRef !== snapshot.providerRef) return { refuse: fail('not_found').error };
      const applied = applySnapshot(payment, snapshot, told, clock());
      if (applied.kind === 'changed') return write(applied.payment, false, applied.events);
      if (applied.kind === 'same') odd = applied.odd;
      return keep(applied.kind === 'ask');
    },
    traceId,
  );
  if (!updated.ok) return updated;
  const payment = updated.document;
  if (odd !== undefined)
    log.warn({ tenant, traceId, paymentId, orderId: payment.orderId, odd }, 'a provider contradicts itself');
  return ok({ payment, ask: updated.value });
};

/** Asks the payment's provider about it, with the settings its tenant has now. */
export const askProvider = async <T>(
  { adapters, settings, call }: Pick<SettleDeps, 'adapters' | 'settings' | 'call'>,
  { tenant, deadline }: Work,
  payment: PaymentDocument,
  ask: (adapter: Adapter, context: ProviderContext, payment: ReturnType<typeof paymentRef>) => Promise<T>,
): Promise<Called<T>> => {
  const adapter = adapters[payment.provider];
  const own = await settings.one(tenant, payment.provider);
  if (own === null) return { ok: false, error: providerError('invalid_credentials', { outcome: 'not_sent' }) };
  return call(adapter, () => ask(adapter, { settings: own, deadline }, paymentRef(payment)));
};

/** How long a buyer is made to wait for a provider, in milliseconds: with all else a checkout is answered in ten seconds. */
const BUYERS_PATIENCE_MS = 7_000;

/** Until when a provider is asked on behalf of a buyer who waits, in epoch milliseconds. */
export const buyersDeadline = ({ deadline }: Pick<Work, 'deadline'>, clock: () => Date): number =>
  Math.min(deadline, clock().getTime() + BUYERS_PATIENCE_MS);

/** How soon another try may find a provider back, in seconds: about as long as its breaker stays open. */
const RETRY_AFTER_S = 5;

/** A provider's error as callers see it: its code, nothing of what the provider wrote. */
export const failureOf = (
  error: ProviderError,
  { provider }: Pick<PaymentDocument, 'provider'>,
): { ok: false; error: Failure } =>
  mayTryAgain(error)
    ? fail('payment_provider_unavailable', { provider, reason: error.code, retryAfterSeconds: RETRY_AFTER_S })
    : fail('payment_provider_error', { provider, reason: error.code });
