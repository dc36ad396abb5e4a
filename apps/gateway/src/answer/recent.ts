import type { Result } from '@kervan/contracts';

/** An answer as it goes out. */
export type Sendable = { readonly bytes: Uint8Array; readonly headers: Readonly<Record<string, string>> };
type Kept = { readonly answer: Promise<Result<Sendable>>; readonly until: number };

/** Answers given a moment ago, by shop. */
export type Recent = {
  /** The answer that the same question got a moment ago, or is getting right now; else a new one. */
  readonly answer: (shop: string, question: string, make: () => Promise<Result<Sendable>>) => Promise<Result<Sendable>>;
  /** Forgets a shop's answers, also those that are on their way. */
  readonly forget: (shop: string) => void;
};

/**
 * Keeps answers about a shop's goods for `keepMs` milliseconds, because everyone asks for the same lists. A change made
 * through this copy of the gateway is seen at once, one made through another within `keepMs`. Refusals are not kept, and
 * at most `most` answers with `mostBytes` between them: whatever comes then begins anew. Why a moment is all right:
 * docs/decisions/0011-memory.md.
 */
export const createRecent = (options: {
  readonly keepMs: number;
  readonly most: number;
  readonly mostBytes: number;
  readonly now: () => number;
}): Recent => {
  const { keepMs, most, mostBytes, now } = options;
  const shops = new Map<string, Map<string, Kept>>();
  let answers = 0;
  let bytes = 0;

  const forgetAll = (): void => {
    shops.clear();
    answers = 0;
    bytes = 0;
  };
  const ofShop = (shop: string): Map<string, Kept> => {
    const known = shops.get(shop);
    if (known !== undefined) return known;
    const made = new Map<string, Kept>();
    shops.set(shop, made);
    return made;
  };

  return {
    answer: (shop, question, make) => {
      const kept = shops.get(shop)?.get(question);
      if (kept !== undefined && kept.until > now()) return kept.answer;
      // Counted until the next beginning, even when an answer has been dropped meanwhile: a bound need not be exact.
      if (answers >= most || bytes + question.length > mostBytes) forgetAll();
      answers += 1;
      bytes += question.length;
      const answer = make();
      const entry = { answer, until: now() + keepMs };
      const questions = ofShop(shop);
      questions.set(question, entry);
      const drop = (): void => {
        if (questions.get(question) === entry) questions.delete(question);
      };
      answer.then((result) => {
        if (!result.ok) return drop();
        bytes += result.value.bytes.length;
        if (bytes > mostBytes) forgetAll();
      }, drop);
      return answer;
    },
    forget: (shop) => {
      shops.delete(shop);
    },
  };
};
