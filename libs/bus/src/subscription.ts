import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import type { Log } from './log.ts';

/**
 * The one place where a subscription is made. A callback that throws would end the client's read loop and freeze the
 * whole connection without a word, and one that rejects would end the process: here both become a log line.
 */
export const subscribe = (
  connection: NatsConnection,
  log: Log,
  { subject, queue }: { subject: string; queue?: string },
  receive: (message: Msg) => void | Promise<void>,
): Subscription => {
  const failed = (error: unknown): void => log.error({ err: error, subject }, 'a subscription failed');
  return connection.subscribe(subject, {
    ...(queue === undefined ? {} : { queue }),
    callback: (error, message) => {
      if (error !== null) return failed(error);
      try {
        const working = receive(message);
        if (working !== undefined) working.catch(failed);
      } catch (thrown) {
        failed(thrown);
      }
    },
  });
};
