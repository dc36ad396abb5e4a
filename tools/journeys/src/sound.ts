import { checkInvariants, eventually, violationText, type Stack } from '@kervan/testing';

/**
 * Waits until all the numbers that must always hold do, and says which do not when the time is up. A while is needed
 * even when nothing is wrong: goods follow their orders by events, and events are marked as sent a second later.
 */
export const untilSound = (stack: Stack, withinMs = 20_000): Promise<void> =>
  eventually(
    async () => {
      const violations = violationText(await checkInvariants(stack.backends.mongo.uri));
      if (violations !== '') throw new Error(violations);
    },
    { withinMs, everyMs: 200 },
  );
