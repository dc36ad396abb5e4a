import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';

const HOST = '127.0.0.1';

/** Below the range from which systems take ports for outgoing connections: those come and go by the thousand. */
const LOWEST_PORT = 20_000;
const BLOCKS = 375;
/** Ports of a block. */
const BLOCK_SIZE = 32;

/** Whether nobody listens on `port`, on any address of this machine. */
export const isPortFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, () => probe.close(() => resolve(true)));
  });

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
 * Takes a block for as long as this process lives; false when it is another's. No datagram is ever read. Where UDP is not to
 * be had a block is taken without a mark, and chance keeps processes apart.
 */
const takeBlock = (first: number): Promise<boolean> =>
  new Promise((resolve) => {
    const mark = createSocket('udp4');
    mark.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
    mark.bind({ port: first, address: HOST, exclusive: true }, () => {
      mark.unref();
      resolve(true);
    });
  });

/** What this process has left of its newest block. */
type Block = { next: number; readonly end: number };

const newBlock = async (): Promise<Block> => {
  const offset = randomInt(BLOCKS);
  for (let step = 0; step < BLOCKS; step += 1) {
    const first = LOWEST_PORT + ((offset + step) % BLOCKS) * BLOCK_SIZE;
    if (await takeBlock(first)) return { next: first, end: first + BLOCK_SIZE };
  }
  throw new Error(`All ports from ${LOWEST_PORT} to ${LOWEST_PORT + BLOCKS * BLOCK_SIZE - 1} are taken.`);
};

let block: Block = { next: 0, end: 0 };

/** Strangers know nothing of blocks, so each port is looked at too. */
const find = async (count: number): Promise<number> => {
  let first = block.next;
  for (;;) {
    if (first + count > block.end) {
      block = await newBlock();
      first = block.next;
    }
    const port = block.next;
    block.next += 1;
    if (!(await isPortFree(port))) first = block.next;
    else if (block.next === first + count) return first;
  }
};

let last: Promise<unknown> = Promise.resolve();

/**
 * The first of `count` (1 to 32) ports that follow each other, on which nobody listens. They are not handed out again by
 * any process of ours while this one lives, so servers may be started on them, stopped, and started again. Rejects when
 * all blocks of ports are taken.
 */
export const freePorts = (count: number): Promise<number> => {
  if (!Number.isInteger(count) || count < 1 || count > BLOCK_SIZE) throw new RangeError(`${count} ports`);
  const found = last.then(() => find(count));
  last = found.catch(() => undefined);
  return found;
};

/** A port of which the same is true. */
export const freePort = (): Promise<number> => freePorts(1);
