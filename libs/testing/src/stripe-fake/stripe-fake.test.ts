import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { z } from 'zod';
import { eventually } from '../eventually.ts';
import { startStripeFake, type StripeFake } from './index.ts';

const Intent = z.object({
  id: z.string(),
  status: z.string(),
  client_secret: z.string(),
  metadata: z.record(z.string(), z.string()),
});
const Problem = z.object({
  error: z.object({
    type: z.string(),
    code: z.string().optional(),
    decline_code: z.string().optional(),
    param: z.string().optional(),
  }),
});
const SECRET = 'whsec_fake';

let fake: StripeFake;
let receiver: Server;
let receiverUrl = '';
let received: { type: string; id: string; body: string; signature: string }[] = [];
let key = '';

beforeAll(async () => {
  fake = await startStripeFake();
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      const event = z.object({ type: z.string(), id: z.string() }).parse(JSON.parse(body));
      received.push({ ...event, body, signature: String(request.headers['stripe-signature']) });
      response.end('ok');
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', () => resolve()));
  const address = receiver.address();
  receiverUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`;
});
afterAll(async () => {
  await fake.stop();
  receiver.close();
  receiver.closeAllConnections();
});
beforeEach(() => {
  received = [];
  key = `sk_test_${randomBytes(6).toString('hex')}`;
  fake.clearFaults();
});

const call = (path: string, form: Record<string, string> | null, headers: Record<string, string> = {}) =>
  fetch(`${fake.url}${path}`, {
    method: form === null ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${key}`, ...headers },
    body: form === null ? null : new URLSearchParams(form),
  });
const ORDER = { amount: '1999', currency: 'try', 'metadata[orderId]': 'ord_1' };
const create = async (form: Record<string, string> = ORDER) =>
  Intent.parse(await (await call('/v1/payment_intents', form)).json());
const problem = async (response: Response) => Problem.parse(await response.json()).error;

describe('protocol', () => {
  test('wants a key, and an account sees only its own', async () => {
    const nobody = await fetch(`${fake.url}/v1/payment_intents`, { method: 'POST', body: new URLSearchParams(ORDER) });
    expect(nobody.status).toBe(401);
    const intent = await create();
    expect(intent.metadata).toEqual({ orderId: 'ord_1' });
    key = 'sk_test_another';
    const foreign = await call(`/v1/payment_intents/${intent.id}`, null);
    expect(foreign.status).toBe(404);
    expect(foreign.headers.get('request-id')).toMatch(/^req_/);
    expect(await problem(foreign)).toMatchObject({ type: 'invalid_request_error', code: 'resource_missing' });
  });

  test.each([
    [{ amount: '100' }, 'parameter_missing'],
    [{ ...ORDER, colour: 'red' }, 'parameter_unknown'],
    [{ ...ORDER, 'payment_method_types[]': 'card' }, 'parameter_unknown'],
    [{ ...ORDER, amount: '-5' }, undefined],
    [{ ...ORDER, amount: '1.5' }, undefined],
    [{ ...ORDER, capture_method: 'sometimes' }, undefined],
  ])('refuses parameters it does not know or cannot read: %j', async (form, code) => {
    const refused = await call('/v1/payment_intents', form);
    expect(refused.status).toBe(400);
    expect((await problem(refused)).code).toBe(code);
    expect(fake.intents(key)).toHaveLength(0);
  });

  test('lists are read page by page, the newest first', async () => {
    const Page = z.object({ object: z.string(), url: z.string(), has_more: z.boolean(), data: z.array(Intent) });
    const list = async (query: string) => Page.parse(await (await call(`/v1/payment_intents${query}`, null)).json());
    const made: string[] = [];
    for (let count = 0; count < 5; count++) made.unshift((await create()).id);
    const first = await list('?limit=2');
    expect(first).toMatchObject({ object: 'list', url: '/v1/payment_intents', has_more: true });
    const second = await list(`?limit=2&starting_after=${first.data[1]?.id ?? ''}`);
    const last = await list(`?limit=2&starting_after=${second.data[1]?.id ?? ''}`);
    expect(last.has_more).toBe(false);
    expect([...first.data, ...second.data, ...last.data].map(({ id }) => id)).toEqual(made);
    expect((await list('')).data).toHaveLength(5);

    for (const id of made) {
      fake.pay(id);
      await call('/v1/refunds', { payment_intent: id });
    }
    const refunds = fake.refunds(key).map(({ id }) => id);
    const Refunds = Page.extend({ data: z.array(z.object({ id: z.string() })) });
    const rest = await call(`/v1/refunds?limit=100&starting_after=${refunds[2] ?? ''}`, null);
    expect(Refunds.parse(await rest.json())).toMatchObject({
      has_more: false,
      data: [{ id: refunds[1] }, { id: refunds[0] }],
    });
    for (const query of ['limit=0', 'limit=101', 'starting_after=pi_nobody'])
      expect((await call(`/v1/payment_intents?${query}`, null)).status).toBe(400);
  });

  test('the same key answers the same, other parameters are refused, a running one too', async () => {
    const headers = { 'idempotency-key': 'order-1' };
    const first = await call('/v1/payment_intents', ORDER, headers);
    const again = await call('/v1/payment_intents', ORDER, headers);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await again.json()).toEqual(await first.json());
    expect(fake.intents(key)).toHaveLength(1);
    const other = await call('/v1/payment_intents', { ...ORDER, amount: '1' }, headers);
    expect(other.status).toBe(400);
    expect((await problem(other)).type).toBe('idempotency_error');

    fake.fault({ on: 'POST /v1/payment_intents', does: 'slow', delayMs: 200 });
    const slow = call('/v1/payment_intents', ORDER, { 'idempotency-key': 'order-2' });
    await eventually(() => expect(fake.intents(key)).toHaveLength(2));
    expect((await call('/v1/payment_intents', ORDER, { 'idempotency-key': 'order-2' })).status).toBe(409);
    expect((await slow).status).toBe(200);
  });

  test('faults: 500 after doing it is remembered, a lost answer is not an undone one', async () => {
    fake.fault({ on: 'POST /v1/payment_intents', does: 'error_after' });
    const headers = { 'idempotency-key': 'a' };
    expect((await call('/v1/payment_intents', ORDER, headers)).status).toBe(500);
    const again = await call('/v1/payment_intents', ORDER, headers);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([500, 'true']);
    expect(fake.intents(key)).toHaveLength(1);

    fake.fault({ on: 'POST /v1/payment_intents', does: 'lost' });
    await expect(call('/v1/payment_intents', ORDER, { 'idempotency-key': 'b' })).rejects.toThrow();
    expect((await call('/v1/payment_intents', ORDER, { 'idempotency-key': 'b' })).status).toBe(200);
    expect(fake.intents(key)).toHaveLength(2);

    fake.fault({ on: '*', does: 'rate_limit' });
    expect((await call('/v1/payment_intents', ORDER)).status).toBe(429);
    fake.fault({ on: '*', does: 'error_before' });
    expect((await call('/v1/payment_intents', ORDER)).status).toBe(500);
    expect(fake.intents(key)).toHaveLength(2);
  });
});

describe('payments', () => {
  test('a decline answers 402 and leaves the intent payable', async () => {
    const { id } = await create();
    const declined = await call(`/v1/payment_intents/${id}/confirm`, {
      payment_method: 'pm_card_visa_chargeDeclinedInsufficientFunds',
    });
    expect(declined.status).toBe(402);
    expect(await problem(declined)).toMatchObject({
      type: 'card_error',
      code: 'card_declined',
      decline_code: 'insufficient_funds',
    });
    const paid = await call(`/v1/payment_intents/${id}/confirm`, { payment_method: '4242424242424242' });
    expect(Intent.parse(await paid.json()).status).toBe('succeeded');
    const late = await call(`/v1/payment_intents/${id}/cancel`, {});
    expect(await problem(late)).toMatchObject({ code: 'payment_intent_unexpected_state' });
  });

  test('a browser pays with the publishable key and the client secret only', async () => {
    const { id, client_secret } = await create();
    key = 'pk_test_browser';
    expect((await call(`/v1/payment_intents/${id}/confirm`, { payment_method: 'pm_card_visa' })).status).toBe(401);
    const paid = await call(`/v1/payment_intents/${id}/confirm`, { payment_method: 'pm_card_visa', client_secret });
    expect(paid.status).toBe(200);
    expect((await call('/v1/refunds', { payment_intent: id })).status).toBe(401);
  });

  test('authorizes and captures later, once', async () => {
    const { id } = await create({ ...ORDER, capture_method: 'manual' });
    fake.pay(id);
    expect(fake.intents(key)[0]).toMatchObject({
      status: 'requires_capture',
      amount_capturable: 1999,
      amount_received: 0,
    });
    expect((await call(`/v1/payment_intents/${id}/capture`, { amount_to_capture: '1000' })).status).toBe(200);
    expect(fake.intents(key)[0]).toMatchObject({ status: 'succeeded', amount_received: 1000 });
    expect((await call(`/v1/payment_intents/${id}/capture`, {})).status).toBe(400);
  });

  test('refunds never exceed what was captured', async () => {
    const { id } = await create();
    expect((await call('/v1/refunds', { payment_intent: id, amount: '1' })).status).toBe(400);
    fake.pay(id);
    expect((await call('/v1/refunds', { payment_intent: id, amount: '1000' })).status).toBe(200);
    expect((await call('/v1/refunds', { payment_intent: id, amount: '1000' })).status).toBe(400);
    expect((await call('/v1/refunds', { payment_intent: id })).status).toBe(200);
    expect(await problem(await call('/v1/refunds', { payment_intent: id }))).toMatchObject({
      code: 'charge_already_refunded',
    });
    expect(fake.refunds(key).map(({ amount }) => amount)).toEqual([1000, 999]);
  });
});

describe('events', () => {
  test('are signed, with both secrets while one replaces the other', async () => {
    fake.endpoint(key, { url: receiverUrl, secrets: ['whsec_new', SECRET] });
    await create();
    await eventually(() => expect(received).toHaveLength(1));
    const [event] = received;
    const [, t, one, two] = /^t=(\d+),v1=([0-9a-f]{64}),v1=([0-9a-f]{64})$/.exec(event?.signature ?? '') ?? [];
    const expected = (secret: string) => createHmac('sha256', secret).update(`${t}.${event?.body}`).digest('hex');
    expect([one, two]).toEqual([expected('whsec_new'), expected(SECRET)]);
  });

  test('can be held and sent backwards, doubled, lost', async () => {
    fake.endpoint(key, { url: receiverUrl, secrets: [SECRET] });
    fake.delivery(key, { hold: true, reverse: true });
    fake.pay((await create()).id);
    await fake.flush(key);
    expect(received.map(({ type }) => type)).toEqual([
      'payment_intent.succeeded',
      'charge.succeeded',
      'payment_intent.created',
    ]);

    received = [];
    fake.delivery(key, { copies: 3, types: ['payment_intent.created'] });
    await create();
    await eventually(() => expect(received).toHaveLength(3));
    expect(new Set(received.map(({ id }) => id)).size).toBe(1);

    received = [];
    fake.delivery(key, { drop: true });
    await create();
    await fake.idle();
    expect(received).toHaveLength(0);
  });

  test('can be made by hand, also over HTTP from another process', async () => {
    fake.endpoint(key, { url: receiverUrl, secrets: [SECRET] });
    const body = JSON.stringify({ key, event: { type: 'payment_intent.succeeded', object: { id: 'pi_x' } } });
    const answer = await fetch(`${fake.url}/_control/send`, { method: 'POST', body });
    expect(await answer.json()).toMatchObject({ status: 200 });
    expect(received.map(({ type }) => type)).toEqual(['payment_intent.succeeded']);
    const state = await fetch(`${fake.url}/_control/state`, { method: 'POST', body: JSON.stringify({ key }) });
    expect(await state.json()).toMatchObject({ intents: [], refunds: [] });
    expect((await fetch(`${fake.url}/_control/nothing`, { method: 'POST' })).status).toBe(404);
  });

  test('a refund may fail after it succeeded', async () => {
    const { id } = await create();
    fake.pay(id, 'pm_card_refundFail');
    const refund = await call('/v1/refunds', { payment_intent: id });
    expect(await refund.json()).toMatchObject({ status: 'succeeded' });
    expect(fake.refunds(key)[0]).toMatchObject({ status: 'failed', failure_reason: 'expired_or_canceled_card' });
    expect(
      fake
        .events(key)
        .map(({ type }) => type)
        .slice(-5),
    ).toEqual(['refund.created', 'charge.refunded', 'refund.updated', 'charge.refund.updated', 'refund.failed']);
  });
});
