import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { paymentRpc } from '@kervan/contracts';
import { eventBody, signatureOf } from '@kervan/testing';
import { openShop, type PaymentService, postTo, type Shop, startPaymentService, valueOf } from './service.ts';

let service: PaymentService;
let shop: Shop;

beforeAll(async () => {
  service = await startPaymentService({ RECONCILE_S: '3600' });
});
afterAll(() => service.stop());
beforeEach(async () => {
  shop = await openShop(service);
  service.stripe.delivery(shop.secretKey, { drop: true });
});

const now = () => Math.floor(Date.now() / 1_000);
const JSON_HEADERS = { 'content-type': 'application/json' };
const bodyOf = (more: Partial<Parameters<typeof eventBody>[0]> = {}): string =>
  eventBody(
    {
      id: `evt_${Math.random().toString(36).slice(2)}`,
      type: 'invoice.paid',
      created: now(),
      livemode: false,
      object: {},
      ...more,
    },
    '2026-10-28.endive',
  );
const signed = (body: string, { secrets = [shop.webhookSecret], at = now() } = {}) => ({
  ...JSON_HEADERS,
  'stripe-signature': signatureOf(body, secrets, at),
});
const stored = async () => (await shop.events()).length;

describe('what is let in', () => {
  test('a signed event: 200, stored', async () => {
    const body = bodyOf();
    expect(await shop.post(body, signed(body))).toEqual({ status: 200, body: { received: true } });
    expect(await stored()).toBe(1);
  });

  test('the same again: 200, stored once, twenty times at once', async () => {
    const body = bodyOf();
    const answers = await Promise.all(Array.from({ length: 20 }, () => shop.post(body, signed(body))));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await stored()).toBe(1);
  });

  test.each([-295, -60, 60, 295])('a signature made %d s from now', async (seconds) => {
    const body = bodyOf();
    expect((await shop.post(body, signed(body, { at: now() + seconds }))).status).toBe(200);
  });

  test.each([{ 'content-type': 'text/plain' }, { 'content-type': 'application/x-www-form-urlencoded' }, {}])(
    'whatever its content type: %j',
    async (type) => {
      const body = Buffer.from(bodyOf());
      const signature = signatureOf(body.toString(), [shop.webhookSecret], now());
      expect((await shop.post(body, { ...type, 'stripe-signature': signature })).status).toBe(200);
    },
  );

  test('bytes as they came: spaces, line ends and letters of all kinds are part of what was signed', async () => {
    const body = `\r\n  ${bodyOf({ object: { name: 'Ayşe \u2028 İstanbul' } }).replace(',', ' ,\n')}\t`;
    expect((await shop.post(body, signed(body))).status).toBe(200);
  });

  test('while the secret is replaced both count, and afterwards only the new one', async () => {
    const { data } = valueOf(await service.bus.call(paymentRpc.listProviders, shop.context, { limit: 10 }));
    const id = data.find(({ provider }) => provider === 'stripe')?.id ?? '';
    const change = async (credentials: Record<string, string>) =>
      valueOf(await service.bus.call(paymentRpc.updateProvider, shop.context, { id, patch: { credentials } }));
    const post = async (secrets: string[]) => {
      const body = bodyOf();
      return (await shop.post(body, signed(body, { secrets }))).status;
    };
    await change({ webhookSecret: 'whsec_new', webhookSecretPrevious: shop.webhookSecret });
    expect(await post(['whsec_new'])).toBe(200);
    expect(await post([shop.webhookSecret])).toBe(200);
    // Stripe signs with every secret that is active at its end, and we may know only one of them.
    expect(await post(['whsec_somebody_elses', shop.webhookSecret])).toBe(200);
    await change({ webhookSecretPrevious: '' });
    expect(await post(['whsec_new'])).toBe(200);
    expect(await post([shop.webhookSecret])).toBe(400);
  });

  test('a provider that is disabled still hears of the payments it has', async () => {
    const { data } = valueOf(await service.bus.call(paymentRpc.listProviders, shop.context, { limit: 10 }));
    const id = data.find(({ provider }) => provider === 'stripe')?.id ?? '';
    valueOf(await service.bus.call(paymentRpc.updateProvider, shop.context, { id, patch: { enabled: false } }));
    const body = bodyOf();
    expect((await shop.post(body, signed(body))).status).toBe(200);
  });
});

describe('what is refused, and leaves nothing behind', () => {
  const refusals: [string, string, number, (body: string) => [string, Record<string, string>]][] = [
    ['no signature', 'signature_invalid', 400, (body) => [body, JSON_HEADERS]],
    ['an empty signature', 'signature_invalid', 400, (body) => [body, { ...JSON_HEADERS, 'stripe-signature': '' }]],
    ['another secret', 'signature_invalid', 400, (body) => [body, signed(body, { secrets: ['whsec_wrong'] })]],
    ['one byte more', 'signature_invalid', 400, (body) => [`${body} `, signed(body)]],
    ['one byte changed', 'signature_invalid', 400, (body) => [body.replace('evt_', 'evx_'), signed(body)]],
    ['too old', 'signature_invalid', 400, (body) => [body, signed(body, { at: now() - 310 })]],
    ['too far in the future', 'signature_invalid', 400, (body) => [body, signed(body, { at: now() + 310 })]],
    [
      'another time than was signed',
      'signature_invalid',
      400,
      (body) => [body, { 'stripe-signature': signed(body)['stripe-signature'].replace(/^t=\d+/, `t=${now() - 5}`) }],
    ],
    [
      'only a scheme we do not know',
      'signature_invalid',
      400,
      (body) => [body, { 'stripe-signature': signed(body)['stripe-signature'].replace('v1=', 'v0=') }],
    ],
    ['no body', 'signature_invalid', 400, (body) => ['', signed(body)]],
    ['not JSON, though signed', 'bad_request', 400, () => ['{', signed('{')]],
    ['a list, though signed', 'bad_request', 400, () => ['[]', signed('[]')]],
    ['not an event, though signed', 'bad_request', 400, () => ['{"id":5}', signed('{"id":5}')]],
    [
      'an operator for an id, though signed',
      'bad_request',
      400,
      () => {
        const body = bodyOf().replace(/"id":"evt_\w+"/, '"id":{"$gt":""}');
        return [body, signed(body)];
      },
    ],
    [
      'an event of live mode for a shop in test mode',
      'bad_request',
      400,
      () => {
        const body = bodyOf({ livemode: true });
        return [body, signed(body)];
      },
    ],
    [
      'an object that is not what the type says',
      'bad_request',
      400,
      () => {
        const body = bodyOf({ type: 'payment_intent.succeeded', object: { id: 'pi_1', amount: { $gt: 0 } } });
        return [body, signed(body)];
      },
    ],
    [
      'more than any provider sends',
      'payload_too_large',
      413,
      () => {
        const body = bodyOf({ object: 'x'.repeat(300_000) });
        return [body, signed(body)];
      },
    ],
  ];
  test.each(refusals)('%s: %s', async (_what, code, status, make) => {
    const [body, headers] = make(bodyOf());
    const answer = await shop.post(body, headers);
    expect(answer).toMatchObject({ status, body: { code, status } });
    expect(JSON.stringify(answer)).not.toContain(shop.webhookSecret);
    expect(await stored()).toBe(0);
  });

  test('an event for another shop, or for nobody', async () => {
    const other = await openShop(service);
    const body = bodyOf();
    expect((await other.post(body, signed(body))).status).toBe(400);
    for (const path of [
      'stripe/no-such-shop',
      `iyzico/${shop.tenant}`,
      `constructor/${shop.tenant}`,
      'stripe/$gt',
      'stripe/..%2F..%2Fx',
      `stripe/${'x'.repeat(90)}`,
    ]) {
      const answer = await postTo(`${service.url}/webhooks/${path}`, body, signed(body));
      expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
    }
    expect(await stored()).toBe(0);
  });

  test('anything but a POST', async () => {
    const response = await fetch(`${service.url}/webhooks/stripe/${shop.tenant}`);
    expect([response.status, await response.json()]).toMatchObject([404, { code: 'route_not_found' }]);
  });
});

test('an event that cannot be stored is refused with 5xx, so that it comes again', async () => {
  const database = service.mongo.db('payment_svc');
  const body = bodyOf();
  await database.command({ collMod: 'webhook_events', validator: { $expr: false } });
  try {
    expect((await shop.post(body, signed(body))).status).toBeGreaterThanOrEqual(500);
  } finally {
    await database.command({ collMod: 'webhook_events', validator: {} });
  }
  expect(await stored()).toBe(0);
  expect((await shop.post(body, signed(body))).status).toBe(200);
  expect(await stored()).toBe(1);
});

describe('staff', () => {
  test('see the events page by page, by state, provider and type, and nobody else’s', async () => {
    for (const type of ['invoice.paid', 'invoice.paid', 'charge.succeeded']) {
      const body = bodyOf({ type });
      await shop.post(body, signed(body));
    }
    const list = (query: { type?: string; status?: 'ignored' | 'handled'; limit?: number; cursor?: string }) =>
      service.bus.call(paymentRpc.listWebhookEvents, shop.context, query);
    expect(valueOf(await list({ type: 'invoice.paid' })).data).toHaveLength(2);
    expect(valueOf(await list({ status: 'handled' })).data).toHaveLength(0);
    const first = valueOf(await list({ limit: 2 }));
    const second = valueOf(await list({ limit: 2, cursor: first.nextCursor ?? '' }));
    const ids = [...first.data, ...second.data].map(({ id }) => id);
    expect([ids.length, new Set(ids).size, second.nextCursor]).toEqual([3, 3, null]);
    const other = await openShop(service);
    expect(await other.events()).toEqual([]);
    const foreign = await service.bus.call(paymentRpc.replayWebhookEvent, other.context, { id: ids[0] ?? '' });
    expect(foreign).toMatchObject({ ok: false, error: { code: 'not_found' } });
  });

  test('replay an event: handled once more, with no other effect', async () => {
    const { payment } = await shop.open();
    service.stripe.delivery(shop.secretKey, {});
    service.stripe.pay(payment.providerRef);
    const paid = await shop.until(payment.id, ({ status }) => expect(status).toBe('paid'));
    const [event] = (await shop.events()).filter(({ type }) => type === 'payment_intent.succeeded');
    const replay = async () =>
      valueOf(await service.bus.call(paymentRpc.replayWebhookEvent, shop.context, { id: event?.id ?? '' }));
    const answers = await Promise.all(Array.from({ length: 10 }, replay));
    for (const answer of answers)
      expect(answer).toMatchObject({ status: 'handled', error: null, paymentId: payment.id });
    expect(await shop.payment(payment.id)).toMatchObject({ version: paid.version, attempts: [{}] });
    await shop.until(payment.id, () => expect(shop.eventsOf(payment.id)).toEqual(['payment.succeeded']));
  });

  test('replay an event that was given up, once its payment is there', async () => {
    const { payment } = await shop.open();
    service.stripe.pay(payment.providerRef);
    const intent = service.stripe.intents(shop.secretKey).find(({ id }) => id === payment.providerRef);
    const object = { ...intent, id: 'pi_not_known_yet' };
    const { event } = await service.stripe.send(shop.secretKey, { type: 'payment_intent.succeeded', object });
    const { id } = await shop.untilEvent(event.id, ({ status }) => expect(status).toBe('unmatched'));
    // As it looks after its last try, and what it is about has come to be known.
    const given = { dueAt: null, 'snapshot.providerRef': payment.providerRef };
    const events = service.mongo.db('payment_svc').collection<{ _id: string }>('webhook_events');
    await events.updateOne({ _id: id }, { $set: given });
    const replayed = await service.bus.call(paymentRpc.replayWebhookEvent, shop.context, { id });
    expect(valueOf(replayed)).toMatchObject({ status: 'handled', paymentId: payment.id });
    expect((await shop.payment(payment.id)).status).toBe('paid');
  });

  test('a replay that cannot be done leaves a handled event handled, and says why', async () => {
    const { payment } = await shop.open();
    service.stripe.pay(payment.providerRef);
    const [last] = service.stripe.events(shop.secretKey).filter(({ type }) => type === 'payment_intent.succeeded');
    if (last === undefined) throw new Error('nothing happened');
    await service.stripe.send(shop.secretKey, last);
    const handled = await shop.untilEvent(last.id, ({ status }) => expect(status).toBe('handled'));
    const payments = service.mongo.db('payment_svc').collection<{ _id: string }>('payments');
    // A payment that was cancelled since believes a success only when the provider says so again.
    await payments.updateOne({ _id: payment.id }, { $set: { status: 'cancelled', captured: 0 } });
    service.stripe.fault({ on: '*', does: 'error_before' });
    const failed = await service.bus.call(paymentRpc.replayWebhookEvent, shop.context, { id: handled.id });
    expect(valueOf(failed)).toMatchObject({ status: 'handled', error: 'payment_provider_unavailable' });
    service.stripe.clearFaults();
    const done = await service.bus.call(paymentRpc.replayWebhookEvent, shop.context, { id: handled.id });
    expect(valueOf(done)).toMatchObject({ status: 'handled', error: null });
    expect((await shop.payment(payment.id)).status).toBe('paid');
  });

  test('replay what means nothing to us: it stays ignored; a made-up id is not found', async () => {
    const body = bodyOf();
    await shop.post(body, signed(body));
    const [event] = await shop.events();
    const replayed = await service.bus.call(paymentRpc.replayWebhookEvent, shop.context, { id: event?.id ?? '' });
    expect(valueOf(replayed)).toMatchObject({ status: 'ignored' });
    const madeUp = await service.bus.call(paymentRpc.replayWebhookEvent, shop.context, { id: 'whe_made_up' });
    expect(madeUp).toMatchObject({ ok: false, error: { code: 'not_found' } });
  });
});

test('what is kept of an event: no client secret, no personal data of the provider’s object', async () => {
  const { payment, clientSecret } = await shop.open();
  const object = {
    ...service.stripe.intents(shop.secretKey).find(({ id }) => id === payment.providerRef),
    receipt_email: 'ayse@example.com',
    shipping: { name: 'Ayşe Yılmaz', address: { line1: 'Bağdat Cd. 12/3' } },
  };
  await service.stripe.send(shop.secretKey, { type: 'payment_intent.created', object });
  const kept = await service.mongo
    .db('payment_svc')
    .collection('webhook_events')
    .find({ tenant: shop.tenant })
    .toArray();
  expect(kept).toHaveLength(1);
  expect(JSON.stringify(kept)).not.toMatch(/ayse|Bağdat|_secret_/);
  expect(JSON.stringify(kept)).not.toContain(clientSecret);
});
