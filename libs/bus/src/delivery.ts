import type { Msg } from '@nats-io/transport-node';

/** A message of a stream as a consumer got it. */
export type Delivery = {
  readonly subject: string;
  readonly text: string;
  /** Where its acknowledgement goes. */
  readonly ackSubject: string;
  /** 1 for the first time. */
  readonly deliveries: number;
  /** Its number in the stream. */
  readonly sequence: number;
  /** When the stream took it, in nanoseconds: a stream that was lost and made again counts from the start. */
  readonly storedAt: string;
};

/**
 * Reads where a message stands from its reply subject,
 * `$JS.ACK.<stream>.<consumer>.<deliveries>.<stream sequence>.<consumer sequence>.<time>.<pending>`, newer servers with
 * domain and account before the stream (NATS ADR-15). Null when it is not a stream's message.
 */
export const readDelivery = (message: Msg): Delivery | null => {
  const ackSubject = message.reply;
  if (ackSubject === undefined) return null;
  const tokens = ackSubject.split('.');
  if (tokens[0] !== '$JS' || tokens[1] !== 'ACK') return null;
  const at = tokens.length >= 11 ? 6 : 4;
  const deliveries = Number(tokens[at]);
  const sequence = Number(tokens[at + 1]);
  if (!Number.isSafeInteger(deliveries) || !Number.isSafeInteger(sequence)) return null;
  const storedAt = tokens[at + 3] ?? '';
  return { subject: message.subject, text: message.string(), ackSubject, deliveries, sequence, storedAt };
};

const NANOSECONDS = 1_000_000;

/** The words a consumer understands. A pause is in milliseconds. */
export const ACK = '+ACK';
/** Still in hand: the server's patience begins anew. */
export const WORKING = '+WPI';
export const nak = (pauseMs: number): string => `-NAK {"delay":${Math.round(pauseMs) * NANOSECONDS}}`;
export const term = (reason: string): string => `+TERM ${reason}`;
