/** Something that goes wrong with a call. */
export type Fault = {
  /** `POST /v1/refunds`, `GET /v1/payment_intents/:id`, …; `*` is any call. */
  readonly on: string;
  /**
   * - `error_after`: does it, answers 500 (and remembers that answer under the key, as Stripe does);
   * - `error_before`: answers 500 without doing it;
   * - `lost`: does it and closes the connection without a word (the key knows the real answer);
   * - `hang`: does it and never answers;
   * - `slow`: answers after `delayMs`;
   * - `rate_limit`: 429 without doing it.
   */
  readonly does: 'error_after' | 'error_before' | 'lost' | 'hang' | 'slow' | 'rate_limit';
  /** How often; once unless told. */
  readonly times?: number;
  readonly delayMs?: number;
};

/** Faults to come, in the order they were asked for. */
export const faults = () => {
  let waiting: { fault: Fault; left: number }[] = [];
  return {
    add: (fault: Fault) => {
      waiting.push({ fault, left: fault.times ?? 1 });
    },
    clear: () => {
      waiting = [];
    },
    /** The fault this call meets, if any; it is used up by that. */
    take: (call: string): Fault | null => {
      const found = waiting.find(({ fault }) => fault.on === '*' || fault.on === call);
      if (found === undefined) return null;
      found.left--;
      if (found.left <= 0) waiting = waiting.filter((each) => each !== found);
      return found.fault;
    },
  };
};
