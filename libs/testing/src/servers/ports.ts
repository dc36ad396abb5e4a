import { randomInt } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { setupError } from './setup-error.ts';

const HOST = '127.0.0.1';

/** Below the range from which systems take ports for outgoing connections: those come and go by the thousand. */
const LOWEST_PORT = 20_000;
const ABOVE_HIGHEST_PORT = 32_000;

/** Whether nobody listens on `port`, on any address of this machine. */
export const isPortFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, () => probe.close(() => resolve(true)));
  });

/** A port that nobody listens on right now. Someone else may take it before it is used: see `withPort`. */
export const freePort = async (): Promise<number> => {
  for (let tries = 0; tries < 100; tries++) {
    const port = randomInt(LOWEST_PORT, ABOVE_HIGHEST_PORT);
    if (await isPortFree(port)) return port;
  }
  throw setupError(`No port between ${LOWEST_PORT} and ${ABOVE_HIGHEST_PORT} is free.`);
};

/** Whether something accepts connections on `port` of this machine. */
export const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: HOST });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => settle(false));
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });

/**
 * Runs a start on the port that was asked for or on a free one. Between finding and using a free port another process
 * may take it, so a start that fails on a free port is tried again on another one.
 */
export const withPort = async <T>(asked: number | undefined, start: (port: number) => Promise<T>): Promise<T> => {
  if (asked !== undefined) return start(asked);
  for (let tries = 1; ; tries++) {
    try {
      return await start(await freePort());
    } catch (error) {
      const taken = error instanceof Error && /address already in use/i.test(error.message);
      if (!taken || tries === 3) throw error;
    }
  }
};
