import { createHmac } from 'node:crypto';
import type { Event } from './account.ts';
import { seconds } from './account.ts';

/** Where an account's events go; with two secrets each signs, as while one replaces the other. */
export type Endpoint = { readonly url: string; readonly secrets: readonly string[] };

/** What becomes of events on their way. */
export type DeliveryControl = {
  /** Wait this long before sending, in milliseconds. */
  delayMs: number;
  /** Send nothing; `flush` of held events is then the only way. */
  hold: boolean;
  /** Lose them. */
  drop: boolean;
  /** Send each this often. */
  copies: number;
  /** Send held events in the opposite order. */
  reverse: boolean;
  /** Types that are concerned by all of the above; empty: all types. */
  types: readonly string[];
};

/** What an endpoint made of an event. `status` 0: it could not be reached. */
export type Delivery = { readonly event: Event; readonly status: number; readonly signature: string };

export const NO_CONTROL: DeliveryControl = {
  delayMs: 0,
  hold: false,
  drop: false,
  copies: 1,
  reverse: false,
  types: [],
};

/** The body of an event. */
export const eventBody = ({ id, type, created, livemode, object }: Event, apiVersion: string): string =>
  JSON.stringify({
    id,
    object: 'event',
    api_version: apiVersion,
    created,
    data: { object },
    livemode,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
  });

/** `t=…,v1=…`, one `v1` per secret. */
export const signatureOf = (body: string, secrets: readonly string[], timestamp: number): string =>
  [
    `t=${String(timestamp)}`,
    ...secrets.map(
      (secret) =>
        `v1=${createHmac('sha256', secret)
          .update(`${String(timestamp)}.${body}`)
          .digest('hex')}`,
    ),
  ].join(',');

/** Sends events to an endpoint, the way it is told to. */
export const deliveries = (apiVersion: string) => {
  let endpoint: Endpoint | null = null;
  let control: DeliveryControl = NO_CONTROL;
  const held: Event[] = [];
  const made: Delivery[] = [];
  const events: Event[] = [];
  const busy = new Set<Promise<void>>();

  const post = async (event: Event, to: Endpoint, timestamp = seconds()): Promise<Delivery> => {
    const body = eventBody(event, apiVersion);
    const signature = signatureOf(body, to.secrets, timestamp);
    const status = await fetch(to.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': signature },
      body,
      signal: AbortSignal.timeout(20_000),
    }).then(
      async (response) => {
        await response.arrayBuffer();
        return response.status;
      },
      () => 0,
    );
    const delivery = { event, status, signature };
    made.push(delivery);
    return delivery;
  };
  const later = (work: Promise<unknown>): void => {
    const run: Promise<void> = work.then(() => undefined).finally(() => busy.delete(run));
    busy.add(run);
  };
  const send = async (event: Event, { copies, delayMs }: DeliveryControl): Promise<void> => {
    const to = endpoint;
    if (to === null) return;
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    await Promise.all(Array.from({ length: copies }, () => post(event, to)));
  };

  return {
    events,
    made,
    post,
    endpoint: () => endpoint,
    setEndpoint: (next: Endpoint | null) => {
      endpoint = next;
    },
    setControl: (next: Partial<DeliveryControl>) => {
      control = { ...NO_CONTROL, ...next };
    },
    emit: (event: Event) => {
      events.push(event);
      const own = control.types.length === 0 || control.types.includes(event.type) ? control : NO_CONTROL;
      if (own.drop) return;
      if (own.hold) held.push(event);
      else later(send(event, own));
    },
    /** Sends what was held, one after the other, in the order told. */
    flush: async () => {
      const waiting = held.splice(0);
      const own = control;
      for (const event of own.reverse ? waiting.toReversed() : waiting) await send(event, own);
    },
    /** Waits until nothing is on its way. */
    idle: async () => {
      while (busy.size > 0) await Promise.all(busy);
    },
  };
};
