import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Socket } from 'node:net';

const MADE = 'net.client.socket';
const users = new Set<symbol>();

const wakeOnClose = (message: unknown): void => {
  const socket: unknown = Object(message).socket;
  // After the driver's own listener, which notes the error.
  if (socket instanceof Socket) socket.once('close', () => process.nextTick(() => socket.emit('drain')));
};

/**
 * Makes commands fail that begin on a connection which is just being closed. The driver (7.8) waits for `drain` when the
 * socket does not take a write at once, and for `error`, but not for `close`; a socket the other side has ended takes
 * nothing and says neither. So every server that went away left commands behind that never came to an end, whatever the
 * timeouts, and kept their connections and all who wait in the same group for good. Whoever still waits for a closed
 * socket to drain is woken here and then sees the error the driver has noted at the connection.
 *
 * It holds for sockets made until the answered function is called by all who asked. The channel is the process's own and
 * outlives this module where it is loaded more than once, as by test files: what nobody takes off again adds up.
 */
export const wakeWritersOfClosedSockets = (): (() => void) => {
  const user = Symbol('user');
  if (users.size === 0) subscribe(MADE, wakeOnClose);
  users.add(user);
  return () => {
    if (users.delete(user) && users.size === 0) unsubscribe(MADE, wakeOnClose);
  };
};
