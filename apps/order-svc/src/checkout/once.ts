import { fail, newId, ok, type CheckoutAnswer, type Context, type Result } from '@kervan/contracts';
import { refuse, write } from '@kervan/store';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OrderStore } from '../order/order.store.ts';
import { claimId, requestHash, type AnswerStore, type ClaimDocument, type ClaimStore } from './idempotency.store.ts';

/** How long one process may work on a key before another may go on in its place. */
const LOCK_MS = 30_000;
/** How long a second caller waits for the first one's answer, and how often it looks. */
const WAIT_MS = 3_000;
const LOOK_MS = 60;

/** The keys this process works on right now: callers of the same key join the one that is under way. */
export type Running = Map<string, { hash: string; answer: Promise<Result<CheckoutAnswer>> }>;

export type OnceDeps = {
  claims: ClaimStore;
  answers: AnswerStore;
  orders: OrderStore;
  running: Running;
  clock: () => Date;
  idempotencyTtlMs: number;
};

/** One call under a key: `scope` keeps the keys of different calls apart, `request` is what must be the same again. */
export type KeyedCall = { scope: string; key: string; request: unknown };

/**
 * Does the work of a key once. The same key with the same request gets the same answer (`replayed`), with another one
 * idempotency_key_reused; while it runs elsewhere the caller waits briefly, then idempotency_in_progress. Refusals are
 * not kept: they depend on stock, prices and providers of the moment, and the same key may try again.
 * `work` is given the order id that belongs to the key, and whether an earlier try may have left something under it.
 */
export const onceByKey = async (
  deps: OnceDeps,
  context: Context,
  call: KeyedCall,
  work: (orderId: string, resumed: boolean) => Promise<Result<CheckoutAnswer>>,
): Promise<Result<CheckoutAnswer>> => {
  const id = claimId(context.tenant, call.scope, call.key);
  const hash = requestHash(call.request);
  const joined = deps.running.get(id);
  if (joined !== undefined) {
    if (joined.hash !== hash) return fail('idempotency_key_reused');
    const result = await joined.answer;
    return result.ok ? ok({ ...result.value, replayed: true }) : result;
  }
  const answer = claimAndWork(deps, context, id, hash, work);
  deps.running.set(id, { hash, answer });
  try {
    return await answer;
  } finally {
    deps.running.delete(id);
  }
};

const claimAndWork = async (
  deps: OnceDeps,
  context: Context,
  id: string,
  hash: string,
  work: (orderId: string, resumed: boolean) => Promise<Result<CheckoutAnswer>>,
): Promise<Result<CheckoutAnswer>> => {
  const now = deps.clock();
  const orderId = newId('order', now.getTime());
  const expiresAt = new Date(now.getTime() + deps.idempotencyTtlMs);
  const claim = {
    _id: id,
    tenant: context.tenant,
    hash,
    orderId,
    lockedUntil: new Date(now.getTime() + LOCK_MS),
    expiresAt,
  };
  if ((await deps.claims.insert(claim)) === 'inserted')
    return finish(deps, context, id, hash, () => work(orderId, false));

  const giveUpAt = now.getTime() + WAIT_MS;
  for (;;) {
    const stored = await deps.answers.get(context.tenant, id);
    if (stored !== null)
      return stored.hash === hash ? ok({ ...stored.answer, replayed: true }) : fail('idempotency_key_reused');
    const taken = await takeOver(deps, context, id, hash);
    if (taken.ok) return finish(deps, context, id, hash, () => work(taken.value, true));
    if (taken.error.code !== 'idempotency_in_progress') return taken;
    if (deps.clock().getTime() + LOOK_MS > giveUpAt) return taken;
    await sleep(LOOK_MS);
  }
};

/** Takes a key whose worker gave up or died. An order that has ended is not gone on with: the key gets a new one. */
const takeOver = async (deps: OnceDeps, context: Context, id: string, hash: string): Promise<Result<string>> => {
  const now = deps.clock();
  const seen = await deps.claims.get(context.tenant, id);
  if (seen === null) return fail('idempotency_in_progress', { retryAfterSeconds: 1 });
  if (seen.hash !== hash) return fail('idempotency_key_reused');
  if (seen.lockedUntil > now) return fail('idempotency_in_progress', { retryAfterSeconds: 1 });
  const order = await deps.orders.get(context.tenant, seen.orderId);
  const ended = order !== null && (order.status === 'cancelled' || order.status === 'expired');
  const orderId = ended ? newId('order', now.getTime()) : seen.orderId;
  return deps.claims.update<string>(context.tenant, id, (held: ClaimDocument) =>
    held.lockedUntil > now || held.orderId !== seen.orderId
      ? refuse('idempotency_in_progress', { retryAfterSeconds: 1 })
      : write({ ...held, orderId, lockedUntil: new Date(now.getTime() + LOCK_MS) }, orderId),
  );
};

/** Keeps the answer, or frees the key for another try. */
const finish = async (
  deps: OnceDeps,
  context: Context,
  id: string,
  hash: string,
  work: () => Promise<Result<CheckoutAnswer>>,
): Promise<Result<CheckoutAnswer>> => {
  const free = () =>
    deps.claims.update(context.tenant, id, (held) => write({ ...held, lockedUntil: new Date(0) }, null));
  let result: Result<CheckoutAnswer>;
  try {
    result = await work();
  } catch (error) {
    await free();
    throw error;
  }
  if (!result.ok) {
    await free();
    return result;
  }
  const expiresAt = new Date(deps.clock().getTime() + deps.idempotencyTtlMs);
  await deps.answers.insert({ _id: id, tenant: context.tenant, hash, answer: result.value, expiresAt });
  return result;
};
