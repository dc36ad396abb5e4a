import { eventually } from '@kervan/testing';
import type { Reply } from '@kervan/testing/shop';

/** Asks until the answer is no failure of ours, again and again; whatever got lost is asked for once more. */
export const insist = (ask: () => Promise<Reply>): Promise<Reply> =>
  eventually(
    async () => {
      const reply = await ask();
      if (reply.status >= 500 || reply.status === 409) throw new Error(`${reply.status} ${JSON.stringify(reply.body)}`);
      return reply;
    },
    { withinMs: 60_000, everyMs: 250 },
  );
