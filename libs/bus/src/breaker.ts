import { fail } from '@kervan/contracts';
import type { Failure, Owner, Result } from '@kervan/contracts';
import CircuitBreaker from 'opossum';
import type { BreakerState } from './observer.ts';

/** Share of calls without an answer, in per cent, from which a neighbour is left alone. */
const OPEN_FROM_PERCENT = 50;
/** Fewer calls than this in the window say nothing. */
const FEWEST_CALLS = 20;
const WINDOW_MS = 10_000;
/** After this long one call may try again. */
const TRY_AGAIN_MS = 1_000;

/** What asking came to: the neighbour's answer, whatever it says, or the reason why there is none. */
export type Answered<T> = { readonly answered: true; readonly result: Result<T> };
export type Unanswered = { readonly answered: false; readonly error: Failure };
export type Outcome<T> = Answered<T> | Unanswered;

export type Breaker = {
  readonly state: () => BreakerState;
  /** Asks unless the neighbour is left alone: then `service_unavailable` at once. */
  readonly guard: <T>(ask: () => Promise<Outcome<T>>) => Promise<Result<T>>;
  readonly stop: () => void;
};

const REFUSALS: ReadonlySet<unknown> = new Set(['EOPENBREAKER', 'ESHUTDOWN']);
const isRefusal = (error: unknown): boolean => error instanceof Error && 'code' in error && REFUSALS.has(error.code);

/**
 * The breaker before one owner. Only silence counts against a neighbour (no copy there, no answer in time, connection
 * lost): one that answers is alive, whatever it answers, and its refusals must not keep others from asking.
 */
export const createBreaker = (owner: Owner, changed: (state: BreakerState) => void): Breaker => {
  const circuit = new CircuitBreaker(async (ask: () => Promise<Outcome<unknown>>) => ask(), {
    name: owner,
    // Calls have deadlines of their own.
    timeout: false,
    errorThresholdPercentage: OPEN_FROM_PERCENT,
    volumeThreshold: FEWEST_CALLS,
    rollingCountTimeout: WINDOW_MS,
    resetTimeout: TRY_AGAIN_MS,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
  });
  circuit.on('open', () => changed('open'));
  circuit.on('halfOpen', () => changed('halfOpen'));
  circuit.on('close', () => changed('closed'));
  return {
    state: () => (circuit.opened ? 'open' : circuit.halfOpen ? 'halfOpen' : 'closed'),
    guard: async <T>(ask: () => Promise<Outcome<T>>) => {
      let outcome: Outcome<T> | undefined;
      try {
        await circuit.fire(async () => {
          outcome = await ask();
          if (!outcome.answered) throw new Error(outcome.error.code);
          return outcome;
        });
      } catch (error) {
        if (outcome === undefined) {
          if (isRefusal(error)) return fail('service_unavailable', undefined, `${owner} is left alone`);
          throw error;
        }
      }
      if (outcome === undefined) throw new Error('the breaker did not ask');
      return outcome.answered ? outcome.result : { ok: false, error: outcome.error };
    },
    stop: () => circuit.shutdown(),
  };
};
