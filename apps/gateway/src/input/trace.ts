import { randomFillSync } from 'node:crypto';

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;
const NO_TRACE = '0'.repeat(32);
// One call to the system per 4 KiB of random bytes instead of one per id.
const pool = Buffer.alloc(4_096);
let used = pool.length;

const randomHex = (bytes: number): string => {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const hex = pool.toString('hex', used, used + bytes);
  used += bytes;
  return hex;
};

/** The trace a request belongs to (W3C Trace Context): the caller's, or a new one. 32 hexadecimal digits. */
export const traceIdOf = (traceparent: unknown): string => {
  const given = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
  return given === undefined || given === NO_TRACE ? randomHex(16) : given;
};

/** The `traceparent` of our answer: the same trace, a span of ours. */
export const traceparentOf = (traceId: string): string => `00-${traceId}-${randomHex(8)}-01`;
