import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { TenantSlug } from '@kervan/contracts';
import { z } from 'zod';

/** What a payment was opened with. Amount in minor units. */
export type Asked = {
  readonly id: string;
  readonly tenant: string;
  readonly amount: number;
  readonly currency: string;
  readonly capture: 'automatic' | 'manual';
  readonly orderId: string;
  readonly orderNo: string;
  readonly attempt: number;
};

/** The id of the payment of an order and attempt: the same however often it is opened. */
export const sandboxIntentId = (tenant: string, orderId: string, attempt: number): string =>
  `sbx_${createHash('sha256')
    .update(JSON.stringify([tenant, orderId, attempt]))
    .digest('hex')
    .slice(0, 26)}`;

const Content = z.tuple([
  TenantSlug,
  z.number().int().positive(),
  z.string(),
  z.enum(['automatic', 'manual']),
  z.string(),
  z.string(),
  z.number().int(),
]);

const macOf = (secretKey: string, text: string): string =>
  createHmac('sha256', secretKey).update(text).digest('base64url').slice(0, 32);

/**
 * What the buyer's browser pays with: `<id>_secret_<what was asked>.<mac>`. It carries the payment itself, signed with
 * the shop's key: opening a payment thus writes nothing, and nobody can pay another amount than what was asked.
 */
export const clientSecretOf = (asked: Asked, secretKey: string): string => {
  const { id, tenant, amount, currency, capture, orderId, orderNo, attempt } = asked;
  const content: z.input<typeof Content> = [tenant, amount, currency, capture, orderId, orderNo, attempt];
  const text = `${id}_secret_${Buffer.from(JSON.stringify(content)).toString('base64url')}`;
  return `${text}.${macOf(secretKey, text)}`;
};

/** A client secret read but not believed yet: check it with the key of the tenant it names. */
export type ReadSecret = { readonly asked: Asked; readonly isGenuine: (secretKey: string) => boolean };

/** Reads a client secret; null when it is none. */
export const readClientSecret = (secret: string): ReadSecret | null => {
  const match = /^(sbx_[0-9a-f]{26})_secret_([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{32})$/.exec(secret);
  const [, id, content, mac] = match ?? [];
  if (id === undefined || content === undefined || mac === undefined) return null;
  let raw: unknown;
  try {
    raw = JSON.parse(Buffer.from(content, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
  const parsed = Content.safeParse(raw);
  if (!parsed.success) return null;
  const [tenant, amount, currency, capture, orderId, orderNo, attempt] = parsed.data;
  return {
    asked: { id, tenant, amount, currency, capture, orderId, orderNo, attempt },
    isGenuine: (secretKey) =>
      timingSafeEqual(Buffer.from(macOf(secretKey, `${id}_secret_${content}`)), Buffer.from(mac)),
  };
};
