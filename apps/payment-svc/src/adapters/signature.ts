import { createHmac, timingSafeEqual } from 'node:crypto';

/** What is signed: the time in seconds, a dot, and the body's bytes as they came. */
const digest = (secret: string, timestamp: string, body: string | Buffer): Buffer =>
  createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest();

/** Signs a body the way Stripe does: `t=<unix seconds>,v1=<hex of HMAC-SHA256>`. */
export const signatureHeader = (secret: string, body: string | Buffer, at: Date): string => {
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  return `t=${timestamp},v1=${digest(secret, timestamp, body).toString('hex')}`;
};

export type SignatureCheck = {
  readonly header: string | string[] | undefined;
  readonly body: Buffer;
  /** While a secret is being replaced there are two. */
  readonly secrets: readonly string[];
  readonly now: Date;
  /** How far the time may be off, in seconds, into the past and into the future alike. */
  readonly toleranceS: number;
};

/**
 * Why a signature is not accepted, or null when it is: any `v1` that fits any of the secrets will do, other schemes do
 * not count. Compared in constant time.
 */
export const signatureProblem = ({ header, body, secrets, now, toleranceS }: SignatureCheck): string | null => {
  if (typeof header !== 'string' || header === '') return 'the signature header is missing';
  if (secrets.length === 0) return 'no secret is set for webhooks';
  let timestamp: string | undefined;
  const given: Buffer[] = [];
  for (const part of header.split(',', 20)) {
    const [scheme, value = ''] = part.trim().split('=', 2);
    if (scheme === 't') timestamp = value;
    if (scheme === 'v1' && /^[0-9a-f]{64}$/.test(value)) given.push(Buffer.from(value, 'hex'));
  }
  if (timestamp === undefined || !/^\d{1,12}$/.test(timestamp)) return 'the signature has no time';
  if (given.length === 0) return 'the signature has no v1 part';
  let matches = false;
  for (const secret of secrets) {
    const expected = digest(secret, timestamp, body);
    for (const each of given) matches = timingSafeEqual(each, expected) || matches;
  }
  if (!matches) return 'the signature does not fit';
  const ageS = Math.floor(now.getTime() / 1_000) - Number(timestamp);
  return Math.abs(ageS) > toleranceS ? 'the signature is too old, or from the future' : null;
};
