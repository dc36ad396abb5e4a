import { type Answer, errorAnswer } from './error.ts';

type Remembered = { readonly fingerprint: string; answer: Answer | null };

/** What keys have been used for: the first answer is given again, whatever it was. */
export const idempotency = () => {
  const remembered = new Map<string, Remembered>();
  return {
    /**
     * Runs a call under a key: again with the same parameters answers the same without doing it, with others is
     * refused, while the first one runs is refused too. Wrong parameters are not remembered.
     */
    run: async (
      key: string,
      fingerprint: string,
      call: () => Promise<Answer>,
    ): Promise<{ answer: Answer; isReplayed: boolean }> => {
      const known = remembered.get(key);
      if (known !== undefined) {
        if (known.fingerprint !== fingerprint) {
          const message =
            'Keys for idempotent requests can only be used with the same parameters they were first used with.';
          return { answer: errorAnswer(400, 'idempotency_error', message), isReplayed: false };
        }
        if (known.answer === null) {
          const message = 'There is currently another in-progress request using this Idempotent Key.';
          return {
            answer: errorAnswer(409, 'idempotency_error', message, { code: 'idempotency_key_in_use' }),
            isReplayed: false,
          };
        }
        return { answer: known.answer, isReplayed: true };
      }
      const entry: Remembered = { fingerprint, answer: null };
      remembered.set(key, entry);
      const answer = await call();
      if (answer.isStored === false) remembered.delete(key);
      else entry.answer = answer;
      return { answer, isReplayed: false };
    },
  };
};
