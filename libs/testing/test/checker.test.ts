import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, headers, nkeyAuthenticator } from '@nats-io/transport-node';
import { type Document, MongoClient } from 'mongodb';
import { z } from 'zod';
import {
  check,
  checkInvariants,
  underWay,
  untilQuiet,
  violationText,
  type CheckInput,
  type HistoryEntry,
} from '../src/checker/index.ts';
import { type Mongo, startMongo } from '../src/servers/mongo.ts';
import {
  addProduct,
  CARDS,
  checkout,
  codeOf,
  expectReply,
  fillCart,
  newKey,
  openShop,
  openStripeShop,
  pay,
  payByCard,
  send,
  type Shop,
  type StripeShop,
  tryAdd,
  tryCancel,
  tryCart,
  tryCheckout,
  untilOrder,
} from '../src/shop/index.ts';
import { type Stack, startStack } from '../src/stack/stack.ts';
import { startStripeFake, type StripeFake } from '../src/stripe-fake/index.ts';

const WithId = z.object({ id: z.string() });
type Row = { _id: string; [field: string]: unknown };

describe('the databases alone', () => {
  let mongo: Mongo;
  let client: MongoClient;
  beforeAll(async () => {
    mongo = await startMongo();
    client = await MongoClient.connect(mongo.uri);
  });
  afterAll(async () => {
    await client.close();
    await mongo.stop();
  });
  const put = (database: string, collection: string, row: Row) =>
    client.db(database).collection<Row>(collection).insertOne(row);

  test('what does not hold is found, with what was found and whose it is', async () => {
    expect(violationText(await checkInvariants(mongo.uri))).toBe('');

    const shirt = { tenant: 'demo', sku: 'SHIRT' };
    await put('inventory_svc', 'stock', { _id: 'demo:SHIRT', ...shirt, onHand: 5, reserved: 0, backorder: false });
    await put('inventory_svc', 'ledger', {
      _id: 'led_1',
      ...shirt,
      onHandDelta: 7,
      reservedDelta: 0,
      orderId: null,
      createdAt: new Date(),
    });
    await put('inventory_svc', 'reservations', {
      _id: 'ord_gone',
      tenant: 'demo',
      status: 'committed',
      lines: [],
    });
    await put('payment_svc', 'payments', {
      _id: 'pay_1',
      tenant: 'demo',
      orderId: 'ord_gone',
      provider: 'stripe',
      providerRef: 'pi_1',
      status: 'paid',
      amount: 100,
      captured: 100,
      refunded: 40,
      currency: 'TRY',
      mismatch: null,
      disputes: [],
    });
    const event = { tenant: 'demo', aggregateId: 'prod_1', occurredAt: new Date().toISOString() };
    await put('catalog_svc', 'products', {
      _id: 'prod_1',
      tenant: 'demo',
      createdAt: new Date(),
      eventSequence: 2,
      outbox: [
        { ...event, id: 'evt_1', sequence: 1, type: 'product.created', sent: true },
        { ...event, id: 'evt_2', sequence: 2, type: 'product.updated', sent: false },
      ],
    });
    expect(violationText(await checkInvariants(mongo.uri)).split('\n')).toEqual([
      'stock is the sum of its ledger: demo:SHIRT (stock 5/0, ledger 7/0) [demo]',
      'what is committed belongs to a confirmed order: ord_gone (order is missing) [demo]',
      'a capture belongs to a confirmed order or is refunded: pay_1 (keeps 60 of 100, order is missing) [demo]',
      'every event has been sent: prod_1 (product.updated in products) [demo]',
    ]);
  });

  test('a document that is not as it should be is a failure, not overlooked', async () => {
    await put('order_svc', 'orders', { _id: 'ord_1', tenant: 'demo', status: 'confirmed' });
    await expect(checkInvariants(mongo.uri)).rejects.toThrow('invalid_type');
    expect((await underWay({ mongoUri: mongo.uri })).map(({ rule }) => rule)).toEqual(['everything can be looked at']);
    expect(await untilQuiet({ mongoUri: mongo.uri }, 100)).toBe(false);
  });
});

describe('a running system', () => {
  let stripe: StripeFake;
  let stack: Stack;
  let client: MongoClient;
  let shop: StripeShop;
  let stranger: Shop;
  /** What is looked at without the services: databases, bus, provider. */
  let backstage: CheckInput;
  let input: CheckInput;
  const history: HistoryEntry[] = [];
  const orderNos: Record<'sandbox' | 'stripe' | 'cancelled' | 'refunded' | 'draft', string> = {
    sandbox: '',
    stripe: '',
    cancelled: '',
    refunded: '',
    draft: '',
  };

  const entryOf = (call: string, fields: Partial<HistoryEntry>): HistoryEntry => {
    const now = Date.now();
    const usual = {
      tenant: shop.tenant,
      by: 'ayse',
      start: now,
      end: now,
      outcome: 'ok',
      status: 200,
      code: null,
    } as const;
    return { call, ...usual, ...fields };
  };
  /** Writes down what a call came to, as a load does. */
  const note = (call: string, fields: Partial<HistoryEntry>): void => void history.push(entryOf(call, fields));

  beforeAll(async () => {
    stripe = await startStripeFake();
    stack = await startStack({ env: { STRIPE_API_BASE: stripe.url, RECONCILE_S: '1', RESERVATION_SWEEP_S: '0.5' } });
    client = await MongoClient.connect(stack.backends.mongo.uri);
    shop = await openStripeShop(stack, stripe);
    stranger = await openShop(stack);
    backstage = {
      mongoUri: stack.backends.mongo.uri,
      nats: { url: stack.backends.nats.url, seed: stack.backends.nats.seeds.setup },
      providers: [{ apiBase: stripe.url, secretKey: shop.secretKey, tenant: shop.tenant }],
      history,
    };
    const tenants = [shop, stranger].map(({ tenant: slug, apiKey }) => ({ slug, apiKey }));
    input = { ...backstage, api: { gateway: stack.gateway, tenants } };
  }, 120_000);
  afterAll(async () => {
    await client.close();
    await stack.stop();
    await stripe.stop();
  });

  const buy = async (provider: 'sandbox' | 'stripe', goods: { variantId: string; sku: string }) => {
    const cart = await fillCart(shop, []);
    const { variantId, sku } = goods;
    const add = newKey();
    expect((await tryAdd(shop, cart.id, { variantId, quantity: 2 }, add)).status).toBe(200);
    note('add', { cartId: cart.id, key: add, sku, quantity: 2 });
    const key = newKey();
    const placed = await checkout(shop, cart.id, { key, provider });
    const { orderNo, status: orderStatus, amount } = placed.order;
    note('checkout', { cartId: cart.id, key, orderNo, orderStatus, amount });
    return { ...placed, cartId: cart.id };
  };

  test('in which all is well is silent, and says what it has looked at', async () => {
    const goods = await addProduct(shop, { stock: 50 });
    const move = newKey();
    const moved = await shop.staff(`/admin/stock/${goods.sku}/adjust`, {
      method: 'POST',
      headers: { 'idempotency-key': move },
      body: { delta: -3, reason: 'broken' },
    });
    expect(moved.status).toBe(200);
    note('adjust', { sku: goods.sku, quantity: -3, key: move });

    const sandbox = await buy('sandbox', goods);
    await pay(shop, sandbox.payment.clientSecret ?? '');
    const byStripe = await buy('stripe', goods);
    await payByCard(shop, byStripe);
    const cancelled = await buy('sandbox', goods);
    await pay(shop, cancelled.payment.clientSecret ?? '', CARDS.declined);
    expect((await tryCancel(shop, cancelled.order.orderNo)).status).toBe(200);
    note('cancel', { orderNo: cancelled.order.orderNo, orderStatus: 'cancelled' });
    // Paid and given up before anybody heard of the payment.
    const refunded = await buy('stripe', goods);
    stripe.delivery(shop.secretKey, { hold: true });
    expect((await payByCard(shop, refunded)).status).toBe(200);
    expect((await tryCancel(shop, refunded.order.orderNo)).status).toBe(200);
    stripe.delivery(shop.secretKey, { hold: false });
    await stripe.flush(shop.secretKey);
    const draft = await buy('sandbox', goods);
    const greedy = await fillCart(shop, [{ variantId: goods.variantId, quantity: 900 }]);
    const refused = await tryCheckout(shop, greedy.id);
    expect(codeOf(refused)).toBe('out_of_stock');
    note('checkout', { cartId: greedy.id, outcome: 'refused', status: refused.status, code: codeOf(refused) });
    // Nobody knows whether this one was made.
    const lost = newKey();
    await tryCart(shop, lost);
    note('add', { cartId: draft.cartId, key: newKey(), sku: goods.sku, quantity: 5, outcome: 'unknown', status: null });

    await untilOrder(shop, sandbox.order.orderNo, 'confirmed');
    await untilOrder(shop, byStripe.order.orderNo, 'confirmed');
    note('track', { orderNo: byStripe.order.orderNo, orderStatus: 'confirmed', paymentStatus: 'paid' });
    Object.assign(orderNos, {
      sandbox: sandbox.order.orderNo,
      stripe: byStripe.order.orderNo,
      cancelled: cancelled.order.orderNo,
      refunded: refunded.order.orderNo,
      draft: draft.order.orderNo,
    });

    expect([await untilQuiet(input, 30_000), violationText(await underWay(input))]).toEqual([true, '']);
    const { violations, counts } = await check(input);
    expect(violationText(violations)).toBe('');
    // The cancelled ones: given up, given up and paid, out of stock.
    expect(counts.orders).toEqual({ confirmed: 2, cancelled: 3, draft: 1 });
    expect(counts).toMatchObject({
      carts: 7,
      stock: 1,
      payments: 5,
      captures: 3,
      refunds: 1,
      letters: 0,
      history: { ok: 13, refused: 1, unknown: 1 },
    });
    expect(counts.consumers).toBeGreaterThan(3);
    expect(counts.events).toBe(counts.written);
    expect(counts.events).toBeGreaterThan(20);
    expect(counts.shown).toBe(6 + counts.payments + counts.reservations + counts.stock);
  }, 90_000);

  test('whose API shows another shop is found out', async () => {
    const foreign = { gateway: stack.gateway, tenants: [{ slug: shop.tenant, apiKey: stranger.apiKey }] };
    const { violations } = await check({ ...input, api: foreign });
    expect([...new Set(violations.map(({ rule }) => rule))]).toEqual(['the admin API shows what is kept']);
  });

  test('whose API does not answer cannot be looked at', async () => {
    const wrong = { gateway: stack.gateway, tenants: [{ slug: shop.tenant, apiKey: 'sk_wrong' }] };
    await expect(check({ ...input, api: wrong })).rejects.toThrow('401');
  });

  describe('broken by hand', () => {
    /** The rules that are broken, and what they name. */
    const found = async (more: Partial<CheckInput> = {}): Promise<Record<string, string[]>> => {
      const { violations } = await check({ ...backstage, ...more });
      const byRule: Record<string, string[]> = {};
      for (const { rule, id } of violations) (byRule[rule] ??= []).push(id);
      return byRule;
    };
    const collectionOf = (name: string) => {
      const [database = '', collection = ''] = name.split('.');
      return client.db(database).collection<Document & { _id: string }>(collection);
    };
    /** The document of an order in a collection. */
    const documentOf = async (name: string, filter: Document) => {
      const document = await collectionOf(name).findOne(filter);
      if (document === null) throw new Error(`there is none in ${name}`);
      return document;
    };
    const orderOf = (name: keyof typeof orderNos) => documentOf('order_svc.orders', { orderNo: orderNos[name] });

    beforeAll(async () => {
      for (const { name } of stack.members()) await stack.kill(name, 'SIGTERM');
    }, 60_000);

    type Break = { rule: string; in: string; of: keyof typeof orderNos; by: string; change: Document };
    const set = (fields: Document): Document => ({ $set: fields });
    test.each<Break>([
      {
        rule: 'what is committed belongs to a confirmed order',
        in: 'order_svc.orders',
        of: 'sandbox',
        by: '_id',
        change: set({ status: 'cancelled' }),
      },
      {
        rule: 'a history ends at the status',
        in: 'order_svc.orders',
        of: 'sandbox',
        by: '_id',
        change: set({ status: 'packing' }),
      },
      {
        rule: 'a draft ends when its time is over',
        in: 'order_svc.orders',
        of: 'draft',
        by: '_id',
        change: set({ reservedUntil: '2026-01-01T00:00:00.000Z' }),
      },
      {
        rule: 'the parts add up to the total',
        in: 'order_svc.orders',
        of: 'stripe',
        by: '_id',
        change: { $inc: { 'totals.shipping': 1 } },
      },
      {
        rule: 'every event has been sent',
        in: 'order_svc.orders',
        of: 'stripe',
        by: '_id',
        change: set({ 'outbox.0.sent': false }),
      },
      {
        rule: 'events are numbered without gaps',
        in: 'order_svc.orders',
        of: 'stripe',
        by: '_id',
        change: { $pop: { outbox: -1 } },
      },
      {
        rule: 'an event has one id',
        in: 'order_svc.orders',
        of: 'stripe',
        by: '_id',
        change: set({ 'outbox.1.id': 'evt_another' }),
      },
      {
        rule: 'a live draft holds its goods',
        in: 'inventory_svc.reservations',
        of: 'draft',
        by: '_id',
        change: set({ status: 'released' }),
      },
      {
        rule: 'the movements of an order are those its reservation stands for',
        in: 'inventory_svc.ledger',
        of: 'sandbox',
        by: 'orderId',
        change: set({ reservedDelta: 1 }),
      },
      {
        rule: 'what is of one shop refers to nothing of another',
        in: 'payment_svc.payments',
        of: 'stripe',
        by: 'orderId',
        change: set({ tenant: 'another' }),
      },
      {
        rule: 'a payment took what its provider says',
        in: 'payment_svc.sandbox_intents',
        of: 'sandbox',
        by: 'orderId',
        change: set({ received: 0 }),
      },
      {
        rule: 'money at the provider belongs to a confirmed order or went back',
        in: 'payment_svc.sandbox_intents',
        of: 'cancelled',
        by: 'orderId',
        change: set({ received: 100 }),
      },
      {
        rule: 'a live draft has its cart',
        in: 'order_svc.carts',
        of: 'draft',
        by: 'orderId',
        change: set({ status: 'open', orderId: null }),
      },
      {
        rule: 'a cart holds what was put in',
        in: 'order_svc.carts',
        of: 'sandbox',
        by: 'orderId',
        change: set({ 'items.0.quantity': 1 }),
      },
    ])('$rule', async ({ rule, in: name, of, by, change }) => {
      const order = await orderOf(of);
      const document = await documentOf(name, { [by]: order._id });
      await collectionOf(name).updateOne({ _id: document._id }, change);
      const broken = await found();
      await collectionOf(name).replaceOne({ _id: document._id }, document);
      expect(Object.keys(broken)).toContain(rule);
      expect(await found()).toEqual({});
    });

    test('a second order of one key and cart', async () => {
      const order = await orderOf('sandbox');
      await collectionOf('order_svc.orders').insertOne({ ...order, _id: 'ord_again', orderNo: 'AGAIN' });
      const broken = await found();
      await collectionOf('order_svc.orders').deleteOne({ _id: 'ord_again' });
      expect(Object.keys(broken)).toEqual(
        expect.arrayContaining(['one cart gives at most one sale', 'one key makes at most one order']),
      );
    });

    test('an answer that was given and is not true', async () => {
      expect(await found({ history: [...history, entryOf('track', { orderNo: 'NOWHERE' })] })).toEqual({
        'an answered order is there': ['NOWHERE'],
      });
    });

    test('money taken and given back behind our back', async () => {
      const form = { amount: '500', currency: 'try', 'metadata[orderId]': 'ord_none', 'metadata[tenant]': shop.tenant };
      const asStaff = { method: 'POST', headers: stripeHeaders() } as const;
      const made = await send(`${stripe.url}/v1/payment_intents`, { ...asStaff, body: formOf(form) });
      const { id } = expectReply(made, 200, WithId);
      stripe.pay(id);
      expect(await found()).toEqual({ 'money at the provider belongs to a confirmed order or went back': [id] });
      await send(`${stripe.url}/v1/refunds`, { ...asStaff, body: formOf({ payment_intent: id }) });
      expect(await found()).toEqual({});

      const { payment } = await orderOf('stripe');
      const refund = await send(`${stripe.url}/v1/refunds`, {
        ...asStaff,
        body: formOf({ payment_intent: payment.intentId, amount: '1' }),
      });
      expect(Object.keys(await found()).sort()).toEqual([
        'a confirmed order keeps its total at the provider',
        'a payment gave back what its provider says',
        'an order knows all its refunds',
      ]);
      stripe.finishRefund(expectReply(refund, 200, WithId).id, false);
      expect(await found()).toEqual({});
    });

    test('a dead letter, until it is said to be provoked', async () => {
      const letter = { service: 'payment-svc', subject: 'evt.order.order-expired.demo.ord_1', reason: 'a bug' };
      const body = { ...letter, stream: 'EVT_ORDER', sequence: 1, deliveries: 10, body: '{}' };
      await publish('payment-svc', `dlq.payment-svc.${shop.tenant}`, 'letter-1', JSON.stringify(body));
      expect(Object.keys(await found())).toEqual(['dead letters are those that were provoked']);
      expect(await found({ provoked: [letter] })).toEqual({});
    });

    test('messages nobody wrote, and messages that are gone', async () => {
      const poison = { service: 'inventory-svc', subject: `evt.order.order-confirmed.${shop.tenant}.poison` };
      await publish('order-svc', poison.subject, 'poison-1', 'not an event');
      const provoked = [poison, { service: 'payment-svc', subject: 'evt.order.order-expired.demo.ord_1' }];
      expect(Object.keys(await found({ provoked }))).toEqual(['consumers are caught up']);

      const order = await orderOf('sandbox');
      const [event] = order.outbox;
      const subject = `evt.order.order-paid.${shop.tenant}.${String(order._id)}`;
      const made = { ...event, sent: undefined, id: 'evt_made_up', type: 'order.paid', sequence: 99 };
      await publish('order-svc', subject, 'evt_made_up', JSON.stringify(made));
      expect((await found({ provoked }))['what is told was written']).toEqual(['evt_made_up']);

      const nats = await asUser('setup');
      const manager = await jetstreamManager(nats, { checkAPI: false });
      await manager.streams.deleteMessage('EVT_ORDER', 1);
      await nats.close();
      expect((await found({ provoked }))['a sent event lies in its stream']).toHaveLength(1);
      expect(await found({ provoked: [] })).toMatchObject({ 'a stream holds events only': [expect.any(String)] });
    });

    test('a bus without its consumers', async () => {
      const nats = await asUser('setup');
      const manager = await jetstreamManager(nats, { checkAPI: false });
      await manager.streams.delete('EVT_PAYMENT');
      await nats.close();
      await expect(check(input)).rejects.toThrow('EVT_PAYMENT:order-svc');
    });

    const formOf = (form: Record<string, string>): string => new URLSearchParams(form).toString();
    const stripeHeaders = () => ({
      authorization: `Bearer ${shop.secretKey}`,
      'content-type': 'application/x-www-form-urlencoded',
    });
    const asUser = (user: 'setup' | 'order-svc' | 'payment-svc') => {
      const { url, seeds } = stack.backends.nats;
      const authenticator = nkeyAuthenticator(new TextEncoder().encode(seeds[user]));
      return connect({
        servers: url,
        authenticator,
        inboxPrefix: user === 'setup' ? '_INBOX.setup' : `_INBOX.${user}`,
      });
    };
    /** Puts a message into a stream as a service does, and waits until it is stored. */
    const publish = async (user: 'order-svc' | 'payment-svc', subject: string, id: string, text: string) => {
      const nats = await asUser(user);
      const head = headers();
      head.set('Nats-Msg-Id', id);
      await nats.request(subject, text, { headers: head, timeout: 5_000 });
      await nats.close();
    };
  });
});
