import { z } from 'zod';
import type { WebhookReading } from '../adapter.ts';
import { Snapshot } from '../snapshot.ts';
import type { SandboxIntent, SandboxWebhook } from './intent.ts';

/** The header that signs a sandbox webhook, built as Stripe builds its own. */
export const SANDBOX_SIGNATURE = 'sandbox-signature';

const Event = z.object({
  id: z.string().min(1).max(80),
  type: z.string().min(1).max(80),
  /** Milliseconds since 1970. */
  created: z.number().int().positive(),
  livemode: z.literal(false),
  orderId: z.string(),
  attempt: z.number().int(),
  data: Snapshot,
});

/** The body of a webhook. */
export const sandboxEventBody = (
  { orderId, attempt }: Pick<SandboxIntent, 'orderId' | 'attempt'>,
  { id, type, at, snapshot }: SandboxWebhook,
): string => {
  const event: z.input<typeof Event> = {
    id,
    type,
    created: at.getTime(),
    livemode: false,
    orderId,
    attempt,
    data: snapshot,
  };
  return JSON.stringify(event);
};

/** Reads an event whose signature has been checked. */
export const readSandboxEvent = (rawBody: Buffer): WebhookReading => {
  let body: unknown;
  try {
    body = JSON.parse(rawBody.toString('utf8'));
  } catch {
    return { kind: 'malformed', reason: 'the body is not JSON' };
  }
  const parsed = Event.safeParse(body);
  if (!parsed.success) return { kind: 'malformed', reason: 'the body is not an event of the sandbox' };
  const { id, type, created, orderId, attempt, data } = parsed.data;
  return {
    kind: 'event',
    event: { eventId: id, type, at: new Date(created), snapshot: data, link: { orderId, attempt } },
  };
};
