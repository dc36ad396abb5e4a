import { connect, createServer, type Socket } from 'node:net';

/**
 * What becomes of the bytes between a service and a server.
 * - `pass`: they pass;
 * - `slow`: each waits this many milliseconds, both ways;
 * - `cut`: connections break, new ones too;
 * - `void`: questions reach the server, its answers get lost.
 */
export type Wire = { kind: 'pass' } | { kind: 'slow'; ms: number } | { kind: 'cut' } | { kind: 'void' };

/** A TCP proxy whose wire can be made bad. */
export type Proxy = {
  readonly port: number;
  /** From now on; connections that have lost bytes are broken when the wire changes. */
  readonly set: (wire: Wire) => void;
  readonly stop: () => Promise<void>;
};

const HOST = '127.0.0.1';

/** Puts a proxy before a port of this machine, on a free port. */
export const startProxy = async (target: number): Promise<Proxy> => {
  const pairs = new Set<readonly [Socket, Socket]>();
  let wire: Wire = { kind: 'pass' };

  const breakAll = (): void => {
    for (const [client, server] of pairs) {
      client.destroy();
      server.destroy();
    }
  };
  /** Hands the bytes of one side to the other, as the wire allows; in their order also when they are slow. */
  const carry = (from: Socket, to: Socket, isAnswer: boolean): void => {
    let last = Promise.resolve();
    from.on('data', (bytes: Buffer) => {
      if (wire.kind === 'void' && isAnswer) return;
      if (wire.kind !== 'slow') {
        if (!to.write(bytes)) {
          from.pause();
          to.once('drain', () => from.resume());
        }
        return;
      }
      const { ms } = wire;
      const arrives = new Promise<void>((resolve) => setTimeout(resolve, ms));
      last = last.then(() => arrives).then(() => void (to.destroyed || to.write(bytes)));
    });
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
  };

  const listener = createServer({ allowHalfOpen: true }, (client) => {
    if (wire.kind === 'cut') return void client.destroy();
    const server = connect({ host: HOST, port: target, allowHalfOpen: true });
    const pair = [client, server] as const;
    pairs.add(pair);
    client.setNoDelay(true);
    server.setNoDelay(true);
    server.once('close', () => pairs.delete(pair));
    carry(client, server, false);
    carry(server, client, true);
  });
  const port = await new Promise<number>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(0, HOST, () => {
      const address = listener.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  return {
    port,
    set: (next) => {
      if (wire.kind !== 'pass' || next.kind === 'cut') breakAll();
      wire = next;
    },
    stop: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        breakAll();
      }),
  };
};
