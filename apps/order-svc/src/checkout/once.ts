import { setTimeout as sleep } from 'node:timers/promises';
import { fail, newId, ok, type CheckoutAnswer, type Context, type Result } from '@kervan/contracts';
import { keep, keyHash, requestHash, write } from '@kervan/store';
import { hasEnded } from '../order/order.ts';
import type { OrderStore } from '../order/order.store.ts';
import { FINAL_REFUSALS, type ClaimStore, type Outcome, type OutcomeStore } from './idempotency.store.ts';

/**
 * How long a key is left to whoever works on it, in milliseconds. Every step is idempotent by the order's id, so going
 * on beside one who is merely slow costs work done twice, never a second order; and a buyer whose request died with its
 * process does not wait long.
 */
const LOCK_MS = 10_000;
/** How long a second caller waits for the first one's answer, and how often it looks, in milliseconds. */
const WAIT_MS = 3_000;
const LOOK_MS = 60;

const IN_PROGRESS = fail('idempotency_in_progress', { retryAfterSeconds: 1 });

/** The keys this process works on right now: callers of the same key join the one that is under way. */
export type Running = Map<string, { hash: string; answer: Promise<Result<CheckoutAnswer>> }>;

export type OnceDeps = {
  claims: ClaimStore;
  outcomes: OutcomeStore;
  orders: OrderStore;
  running: Running;
  clock: () => Date;
  idempotencyTtlMs: number;
};

/** One call under a key: `scope` keeps the keys of different calls apart, `request` is what must be the same again. */
export type KeyedCall = { scope: string; key: string; request: unknown };

/** What a key's worker is given: the key's own id, the order id that belongs to it, whether an earlier try may have left something. */
export type Turn = { keyId: string; orderId: string; resumed: boolean };
type Work = (turn: Turn) => Promise<Result<CheckoutAnswer>>;

/**
 * Does the work of a key once. The same key with the same request gets the same answer (`replayed`), with another one
 * idempotency_key_reused; while it still runs the caller waits briefly, then idempotency_in_progress. Of refusals
 * only those are kept that depend on the request alone: after any other the same key may try again.
 */
export const onceByKey = async (
  deps: OnceDeps,
  context: Context,
  call: KeyedCall,
  work: Work,
): Promise<Result<CheckoutAnswer>> => {
  const keyId = keyHash(context.tenant, call.scope, call.key);
  const hash = requestHash(call.request);
  const joined = deps.running.get(keyId);
  if (joined !== undefined) {
    if (joined.hash !== hash) return fail('idempotency_key_reused');
    return Promise.race([joined.answer.then(replay), sleep(WAIT_MS, IN_PROGRESS, { ref: false })]);
  }
  const answer = claimAndWork(deps, context, { keyId, hash }, work);
  deps.running.set(keyId, { hash, answer });
  try {
    return await answer;
  } finally {
    deps.running.delete(keyId);
  }
};

type Key = { keyId: string; hash: string };

const claimAndWork = async (
  deps: OnceDeps,
  context: Context,
  key: Key,
  work: Work,
): Promise<Result<CheckoutAnswer>> => {
  const now = deps.clock();
  const orderId = newId('order', now.getTime());
  const claim = { _id: key.keyId, tenant: context.tenant, hash: key.hash, orderId, ...termsFrom(deps, now) };
  if ((await deps.claims.insert(claim)) !== null)
    return finish(deps, context, key, work, { keyId: key.keyId, orderId, resumed: false });

  const giveUpAt = now.getTime() + WAIT_MS;
  for (;;) {
    const kept = await deps.outcomes.get(context.tenant, key.keyId);
    if (kept !== null) return kept.hash === key.hash ? replay(resultOf(kept.outcome)) : fail('idempotency_key_reused');
    const taken = await takeOver(deps, context, key);
    if (taken.ok) return finish(deps, context, key, work, { keyId: key.keyId, orderId: taken.value, resumed: true });
    if (taken.error.code !== 'idempotency_in_progress') return taken;
    if (deps.clock().getTime() + LOOK_MS > giveUpAt) return taken;
    await sleep(LOOK_MS);
  }
};

const termsFrom = ({ idempotencyTtlMs }: OnceDeps, now: Date) => ({
  lockedUntil: new Date(now.getTime() + LOCK_MS),
  expiresAt: new Date(now.getTime() + idempotencyTtlMs),
});

/** Takes a key whose worker gave up or died. An order that has ended is not gone on with: the key gets a new one. */
const takeOver = async (deps: OnceDeps, context: Context, { keyId, hash }: Key): Promise<Result<string>> => {
  const now = deps.clock();
  const seen = await deps.claims.get(context.tenant, keyId);
  if (seen === null) return IN_PROGRESS;
  if (seen.hash !== hash) return fail('idempotency_key_reused');
  if (seen.lockedUntil > now) return IN_PROGRESS;
  const order = await deps.orders.get(context.tenant, seen.orderId);
  const orderId = order !== null && hasEnded(order.status) ? newId('order', now.getTime()) : seen.orderId;
  return deps.claims.update<string>(context.tenant, keyId, (held) =>
    held.lockedUntil > now || held.orderId !== seen.orderId
      ? { refuse: IN_PROGRESS.error }
      : write({ ...held, orderId, ...termsFrom(deps, now) }, orderId),
  );
};

/** Keeps what the work came to, or frees the key for another try. */
const finish = async (
  deps: OnceDeps,
  context: Context,
  { keyId, hash }: Key,
  work: Work,
  turn: Turn,
): Promise<Result<CheckoutAnswer>> => {
  const free = () =>
    deps.claims.update<null>(context.tenant, keyId, (held) =>
      held.orderId === turn.orderId ? write({ ...held, lockedUntil: new Date(0) }, null) : keep(null),
    );
  let result: Result<CheckoutAnswer>;
  try {
    result = await work(turn);
  } catch (error) {
    await free();
    throw error;
  }
  const outcome = outcomeOf(result);
  if (outcome === null) {
    await free();
    return result;
  }
  const { expiresAt } = termsFrom(deps, deps.clock());
  const row = { _id: keyId, tenant: context.tenant, hash, outcome, expiresAt };
  if ((await deps.outcomes.insert(row)) !== null) return result;
  // Someone went on beside us and was faster: all callers of a key hear the same.
  const kept = await deps.outcomes.get(context.tenant, keyId);
  return kept === null ? result : replay(resultOf(kept.outcome));
};

/** What is kept of a result; null when the same key may come to something else. */
const outcomeOf = (result: Result<CheckoutAnswer>): Outcome | null => {
  if (result.ok) return { kind: 'answered', answer: result.value };
  const code = FINAL_REFUSALS.find((final) => final === result.error.code);
  return code === undefined ? null : { kind: 'refused', code };
};

const resultOf = (outcome: Outcome): Result<CheckoutAnswer> =>
  outcome.kind === 'answered' ? ok(outcome.answer) : fail(outcome.code);

/** The result as the callers after the first one hear it. */
const replay = (result: Result<CheckoutAnswer>): Result<CheckoutAnswer> => {
  if (result.ok) return ok({ ...result.value, replayed: true });
  return outcomeOf(result) === null ? result : { ok: false, error: { ...result.error, replayed: true } };
};
