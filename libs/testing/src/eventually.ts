/**
 * Calls `attempt` until it stops throwing and gives back what it returned; after `withinMs` (10 s unless told) rejects
 * with the last error. For tests that wait for something that happens elsewhere.
 */
export const eventually = async <T>(
  attempt: () => T | Promise<T>,
  { withinMs = 10_000, everyMs = 20 }: { withinMs?: number; everyMs?: number } = {},
): Promise<T> => {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }
};
