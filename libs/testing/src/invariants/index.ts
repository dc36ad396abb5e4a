import { readFacts } from './read.ts';
import { RULES, type Violation } from './rules.ts';

export type { Violation } from './rules.ts';

/**
 * Reads the databases and says which of the numbers that must always hold do not. Ask when the system is quiet: while
 * events are on their way, a reservation may be one step behind its order.
 */
export const checkInvariants = async (mongoUri: string): Promise<Violation[]> => {
  const facts = await readFacts(mongoUri);
  return RULES.flatMap((rule) => rule(facts));
};

/** One line per violation, for a test's message or a terminal. */
export const violationText = (violations: readonly Violation[]): string =>
  violations.map(({ rule, id, found }) => `${rule}: ${id} (${found})`).join('\n');
