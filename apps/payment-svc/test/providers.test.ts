import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type PaymentProvider,
  type PaymentProviderInput,
  type PaymentProviderPatch,
  paymentRpc,
} from '@kervan/contracts';
import type { z } from 'zod';
import {
  contextOf,
  openShop,
  type PaymentService,
  postTo,
  type Shop,
  startPaymentService,
  valueOf,
} from './service.ts';

let service: PaymentService;
/** The same without a replaced address of Stripe: live credentials are let in. */
let live: PaymentService;

beforeAll(async () => {
  [service, live] = await Promise.all([startPaymentService(), startPaymentService({ STRIPE_API_BASE: '' })]);
});
afterAll(() => Promise.all([service.stop(), live.stop()]));

const SECRETS = { secretKey: 'sk_test_topsecret1', webhookSecret: 'whsec_topsecret2' };
const LIVE_SECRETS = { secretKey: 'sk_live_topsecret3', webhookSecret: 'whsec_topsecret4' };
const CARD = { number: '4242424242424242', expMonth: 12, expYear: 2035, cvc: '123' };
let made = 0;
const newTenant = () => `shop-without-${++made}`;
type Input = z.input<typeof PaymentProviderInput>;

const create = (tenant: string, input: Input, at = service) =>
  at.bus.call(paymentRpc.createProvider, contextOf(tenant), input);
const stripeOf = async (shop: Shop, at = service): Promise<PaymentProvider> => {
  const { data } = valueOf(await at.bus.call(paymentRpc.listProviders, shop.context, { limit: 10 }));
  const found = data.find(({ provider }) => provider === 'stripe');
  if (found === undefined) throw new Error('the shop has no stripe');
  return found;
};
type Patch = z.input<typeof PaymentProviderPatch>;
const patch = ({ context }: Shop, id: string, change: Patch, at = service) =>
  at.bus.call(paymentRpc.updateProvider, context, { id, patch: change });
const optionsOf = async (shop: Shop, at: PaymentService) => {
  const asked = await at.bus.call(paymentRpc.listOptions, shop.context, { currency: 'TRY' });
  return valueOf(asked).options.map(({ provider }) => provider);
};
const errorsOf = (answer: { ok: boolean; error?: { code: string; details?: unknown } }) => {
  const details = answer.error?.details;
  const list = typeof details === 'object' && details !== null && 'errors' in details ? details.errors : [];
  return Array.isArray(list) ? list.map((each: { path: string; code: string }) => [each.path, each.code]) : [];
};

describe('credentials', () => {
  test('are answered by name only, whoever asks', async () => {
    const tenant = newTenant();
    const created = valueOf(await create(tenant, { provider: 'stripe', credentials: SECRETS }));
    expect(created.credentials).toEqual(['secretKey', 'webhookSecret']);
    const context = contextOf(tenant);
    const got = await service.bus.call(paymentRpc.getProvider, context, { id: created.id });
    const listed = await service.bus.call(paymentRpc.listProviders, context, { limit: 10 });
    const changed = await service.bus.call(paymentRpc.updateProvider, context, {
      id: created.id,
      patch: { priority: 3, credentials: { publishableKey: 'pk_test_topsecret5' } },
    });
    expect(valueOf(changed).credentials).toEqual(['publishableKey', 'secretKey', 'webhookSecret']);
    expect(JSON.stringify([created, got, listed, changed])).not.toContain('topsecret');
  });

  test('lie encrypted in the database and in no event', async () => {
    const tenant = newTenant();
    valueOf(await create(tenant, { provider: 'stripe', credentials: SECRETS }));
    const kept = await service.mongo.db('payment_svc').collection('providers').find({ tenant }).toArray();
    expect(kept).toHaveLength(1);
    expect(JSON.stringify(kept)).not.toContain('topsecret');
    expect(kept[0]?.['credentials']).toMatchObject({ nonce: expect.any(String), tag: expect.any(String) });
  });

  test('named ones are replaced, an empty text takes one away, the others stay', async () => {
    const shop = await openShop(service);
    const { id } = await stripeOf(shop);
    const other = 'sk_test_another';
    expect(valueOf(await patch(shop, id, { credentials: { secretKey: other } })).credentials).toEqual([
      'secretKey',
      'webhookSecret',
    ]);
    await shop.open();
    expect(service.stripe.intents(other)).toHaveLength(1);
    expect(service.stripe.intents(shop.secretKey)).toHaveLength(0);
    const without = valueOf(await patch(shop, id, { credentials: { webhookSecret: '' } }));
    expect(without.credentials).toEqual(['secretKey']);
    expect(errorsOf(await patch(shop, id, { credentials: { secretKey: '' } }))).toEqual([
      ['credentials.secretKey', 'required'],
    ]);
  });

  const wrong: [string, Input, [string, string][]][] = [
    ['nothing', { provider: 'stripe' }, [['credentials.secretKey', 'required']]],
    ['no key', { provider: 'stripe', credentials: { secretKey: 'x' } }, [['credentials.secretKey', 'invalid_format']]],
    [
      'a live key in test mode',
      { provider: 'stripe', credentials: LIVE_SECRETS },
      [
        ['credentials.secretKey', 'wrong_mode'],
        ['mode', 'live_refused'],
      ],
    ],
    [
      'a test key in live mode',
      { provider: 'stripe', mode: 'live', credentials: SECRETS },
      [
        ['credentials.secretKey', 'wrong_mode'],
        ['mode', 'live_refused'],
      ],
    ],
    [
      'a mistyped name and a secret that is none',
      { provider: 'stripe', credentials: { ...SECRETS, webhookSecrte: 'whsec_x', webhookSecret: 'secret' } },
      [
        ['credentials.webhookSecrte', 'unknown'],
        ['credentials.webhookSecret', 'invalid_format'],
      ],
    ],
    ['the sandbox in live mode', { provider: 'sandbox', mode: 'live' }, [['mode', 'unsupported']]],
    ['limits the wrong way round', { provider: 'sandbox', minAmount: 5, maxAmount: 4 }, [['maxAmount', 'too_small']]],
  ];
  test.each(wrong)('%s: every wrong field is named, none of the values', async (_what, input, errors) => {
    const answer = await create(newTenant(), input);
    expect(answer).toMatchObject({ ok: false, error: { code: 'provider_config_invalid' } });
    expect(errorsOf(answer)).toEqual(errors);
    expect(JSON.stringify(answer)).not.toContain('topsecret');
  });

  test('a shop has each provider once, however often it is made at once', async () => {
    const tenant = newTenant();
    const answers = await Promise.all(Array.from({ length: 10 }, () => create(tenant, { provider: 'sandbox' })));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    for (const answer of answers) if (!answer.ok) expect(answer.error.code).toBe('conflict');
  });
});

describe('a test call', () => {
  const check = async (shop: Shop, id: string) => service.bus.call(paymentRpc.testProvider, shop.context, { id });

  test('says that the credentials are good, that they are not, that the provider is away', async () => {
    const shop = await openShop(service);
    const { id } = await stripeOf(shop);
    expect(valueOf(await check(shop, id))).toEqual({ ok: true, reason: null });
    service.stripe.fault({ on: '*', does: 'error_before' });
    expect(valueOf(await check(shop, id))).toEqual({ ok: false, reason: 'provider_unavailable' });
    service.stripe.revoke(shop.secretKey);
    expect(valueOf(await check(shop, id))).toEqual({ ok: false, reason: 'invalid_credentials' });
    expect(service.stripe.intents(shop.secretKey)).toHaveLength(0);
  });

  test('of the sandbox, of a made-up id, of another shop’s', async () => {
    const shop = await openShop(service);
    const { data } = valueOf(await service.bus.call(paymentRpc.listProviders, shop.context, { limit: 10 }));
    const sandbox = data.find(({ provider }) => provider === 'sandbox')?.id ?? '';
    expect(valueOf(await check(shop, sandbox))).toEqual({ ok: true, reason: null });
    const other = await openShop(service);
    for (const id of ['pprov_made_up', sandbox]) {
      expect(await check(other, id)).toMatchObject({ ok: false, error: { code: 'not_found' } });
    }
  });
});

describe('what a buyer may choose', () => {
  test('is offered in its currencies, with its bounds, whatever is to be paid', async () => {
    const shop = await openShop(service, { currencies: ['EUR'], minAmount: 100, maxAmount: 1_000 });
    const listed = async (currency: string) =>
      valueOf(await service.bus.call(paymentRpc.listOptions, shop.context, { currency })).options;
    const option = { methods: ['card'], displayName: expect.anything(), minAmount: 100, maxAmount: 1_000 };
    expect(await listed('EUR')).toEqual([
      { provider: 'sandbox', ...option },
      { provider: 'stripe', ...option },
    ]);
    expect(await listed('TRY')).toEqual([]);
    const { id } = await stripeOf(shop);
    valueOf(await patch(shop, id, { currencies: [], minAmount: null, maxAmount: null }));
    expect(await listed('TRY')).toMatchObject([{ provider: 'stripe', minAmount: null, maxAmount: null }]);
  });
});

describe('a shop that takes real money', () => {
  const goLive = async (shop: Shop) =>
    valueOf(await patch(shop, (await stripeOf(shop, live)).id, { mode: 'live', credentials: LIVE_SECRETS }, live));

  test('offers no sandbox, and opens no payment with it', async () => {
    const shop = await openShop(live);
    expect(await optionsOf(shop, live)).toEqual(['sandbox', 'stripe']);
    expect(await goLive(shop)).toMatchObject({ mode: 'live' });
    expect(await optionsOf(shop, live)).toEqual(['stripe']);
    const opened = await live.bus.call(paymentRpc.open, shop.context, shop.request({ provider: 'sandbox' }));
    expect(opened).toMatchObject({ ok: false, error: { code: 'payment_method_unavailable' } });
  });

  test('takes no test card for what was opened before', async () => {
    const shop = await openShop(live);
    const { payment, clientSecret } = await shop.open({ provider: 'sandbox', amount: 5_000 });
    await goLive(shop);
    const body = JSON.stringify({ clientSecret, card: CARD });
    const answer = await postTo(`${live.url}/sandbox/confirm`, body, { 'content-type': 'application/json' });
    expect(answer).toMatchObject({ status: 409, body: { code: 'order_not_payable' } });
    expect((await shop.payment(payment.id)).status).toBe('pending');
  });

  test('and is disabled again: what was opened in test mode goes on', async () => {
    const shop = await openShop(live);
    const { id } = await goLive(shop);
    valueOf(await patch(shop, id, { enabled: false }, live));
    expect(await optionsOf(shop, live)).toEqual(['sandbox']);
  });

  test('cannot be where Stripe’s address was replaced', async () => {
    const shop = await openShop(service);
    const answer = await patch(shop, (await stripeOf(shop)).id, { mode: 'live', credentials: LIVE_SECRETS });
    expect(errorsOf(answer)).toEqual([['mode', 'live_refused']]);
    expect(await stripeOf(shop)).toMatchObject({ mode: 'test' });
  });
});
