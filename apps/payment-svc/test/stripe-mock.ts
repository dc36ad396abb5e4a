import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { eventually } from '@kervan/testing';
import { startProcess } from '@kervan/testing/servers';

/** Where `stripe-mock` is looked for: on the PATH, then where Go installs to. */
export const STRIPE_MOCK_FOLDERS: readonly string[] = [
  ...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''),
  join(homedir(), 'go', 'bin'),
];

/** Stripe's own mock server, which knows the shape of every request; null when this machine has none. */
export const findStripeMock = (): string | null =>
  STRIPE_MOCK_FOLDERS.map((folder) => join(folder, 'stripe-mock')).find(isProgram) ?? null;

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Starts it on free ports of this machine alone. Without the second address it would open one to the world. */
export const startStripeMock = async (command: string): Promise<{ url: string; stop: () => Promise<unknown> }> => {
  const args = ['-http-addr', '127.0.0.1:0', '-https-addr', '127.0.0.1:0'];
  const server = await startProcess({ name: 'stripe-mock', command, args });
  const address = await eventually(() => {
    const [, found] = /Listening for HTTP at address: (\S+)/.exec(server.tail(50)) ?? [];
    if (found === undefined) throw new Error(`stripe-mock does not listen: ${server.tail(5)}`);
    return found;
  });
  return { url: `http://${address}`, stop: () => server.stop() };
};
