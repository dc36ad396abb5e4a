import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openShop, type PaymentService, type Shop, startPaymentService } from './service.ts';

let service: PaymentService;
let shop: Shop;

beforeAll(async () => {
  service = await startPaymentService({ RECONCILE_S: '2' });
  shop = await openShop(service);
});
afterAll(() => service.stop());

const CARD = { number: '4242424242424242', expMonth: 12, expYear: 2035, cvc: '123' };
const open = (amount = 5_000) => shop.open({ provider: 'sandbox', amount });
const post = async (body: unknown, headers: Record<string, string> = { 'content-type': 'application/json' }) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${service.url}/sandbox/confirm`, { method: 'POST', headers, body: text });
  return { status: response.status, body: await response.json(), headers: response.headers };
};
const pay = (clientSecret: string, number: string) => post({ clientSecret, card: { ...CARD, number } });

describe('test cards', () => {
  test('4242… succeeds; its signed webhook makes the payment paid, once', async () => {
    const { payment, clientSecret } = await open();
    expect(await pay(clientSecret, '4242424242424242')).toMatchObject({
      status: 200,
      body: { id: payment.providerRef, status: 'succeeded', amount: 5_000, currency: 'TRY', nextAction: null },
    });
    const paid = await shop.until(payment.id, ({ status }) => expect(status).toBe('paid'));
    expect(paid).toMatchObject({ captured: 5_000, refunded: 0, failure: null, mismatch: null });
    expect(paid.attempts).toHaveLength(1);
    await shop.until(payment.id, () => expect(shop.eventsOf(payment.id)).toEqual(['payment.succeeded']));
  });

  test('a double click pays once and is answered the same', async () => {
    const { payment, clientSecret } = await open();
    const answers = await Promise.all(Array.from({ length: 20 }, () => pay(clientSecret, '4242424242424242')));
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1);
    const paid = await shop.until(payment.id, ({ status }) => expect(status).toBe('paid'));
    expect(paid.attempts).toHaveLength(1);
    await shop.until(payment.id, () => expect(shop.eventsOf(payment.id)).toEqual(['payment.succeeded']));
  });

  test.each([
    ['4000000000000002', 'generic_decline', 'declined'],
    ['4000000000009995', 'insufficient_funds', 'insufficient_funds'],
    ['4111111111111111', 'test_cards_only', 'declined'],
  ])('%s is declined (%s), and another card may be tried', async (number, declineCode, code) => {
    const { payment, clientSecret } = await open();
    expect(await pay(clientSecret, number)).toMatchObject({
      status: 402,
      body: { code: 'card_declined', declineCode },
    });
    const failed = await shop.until(payment.id, ({ status }) => expect(status).toBe('failed'));
    expect(failed).toMatchObject({ captured: 0, failure: { code } });
    expect(await pay(clientSecret, '4242424242424242')).toMatchObject({ status: 200 });
    const paid = await shop.until(payment.id, ({ status }) => expect(status).toBe('paid'));
    expect(paid.attempts.map(({ status }) => status)).toEqual(['failed', 'paid']);
    expect(paid.failure).toBeNull();
  });

  test('a card that is over is declined', async () => {
    const { clientSecret } = await open();
    const over = { clientSecret, card: { ...CARD, expYear: 2020 } };
    expect(await post(over)).toMatchObject({ status: 402, body: { declineCode: 'expired_card' } });
  });

  test('…3220 asks for a step: passed it pays', async () => {
    const { payment, clientSecret } = await open();
    expect(await pay(clientSecret, '4000000000003220')).toMatchObject({
      status: 200,
      body: { status: 'requires_action', nextAction: { type: 'step' } },
    });
    await shop.until(payment.id, ({ status }) => expect(status).toBe('requires_action'));
    expect(await post({ clientSecret, step: 'pass' })).toMatchObject({ status: 200, body: { status: 'succeeded' } });
    await shop.until(payment.id, ({ status }) => expect(status).toBe('paid'));
    await shop.until(payment.id, () =>
      expect(shop.eventsOf(payment.id)).toEqual(['payment.requires_action', 'payment.succeeded']),
    );
  });

  test('…3220 asks for a step: failed it is declined, and may be tried again', async () => {
    const { payment, clientSecret } = await open();
    await pay(clientSecret, '4000000000003220');
    expect(await post({ clientSecret, step: 'fail' })).toMatchObject({
      status: 402,
      body: { code: 'card_declined', declineCode: 'authentication_failed' },
    });
    const failed = await shop.until(payment.id, ({ status }) => expect(status).toBe('failed'));
    expect(failed.failure?.code).toBe('authentication_failed');
    expect(await post({ clientSecret, step: 'pass' })).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(await pay(clientSecret, '4242424242424242')).toMatchObject({ status: 200 });
  });

  test('…0077 is processing first and succeeds slowly', async () => {
    const { payment, clientSecret } = await open();
    expect(await pay(clientSecret, '4000000000000077')).toMatchObject({ status: 200, body: { status: 'processing' } });
    await shop.until(payment.id, ({ status }) => expect(status).toBe('processing'));
    await shop.until(payment.id, ({ status }) => expect(status).toBe('paid'));
    await shop.until(payment.id, () =>
      expect(shop.eventsOf(payment.id)).toEqual(['payment.processing', 'payment.succeeded']),
    );
  });

  test('…0259 succeeds and no webhook comes: asking finds it', async () => {
    const { payment, clientSecret } = await open();
    expect(await pay(clientSecret, '4000000000000259')).toMatchObject({ status: 200, body: { status: 'succeeded' } });
    expect((await shop.payment(payment.id)).status).toBe('pending');
    expect(await shop.refresh(payment.orderId)).toMatchObject([{ status: 'paid', captured: 5_000 }]);
    expect((await shop.events()).filter(({ orderId }) => orderId === payment.orderId)).toHaveLength(0);
  });

  test('…0259 left alone: the reconciler finds it', async () => {
    const { payment, clientSecret } = await open();
    await pay(clientSecret, '4000000000000259');
    await shop.until(payment.id, ({ status }) => expect(status).toBe('paid'));
  });
});

describe('bad input', () => {
  const invalid = { status: 422, body: { code: 'invalid_input' } };
  test.each([
    ['no card', { clientSecret: 'x' }],
    ['an operator', { clientSecret: { $gt: '' }, card: CARD }],
    ['a number that is a number', { clientSecret: 'x', card: { ...CARD, number: 4242424242424242 } }],
    ['a wrong check digit', { clientSecret: 'x', card: { ...CARD, number: '4242424242424241' } }],
    ['a short number', { clientSecret: 'x', card: { ...CARD, number: '4242' } }],
    ['month 13', { clientSecret: 'x', card: { ...CARD, expMonth: 13 } }],
    ['a year of two digits', { clientSecret: 'x', card: { ...CARD, expYear: 35 } }],
    ['letters for cvc', { clientSecret: 'x', card: { ...CARD, cvc: 'abc' } }],
    ['an unknown field', { clientSecret: 'x', card: CARD, amount: 1 }],
    ['card and step', { clientSecret: 'x', card: CARD, step: 'pass' }],
    ['an unknown step', { clientSecret: 'x', step: 'maybe' }],
    ['a list', []],
    ['null', null],
  ])('%s', async (_what, body) => expect(await post(body)).toMatchObject(invalid));

  test('names the field', async () => {
    const { body } = await post({ clientSecret: 'x', card: { ...CARD, number: '4242424242424241' } });
    expect(body).toMatchObject({ errors: [{ path: 'card.number' }] });
  });

  test('not JSON, another type, too large', async () => {
    expect(await post('{')).toMatchObject({ status: 400, body: { code: 'malformed_json' } });
    expect(await post('a=1', { 'content-type': 'text/plain' })).toMatchObject({ status: 415 });
    const large = JSON.stringify({ clientSecret: 'x'.repeat(300_000) });
    expect(await post(large)).toMatchObject({ status: 413, body: { code: 'payload_too_large' } });
  });

  test('a client secret that is made up, changed or of another shop', async () => {
    const { clientSecret } = await open();
    const [head = '', mac = ''] = clientSecret.split('.');
    const cheaper = Buffer.from(JSON.stringify([shop.tenant, 1, 'TRY', 'automatic', 'o', 'n', 1])).toString(
      'base64url',
    );
    const other = await openShop(service);
    const foreign = (await other.open({ provider: 'sandbox' })).clientSecret;
    for (const secret of [
      'made-up',
      `${head}.${'A'.repeat(mac.length)}`,
      `${head.split('_secret_')[0]}_secret_${cheaper}.${mac}`,
      `${head.split('_secret_')[0]}_secret_${foreign.split('_secret_')[1]}`,
    ]) {
      expect(await pay(secret, CARD.number)).toMatchObject({ status: 404, body: { code: 'payment_not_found' } });
    }
  });

  test('speaks the language asked for, and lets any page read the answer', async () => {
    const { status, body, headers } = await post(
      {},
      { 'content-type': 'application/json', 'accept-language': 'tr-TR,en;q=0.5' },
    );
    expect([status, headers.get('access-control-allow-origin')]).toEqual([422, '*']);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(body).toMatchObject({ title: 'İstek geçerli değil' });
    const preflight = await fetch(`${service.url}/sandbox/confirm`, { method: 'OPTIONS' });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('content-type');
  });
});

test('no card number is kept anywhere', async () => {
  const { payment, clientSecret } = await open();
  await pay(clientSecret, '4242424242424242');
  await shop.until(payment.id, ({ status }) => expect(status).toBe('paid'));
  const database = service.mongo.db('payment_svc');
  for (const { name } of await database.listCollections().toArray()) {
    const text = JSON.stringify(await database.collection(name).find().toArray());
    for (const number of ['4242424242424242', '4000000000003220']) expect(text).not.toContain(number);
  }
});
