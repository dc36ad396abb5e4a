/** Puts off work to the end of this turn of the event loop, when everything that came in with it has been looked at. */
export type EndOfTurn = (work: () => void) => void;

/** One queue for a connection: all that a turn sends leaves in one write to the socket. */
export const createTurn = (): EndOfTurn => {
  let queue: (() => void)[] = [];
  const run = (): void => {
    const works = queue;
    queue = [];
    for (const work of works) work();
  };
  return (work) => {
    if (queue.push(work) === 1) setImmediate(run);
  };
};
