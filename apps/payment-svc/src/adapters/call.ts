import type { Provider } from '@kervan/contracts';
import { reach } from '@kervan/test-points';
import CircuitBreaker from 'opossum';
import type { Adapter } from './adapter.ts';
import { providerError } from './provider-error.ts';
import type { ProviderError } from './provider-error.ts';

/** What a call to a provider comes to. */
export type Called<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ProviderError };

export type BreakerState = 'closed' | 'half-open' | 'open';

/** Calls a provider: its errors come back as values, a provider that is down is not asked for a while. */
export type CallProvider = <T>(adapter: Adapter, run: () => Promise<T>) => Promise<Called<T>>;
export type ProviderCalls = { readonly call: CallProvider; readonly stop: () => void };

/** Of the calls of the last ten seconds, at least five, half must fail; after five seconds one is let through to see. */
const BREAKER = {
  // The adapters bound their calls themselves, by the deadline.
  timeout: false,
  rollingCountTimeout: 10_000,
  rollingCountBuckets: 10,
  volumeThreshold: 5,
  errorThresholdPercentage: 50,
  resetTimeout: 5_000,
  rollingPercentilesEnabled: false,
  enableSnapshots: false,
} as const;

/** One breaker for each provider, whoever's tenant asks: it is the provider that is down, not the tenant. */
export const providerCalls = (
  onState: (provider: Provider, state: BreakerState) => void,
  resetMs: number = BREAKER.resetTimeout,
): ProviderCalls => {
  const breakers = new Map<Provider, CircuitBreaker<[() => Promise<unknown>]>>();
  const breakerOf = (adapter: Adapter) => {
    const known = breakers.get(adapter.id);
    if (known !== undefined) return known;
    const breaker = new CircuitBreaker((run: () => Promise<unknown>) => run(), {
      ...BREAKER,
      resetTimeout: resetMs,
      name: adapter.id,
      // A refused card or a wrong call is an answer; only an outage counts.
      errorFilter: (raw: unknown) => adapter.mapError(raw)?.code !== 'provider_unavailable',
    });
    breaker.on('open', () => onState(adapter.id, 'open'));
    breaker.on('halfOpen', () => onState(adapter.id, 'half-open'));
    breaker.on('close', () => onState(adapter.id, 'closed'));
    breakers.set(adapter.id, breaker);
    return breaker;
  };

  const call: CallProvider = async <T>(adapter: Adapter, run: () => Promise<T>): Promise<Called<T>> => {
    // The breaker carries no types of its own: the value is taken out here.
    const box: { value?: T } = {};
    try {
      await breakerOf(adapter).fire(async () => {
        reach('provider.before');
        box.value = await run();
        reach('provider.after');
      });
    } catch (raw) {
      if (raw instanceof Error && CircuitBreaker.isOurError(raw)) {
        return { ok: false, error: providerError('provider_unavailable', { outcome: 'not_sent' }) };
      }
      const error = adapter.mapError(raw);
      if (error === null) throw raw;
      return { ok: false, error };
    }
    if (box.value === undefined) throw new TypeError('a call to a provider came back with nothing');
    return { ok: true, value: box.value };
  };
  return {
    call,
    stop: () => {
      for (const breaker of breakers.values()) breaker.shutdown();
    },
  };
};
