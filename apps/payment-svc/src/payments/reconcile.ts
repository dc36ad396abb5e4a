import { randomUUID } from 'node:crypto';
import { job } from '@kervan/service';
import type { Job } from '@kervan/service';
import { keep, write } from '@kervan/store';
import type { Adapter, PaymentRef, ProviderContext } from '../adapters/adapter.ts';
import type { RefundSnapshot } from '../adapters/snapshot.ts';
import { cancelPayment, type EndDeps } from './cancel.ts';
import type { PaymentDocument } from './payment.ts';
import { refresh } from './payment.handlers.ts';
import { askProvider, failureOf, settle } from './settle.ts';
import type { Work } from './settle.ts';
import { isLive } from './transitions.ts';

export type ReconcileDeps = EndDeps & { readonly reconcileMs: number };

/** Payments one round takes on; the next round goes on. */
const BATCH = 50;
const LONGEST_PAUSE_MS = 3_600_000;
/** What one question may take, in milliseconds. */
const PATIENCE_MS = 10_000;
/** No draft lives longer (60 min, and 15 more for clocks and queues): what is still open then has lost its order. */
const LONGEST_ORDER_MS = 75 * 60_000;

/** Asks the providers about payments that nobody has spoken of for a while: a webhook that never comes loses nothing. */
export const reconcileJob = (deps: ReconcileDeps): Job =>
  job({
    name: 'reconcile-payments',
    everySeconds: Math.min(5, deps.reconcileMs / 2_000),
    lease: true,
    run: () => reconcileDue(deps),
  });

/** One round. A payment's next question is put off before this one is asked, so that a failing one is not asked again at once. */
export const reconcileDue = async (deps: ReconcileDeps): Promise<void> => {
  const { payments, clock, log } = deps;
  const due = await payments.acrossTenants.find({ checkAt: { $lte: clock() } }, { sort: { checkAt: 1 }, limit: BATCH });
  await Promise.all(
    due.map(async (payment) => {
      const work: Work = {
        tenant: payment.tenant,
        traceId: randomUUID().replaceAll('-', ''),
        deadline: clock().getTime() + PATIENCE_MS,
      };
      const { tenant, traceId } = work;
      const fields = { tenant, traceId, orderId: payment.orderId, paymentId: payment._id };
      try {
        const put = await putOff(deps, work, payment);
        if (put === null) return;
        const result = await reconcile(deps, work, put);
        if (result.ok) return;
        log.warn({ ...fields, code: result.error.code }, 'a payment could not be reconciled');
        if (result.error.code === 'payment_provider_unavailable') await keepPause(deps, work, put);
      } catch (error) {
        log.error({ ...fields, err: error }, 'a payment could not be reconciled');
      }
    }),
  );
};

const putOff = async (
  { payments, clock, reconcileMs }: ReconcileDeps,
  { tenant, traceId }: Work,
  { _id }: PaymentDocument,
): Promise<PaymentDocument | null> => {
  const now = clock();
  const updated = await payments.update(
    tenant,
    _id,
    (payment) => {
      if (payment.checkAt === null || payment.checkAt > now) return keep(false);
      return write({ ...payment, ...nextCheck(now, payment.checks, reconcileMs) }, true);
    },
    traceId,
  );
  return updated.ok && updated.value ? updated.document : null;
};

/** When the next question is due after so many, each pause twice as long as the one before. */
const nextCheck = (now: Date, checks: number, reconcileMs: number) => {
  const pause = Math.min(LONGEST_PAUSE_MS, reconcileMs * 2 ** Math.min(checks, 20));
  return { checkAt: new Date(now.getTime() + pause), checks: checks + 1 };
};

/** A provider that is down has said nothing: the pauses do not grow, so that it is asked soon after it is back. */
const keepPause = async (
  { payments, clock, reconcileMs }: ReconcileDeps,
  { tenant, traceId }: Work,
  asked: PaymentDocument,
): Promise<void> => {
  await payments.update(
    tenant,
    asked._id,
    (payment) =>
      payment.checks === asked.checks && payment.checkAt?.getTime() === asked.checkAt?.getTime() && asked.checks > 1
        ? write({ ...payment, ...nextCheck(clock(), asked.checks - 2, reconcileMs) }, null)
        : keep(null),
    traceId,
  );
};

const reconcile = async (deps: ReconcileDeps, work: Work, payment: PaymentDocument) => {
  if (!isLive(payment.status)) return reconcileRefunds(deps, work, payment);
  const age = deps.clock().getTime() - payment.createdAt.getTime();
  const waitsForBuyer = payment.status !== 'processing' && payment.status !== 'authorized';
  const isInVain =
    waitsForBuyer && (age > LONGEST_ORDER_MS || (await deps.endedOrders.get(payment.tenant, payment.orderId)) !== null);
  return isInVain ? cancelPayment(deps, work, payment) : refresh(deps, work, payment);
};

/** Asks about the refunds that are under way; one the provider has never heard of is asked for again. */
const reconcileRefunds = async (deps: ReconcileDeps, work: Work, payment: PaymentDocument) => {
  const askedAt = deps.clock();
  const ask = <T>(question: (adapter: Adapter, context: ProviderContext, ref: PaymentRef) => Promise<T>) =>
    askProvider(deps, work, payment, question);
  const refunds: RefundSnapshot[] = [];
  for (const { refundId, providerRef, amount, reason, status } of payment.refunds) {
    if (status !== 'pending') continue;
    if (providerRef !== null) {
      const answer = await ask((adapter, context, ref) => adapter.getRefundStatus(context, ref, providerRef));
      if (!answer.ok) return failureOf(answer.error, payment);
      refunds.push(answer.value);
    } else if (refundId !== null) {
      // The provider forgets our keys after a day, but not which refunds it made.
      const all = await ask((adapter, context, ref) => adapter.getStatus(context, ref));
      if (!all.ok) return failureOf(all.error, payment);
      const known = all.value.refunds?.find((each) => each.refundId === refundId);
      const again = { refundId, amount, reason: reason ?? '' };
      const answer =
        known === undefined ? await ask((adapter, context, ref) => adapter.refund(context, ref, again)) : null;
      if (answer !== null && !answer.ok) return failureOf(answer.error, payment);
      refunds.push(...[known ?? answer?.value].filter((each) => each !== undefined));
    }
  }
  const snapshot = { providerRef: payment.providerRef, refunds };
  return settle(deps, work, payment._id, snapshot, { by: 'answer', at: askedAt });
};
