import { subscribe } from 'node:diagnostics_channel';
import { Socket } from 'node:net';

let isWaking = false;

/**
 * Makes commands fail that begin on a connection which is just being closed. The driver (7.8) waits for `drain` when the
 * socket does not take a write at once, and for `error`, but not for `close`; a socket the other side has ended takes
 * nothing and says neither. So every server that went away left commands behind that never came to an end, whatever the
 * timeouts, and kept their connections and all who wait in the same group for good. Whoever still waits for a closed
 * socket to drain is woken here and then sees the error the driver has noted at the connection.
 */
export const wakeWritersOfClosedSockets = (): void => {
  if (isWaking) return;
  isWaking = true;
  subscribe('net.client.socket', (message) => {
    const socket: unknown = Object(message).socket;
    // After the driver's own listener, which notes the error.
    if (socket instanceof Socket) socket.once('close', () => process.nextTick(() => socket.emit('drain')));
  });
};
