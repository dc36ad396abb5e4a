import type { Owner } from '@kervan/contracts';

/** `closed` lets calls through, `open` refuses them at once, `halfOpen` lets one through to see. */
export type BreakerState = 'closed' | 'open' | 'halfOpen';

/** Who is told what the bus does, for metrics. Durations in milliseconds; an outcome is `ok` or an error code. */
export type BusObserver = {
  /** A call to a neighbour has come back. */
  readonly call?: (subject: string, ms: number, outcome: string) => void;
  /** A call or an event of a neighbour has been dealt with. */
  readonly handled?: (subject: string, ms: number, outcome: string) => void;
  /** How many frames one message carried. */
  readonly batch?: (size: number) => void;
  /** The breaker before a neighbour has changed. */
  readonly breaker?: (owner: Owner, state: BreakerState) => void;
};
