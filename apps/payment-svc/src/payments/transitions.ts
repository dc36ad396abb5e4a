import type { PaymentStatus } from '@kervan/contracts';
import type { ProviderStatus } from '../adapters/snapshot.ts';

/**
 * What to do when a provider reports a state while we hold another.
 * - `apply`: take it over;
 * - `ignore`: it lies behind us;
 * - `record`: note the card that was tried, change nothing else;
 * - `newer`: take it over when it happened after what we hold, else ask the provider how it stands;
 * - `asked`: believe it only as the answer to our own question;
 * - `impossible`: it cannot be; ask, and whatever the answer, keep what we hold and say so in the log.
 */
export type Rule = 'apply' | 'ignore' | 'record' | 'newer' | 'asked' | 'impossible';

type Row = Readonly<Record<ProviderStatus, Rule>>;

/** Money has moved: only refunds and disputes change the state from here on. */
const SETTLED: Row = {
  pending: 'ignore',
  requires_action: 'ignore',
  processing: 'ignore',
  authorized: 'ignore',
  paid: 'ignore',
  failed: 'record',
  cancelled: 'impossible',
};

/**
 * What we hold (rows) against what is reported (columns). States move forward by rank: pending, requires_action,
 * processing, authorized, paid; a lower one never overwrites a higher one. `failed` is a card that was refused, after
 * which the buyer may try another, so it neither ends the payment nor outweighs an authorization.
 */
export const TRANSITIONS: Readonly<Record<PaymentStatus, Row>> = {
  pending: {
    pending: 'ignore',
    requires_action: 'apply',
    processing: 'apply',
    authorized: 'apply',
    paid: 'apply',
    failed: 'apply',
    cancelled: 'apply',
  },
  requires_action: {
    pending: 'ignore',
    requires_action: 'ignore',
    processing: 'newer',
    authorized: 'apply',
    paid: 'apply',
    failed: 'newer',
    cancelled: 'apply',
  },
  processing: {
    pending: 'ignore',
    requires_action: 'ignore',
    processing: 'ignore',
    authorized: 'apply',
    paid: 'apply',
    failed: 'newer',
    cancelled: 'apply',
  },
  failed: {
    pending: 'ignore',
    requires_action: 'newer',
    processing: 'newer',
    authorized: 'apply',
    paid: 'apply',
    failed: 'record',
    cancelled: 'apply',
  },
  authorized: {
    pending: 'ignore',
    requires_action: 'ignore',
    processing: 'ignore',
    authorized: 'ignore',
    paid: 'apply',
    failed: 'record',
    cancelled: 'apply',
  },
  cancelled: {
    pending: 'ignore',
    requires_action: 'ignore',
    processing: 'ignore',
    authorized: 'asked',
    paid: 'asked',
    failed: 'record',
    cancelled: 'ignore',
  },
  paid: SETTLED,
  partially_refunded: SETTLED,
  refunded: SETTLED,
  disputed: SETTLED,
};

/** States a provider may still change by itself, or that wait for the buyer: the reconciler asks about these. */
export const LIVE_STATUSES = [
  'pending',
  'requires_action',
  'processing',
  'authorized',
  'failed',
] as const satisfies readonly PaymentStatus[];

const live: ReadonlySet<PaymentStatus> = new Set(LIVE_STATUSES);

/** Whether a payment in this state is still on its way. */
export const isLive = (status: PaymentStatus): boolean => live.has(status);
