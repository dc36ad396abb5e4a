import type { EventEnvelope } from '@kervan/contracts';
import { reach } from '@kervan/test-points';
import type { Bus } from './bus.ts';
import type { Log } from './log.ts';

/** Where events lie until the bus has them; the store's outbox fits. */
export type Outbox<Row extends { readonly event: EventEnvelope }> = {
  /** Rows that have just been written, each once. */
  onWritten(listener: (rows: readonly Row[]) => void): void;
  unsent(options: { olderThanMs: number; limit: number }): Promise<readonly Row[]>;
  markSent(rows: readonly Row[]): void | Promise<void>;
};

export type Relay = {
  /** Waits until what has been handed over is published and marked; rows written later still go out until the bus stops. */
  readonly stop: () => Promise<void>;
};

/** Rows younger than this are on their way already. */
const ON_ITS_WAY_MS = 5_000;
const SWEEP_ROWS = 500;
/** After an outage, however long, all goes on within seconds. */
const LONGEST_PAUSE_MS = 5_000;

/**
 * Publishes the events of a store. Written rows go out at once; the sweep, every `sweepMs`, sends again what a crash or
 * an absent bus left behind, with growing pauses while the bus takes nothing. An event may go out twice: the stream
 * drops the second one by its id.
 */
export const startRelay = <Row extends { readonly event: EventEnvelope }>(deps: {
  bus: Pick<Bus, 'publish' | 'ready' | 'beforeClose'>;
  outbox: Outbox<Row>;
  log: Log;
  sweepMs?: number;
}): Relay => {
  const { bus, outbox, log, sweepMs = 2_000 } = deps;
  const publishing = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let failures = 0;

  /** How many of the rows the stream has. */
  const send = async (rows: readonly Row[]): Promise<number> => {
    reach('publish.before');
    const stored = await bus.publish(rows.map(({ event }) => event));
    reach('publish.after');
    const sent = rows.filter(({ event }) => stored.has(event.id));
    if (sent.length > 0) await outbox.markSent(sent);
    return sent.length;
  };
  const track = (work: Promise<void>): void => {
    publishing.add(work);
    work.finally(() => publishing.delete(work));
  };
  const settled = async (): Promise<void> => {
    while (publishing.size > 0) await Promise.all(publishing);
  };

  outbox.onWritten((rows) => {
    // Without a connection the sweep has them later, all in order and in bulk.
    if (!bus.ready()) return;
    track(
      send(rows).then(
        () => undefined,
        (error: unknown) => log.error({ err: error, rows: rows.length }, 'events could not be published'),
      ),
    );
  });

  const sweep = async (): Promise<void> => {
    if (!bus.ready()) return;
    for (;;) {
      const rows = await outbox.unsent({ olderThanMs: ON_ITS_WAY_MS, limit: SWEEP_ROWS });
      if (rows.length === 0) return;
      const sent = await send(rows);
      log.info({ found: rows.length, sent }, 'events left behind were published');
      if (sent === 0) throw new Error('the bus takes no events');
      if (rows.length < SWEEP_ROWS || stopped) return;
    }
  };
  const again = (): void => {
    if (stopped) return;
    timer = setTimeout(
      () =>
        track(
          sweep()
            .then(
              () => {
                failures = 0;
              },
              (error: unknown) => {
                failures += 1;
                log.warn({ err: error, failures }, 'the sweep of the outbox failed');
              },
            )
            .finally(again),
        ),
      Math.min(LONGEST_PAUSE_MS, sweepMs * 2 ** Math.min(failures, 10)),
    );
  };
  again();
  bus.beforeClose(settled);

  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await settled();
    },
  };
};
