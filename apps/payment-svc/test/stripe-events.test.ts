import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newId, type Payment } from '@kervan/contracts';
import { eventually } from '@kervan/testing';
import { STRIPE_EVENTS } from '../src/adapters/stripe/events.ts';
import { openShop, type PaymentService, type Shop, startPaymentService } from './service.ts';

let service: PaymentService;

beforeAll(async () => {
  // The reconciler stays out of it: whatever changes a payment here has come as an event.
  service = await startPaymentService({ RECONCILE_S: '3600' });
});
afterAll(() => service.stop());
beforeEach(() => service.stripe.clearFaults());

const stripe = () => service.stripe;
const AMOUNT = 129_990;

/** A shop whose events wait at Stripe until they are sent one by one. */
const quietShop = async (settings: Parameters<typeof openShop>[1] = {}): Promise<Shop> => {
  const shop = await openShop(service, settings);
  stripe().delivery(shop.secretKey, { drop: true });
  return shop;
};
/** Sends the last event of this type, as it happened; answers its id. */
const sendLast = async (shop: Shop, type: string): Promise<string> => {
  const event = stripe()
    .events(shop.secretKey)
    .findLast((each) => each.type === type);
  if (event === undefined) throw new Error(`${type} has not happened`);
  return sendEvent(shop, event);
};
const sendEvent = async (shop: Shop, event: Parameters<PaymentService['stripe']['send']>[1]): Promise<string> => {
  const delivery = await stripe().send(shop.secretKey, event);
  expect(delivery.status).toBe(200);
  return delivery.event.id;
};
/** Somebody at Stripe's own desk, or a program beside us with the shop's key. */
const atDesk = async (shop: Shop, path: string, form: Record<string, string> = {}): Promise<void> => {
  const headers = { authorization: `Bearer ${shop.secretKey}` };
  const response = await fetch(`${stripe().url}/v1/${path}`, {
    method: 'POST',
    headers,
    body: new URLSearchParams(form),
  });
  expect(response.status).toBe(200);
};
const intentOf = (shop: Shop, { providerRef }: Payment) => {
  const intent = stripe()
    .intents(shop.secretKey)
    .find(({ id }) => id === providerRef);
  if (intent === undefined) throw new Error(`there is no intent ${providerRef}`);
  return structuredClone(intent);
};
const disputeOf = (payment: Payment) => {
  const { body } = stripe().dispute(payment.providerRef);
  return 'id' in body ? { ...body, id: String(body.id) } : { id: '' };
};
const refundAtDesk = (shop: Shop, { providerRef }: Payment, amount = AMOUNT) =>
  atDesk(shop, 'refunds', { payment_intent: providerRef, amount: String(amount) });

type Row = {
  /** The event that is sent last, and what it is about. */
  readonly type: string;
  readonly what: string;
  readonly settings?: Parameters<typeof openShop>[1];
  /** What happens at Stripe before, and which events of it are heard of first. */
  readonly happens: (shop: Shop, payment: Payment) => Promise<void> | void;
  readonly first?: readonly string[];
  /** The payment after the event, and all that order-svc was told. */
  readonly then: Partial<Payment>;
  readonly told: readonly string[];
};
const pay = (card?: string) => (_shop: Shop, payment: Payment) => void stripe().pay(payment.providerRef, card);
const PAID = { first: ['payment_intent.succeeded'] } as const;

const ROWS: readonly Row[] = [
  { type: 'payment_intent.created', what: 'nothing new', happens: () => {}, then: { status: 'pending' }, told: [] },
  {
    type: 'payment_intent.requires_action',
    what: 'a step is asked for',
    happens: pay('pm_card_authenticationRequired'),
    then: { status: 'requires_action' },
    told: ['payment.requires_action'],
  },
  {
    type: 'payment_intent.processing',
    what: 'a method that takes days',
    happens: pay('pm_delayed'),
    then: { status: 'processing' },
    told: ['payment.processing'],
  },
  {
    type: 'payment_intent.amount_capturable_updated',
    what: 'a shop that captures later',
    settings: { capture: 'manual' },
    happens: pay(),
    then: { status: 'authorized', captured: 0 },
    told: ['payment.authorized'],
  },
  {
    type: 'payment_intent.succeeded',
    what: 'paid, captured is what was received',
    happens: pay(),
    then: { status: 'paid', captured: AMOUNT, failure: null },
    told: ['payment.succeeded'],
  },
  {
    type: 'payment_intent.succeeded',
    what: 'captured after it was authorized',
    settings: { capture: 'manual' },
    happens: async (shop, payment) => {
      stripe().pay(payment.providerRef);
      await atDesk(shop, `payment_intents/${payment.providerRef}/capture`);
    },
    first: ['payment_intent.amount_capturable_updated'],
    then: { status: 'paid', captured: AMOUNT },
    told: ['payment.authorized', 'payment.succeeded'],
  },
  {
    type: 'payment_intent.payment_failed',
    what: 'failed with its code',
    happens: pay('pm_card_visa_chargeDeclinedInsufficientFunds'),
    then: { status: 'failed', failure: { code: 'insufficient_funds', message: 'Your card was declined.' } },
    told: ['payment.failed'],
  },
  {
    type: 'payment_intent.payment_failed',
    what: 'after succeeded: on record, and nothing else',
    happens: (_shop, payment) => {
      stripe().pay(payment.providerRef, 'pm_card_chargeDeclined');
      stripe().pay(payment.providerRef);
    },
    ...PAID,
    then: { status: 'paid', captured: AMOUNT, failure: { code: 'declined', message: 'Your card was declined.' } },
    told: ['payment.succeeded', 'payment.failed'],
  },
  {
    type: 'payment_intent.canceled',
    what: 'cancelled',
    happens: (shop, payment) => atDesk(shop, `payment_intents/${payment.providerRef}/cancel`),
    then: { status: 'cancelled' },
    told: ['payment.cancelled'],
  },
  {
    type: 'charge.refunded',
    what: 'a sum: the refund itself is asked for, also one made at the desk',
    happens: async (shop, payment) => {
      stripe().pay(payment.providerRef);
      await refundAtDesk(shop, payment, 990);
    },
    ...PAID,
    then: { status: 'partially_refunded', refunded: 990 },
    told: ['payment.succeeded', 'payment.refunded'],
  },
  {
    type: 'refund.created',
    what: 'made at the desk, all of it',
    happens: async (shop, payment) => {
      stripe().pay(payment.providerRef);
      await refundAtDesk(shop, payment);
    },
    ...PAID,
    then: { status: 'refunded', refunded: AMOUNT },
    told: ['payment.succeeded', 'payment.refunded'],
  },
  ...['refund.updated', 'charge.refund.updated'].map((type): Row => ({
    type,
    what: 'under way first, then through',
    happens: async (shop, payment) => {
      stripe().pay(payment.providerRef, 'pm_card_pendingRefund');
      await refundAtDesk(shop, payment, 1_000);
      stripe().finishRefund(stripe().refunds(shop.secretKey)[0]?.id ?? '', true);
    },
    first: ['payment_intent.succeeded', 'refund.created'],
    then: { status: 'partially_refunded', refunded: 1_000 },
    told: ['payment.succeeded', 'payment.refunded', 'payment.refunded'],
  })),
  {
    type: 'refund.failed',
    what: 'after it succeeded: the money is the shop’s again',
    happens: async (shop, payment) => {
      stripe().pay(payment.providerRef, 'pm_card_refundFail');
      await refundAtDesk(shop, payment);
    },
    first: ['payment_intent.succeeded', 'refund.created'],
    then: { status: 'paid', refunded: 0 },
    told: ['payment.succeeded', 'payment.refunded', 'payment.refunded'],
  },
  {
    type: 'charge.dispute.created',
    what: 'disputed',
    happens: (_shop, payment) => {
      stripe().pay(payment.providerRef);
      disputeOf(payment);
    },
    ...PAID,
    then: { status: 'disputed', captured: AMOUNT, refunded: 0 },
    told: ['payment.succeeded', 'payment.disputed'],
  },
  {
    type: 'charge.dispute.updated',
    what: 'still disputed, and nothing to tell',
    happens: (_shop, payment) => {
      stripe().pay(payment.providerRef);
      stripe().updateDispute(disputeOf(payment).id, 'under_review');
    },
    first: ['payment_intent.succeeded', 'charge.dispute.created'],
    then: { status: 'disputed' },
    told: ['payment.succeeded', 'payment.disputed'],
  },
  {
    type: 'charge.dispute.funds_withdrawn',
    what: 'heard of before the dispute itself',
    happens: (_shop, payment) => {
      stripe().pay(payment.providerRef);
      disputeOf(payment);
    },
    ...PAID,
    then: { status: 'disputed' },
    told: ['payment.succeeded', 'payment.disputed'],
  },
  {
    type: 'charge.dispute.closed',
    what: 'lost: the money is gone',
    happens: (_shop, payment) => {
      stripe().pay(payment.providerRef);
      stripe().closeDispute(disputeOf(payment).id, 'lost');
    },
    first: ['payment_intent.succeeded', 'charge.dispute.created'],
    then: { status: 'refunded', refunded: AMOUNT },
    told: ['payment.succeeded', 'payment.disputed', 'payment.dispute_closed'],
  },
  ...['charge.dispute.closed', 'charge.dispute.funds_reinstated'].map((type): Row => ({
    type,
    what: 'won: paid as before',
    happens: (_shop, payment) => {
      stripe().pay(payment.providerRef);
      stripe().closeDispute(disputeOf(payment).id, 'won');
    },
    first: ['payment_intent.succeeded', 'charge.dispute.created'],
    then: { status: 'paid', refunded: 0 },
    told: ['payment.succeeded', 'payment.disputed', 'payment.dispute_closed'],
  })),
];

describe('every event that means something', () => {
  test('stands in the rows below', () => {
    expect(new Set(ROWS.map(({ type }) => type))).toEqual(new Set(Object.keys(STRIPE_EVENTS)));
  });

  test.each(ROWS)('$type: $what', async ({ type, settings, happens, first = [], then, told }) => {
    const shop = await quietShop(settings);
    const { payment } = await shop.open();
    await happens(shop, payment);
    for (const each of first)
      await shop.untilEvent(await sendLast(shop, each), ({ status }) => expect(status).toBe('handled'));
    const eventId = await sendLast(shop, type);
    const event = await shop.untilEvent(eventId, ({ status }) => expect(status).toBe('handled'));
    expect(event).toMatchObject({ type, orderId: payment.orderId, paymentId: payment.id, error: null });
    expect(await shop.payment(payment.id)).toMatchObject(then);
    await eventually(() => expect(shop.eventsOf(payment.id)).toEqual(told));
  });

  test.each(ROWS)(
    '$type twenty times at once is once: $what',
    async ({ type, settings, happens, first = [], then, told }) => {
      const shop = await quietShop(settings);
      const { payment } = await shop.open();
      await happens(shop, payment);
      for (const each of first)
        await shop.untilEvent(await sendLast(shop, each), ({ status }) => expect(status).toBe('handled'));
      const [eventId = ''] = await Promise.all(Array.from({ length: 20 }, () => sendLast(shop, type)));
      await shop.untilEvent(eventId, ({ status }) => expect(status).toBe('handled'));
      expect((await shop.events()).filter((each) => each.eventId === eventId)).toHaveLength(1);
      expect(await shop.payment(payment.id)).toMatchObject(then);
      await eventually(() => expect(shop.eventsOf(payment.id)).toEqual(told));
    },
  );
});

describe('an order of events that makes no sense: Stripe is asked', () => {
  const refundsOf = async (shop: Shop, id: string) => (await shop.payment(id)).refunds;

  test.each(['charge.refunded', 'refund.created'])('%s before the payment succeeded', async (type) => {
    const shop = await quietShop();
    const { payment } = await shop.open();
    stripe().pay(payment.providerRef);
    await refundAtDesk(shop, payment, 5_000);
    await sendLast(shop, type);
    const paid = await shop.until(payment.id, ({ status }) => expect(status).toBe('partially_refunded'));
    expect(paid).toMatchObject({ captured: AMOUNT, refunded: 5_000 });
    await sendLast(shop, 'payment_intent.succeeded');
    await eventually(() => expect(shop.eventsOf(payment.id)).toEqual(['payment.succeeded', 'payment.refunded']));
    expect(await refundsOf(shop, payment.id)).toHaveLength(1);
  });

  test('a dispute before the payment succeeded', async () => {
    const shop = await quietShop();
    const { payment } = await shop.open();
    stripe().pay(payment.providerRef);
    disputeOf(payment);
    await sendLast(shop, 'charge.dispute.created');
    const disputed = await shop.until(payment.id, ({ status }) => expect(status).toBe('disputed'));
    expect(disputed.captured).toBe(AMOUNT);
  });

  test('a refund that has failed already is told of as succeeded', async () => {
    const shop = await quietShop();
    const { payment } = await shop.open();
    stripe().pay(payment.providerRef, 'pm_card_refundFail');
    await refundAtDesk(shop, payment);
    for (const type of ['payment_intent.succeeded', 'refund.failed', 'refund.created', 'charge.refunded']) {
      await shop.untilEvent(await sendLast(shop, type), ({ status }) => expect(status).toBe('handled'));
    }
    expect(await shop.payment(payment.id)).toMatchObject({
      status: 'paid',
      refunded: 0,
      refunds: [{ status: 'failed' }],
    });
  });

  test('cancelled after it was paid: it stays paid', async () => {
    const shop = await quietShop();
    const { payment } = await shop.open();
    stripe().pay(payment.providerRef);
    await sendLast(shop, 'payment_intent.succeeded');
    await shop.until(payment.id, ({ status }) => expect(status).toBe('paid'));
    const object = { ...intentOf(shop, payment), status: 'canceled' };
    const eventId = await sendEvent(shop, { type: 'payment_intent.canceled', object });
    await shop.untilEvent(eventId, ({ status }) => expect(status).toBe('handled'));
    expect(await shop.payment(payment.id)).toMatchObject({ status: 'paid', captured: AMOUNT });
    expect(shop.eventsOf(payment.id)).toEqual(['payment.succeeded']);
  });

  test('an older state after a newer one changes nothing', async () => {
    const shop = await quietShop();
    const { payment } = await shop.open();
    stripe().pay(payment.providerRef, 'pm_card_authenticationRequired');
    stripe().finish(payment.providerRef, true);
    for (const type of ['payment_intent.succeeded', 'payment_intent.requires_action', 'payment_intent.created']) {
      await shop.untilEvent(await sendLast(shop, type), ({ status }) => expect(status).toBe('handled'));
    }
    expect((await shop.payment(payment.id)).status).toBe('paid');
    expect(shop.eventsOf(payment.id)).toEqual(['payment.succeeded']);
  });

  test('asked while Stripe is away: again and again, until it answers', async () => {
    const shop = await quietShop();
    const { payment } = await shop.open();
    stripe().pay(payment.providerRef);
    await refundAtDesk(shop, payment, 5_000);
    stripe().fault({ on: 'GET /v1/payment_intents/:id', does: 'error_before', times: 2 });
    const eventId = await sendLast(shop, 'refund.created');
    await shop.untilEvent(eventId, ({ status, error }) =>
      expect([status, error]).toEqual(['received', 'payment_provider_unavailable']),
    );
    const event = await shop.untilEvent(eventId, ({ status }) => expect(status).toBe('handled'));
    expect(event).toMatchObject({ tries: 3, error: null });
    expect((await shop.payment(payment.id)).status).toBe('partially_refunded');
  });
});

describe('an amount or currency unlike the order’s', () => {
  test.each([
    ['less was received', { amount_received: AMOUNT - 1 }, { amount: AMOUNT - 1, currency: 'TRY' }],
    ['another amount was asked', { amount: 1, amount_received: 1 }, { amount: 1, currency: 'TRY' }],
    ['another currency', { currency: 'eur' }, { amount: AMOUNT, currency: 'EUR' }],
  ])('%s: flagged, never told as succeeded', async (_what, wrong, mismatch) => {
    const shop = await quietShop();
    const { payment } = await shop.open();
    stripe().pay(payment.providerRef);
    const object = { ...intentOf(shop, payment), ...wrong };
    const eventId = await sendEvent(shop, { type: 'payment_intent.succeeded', object });
    await shop.untilEvent(eventId, ({ status }) => expect(status).toBe('handled'));
    expect((await shop.payment(payment.id)).mismatch).toEqual(mismatch);
    await eventually(() => expect(shop.eventsOf(payment.id)).toEqual(['payment.mismatched']));
  });

  test('while nothing is paid yet: flagged at once, and no longer when it is paid as it should be', async () => {
    const shop = await quietShop();
    const { payment } = await shop.open();
    await sendEvent(shop, { type: 'payment_intent.created', object: { ...intentOf(shop, payment), amount: 5 } });
    await shop.until(payment.id, ({ mismatch }) => expect(mismatch).toEqual({ amount: 5, currency: 'TRY' }));
    stripe().pay(payment.providerRef);
    await sendLast(shop, 'payment_intent.succeeded');
    const paid = await shop.until(payment.id, ({ status }) => expect(status).toBe('paid'));
    expect(paid.mismatch).toBeNull();
    await eventually(() => expect(shop.eventsOf(payment.id)).toEqual(['payment.mismatched', 'payment.succeeded']));
  });
});

describe('an intent with no payment of ours', () => {
  test('is kept as unmatched and tried again', async () => {
    const shop = await quietShop();
    const { payment } = await shop.open();
    const object = { ...intentOf(shop, payment), id: 'pi_of_another_program', metadata: {} };
    const eventId = await sendEvent(shop, { type: 'payment_intent.succeeded', object });
    await shop.untilEvent(eventId, ({ status, tries }) => expect([status, tries >= 2]).toEqual(['unmatched', true]));
    expect(shop.eventsOf(payment.id)).toEqual([]);
    expect((await shop.payment(payment.id)).status).toBe('pending');
  });

  test('is ours all the same when the webhook has overtaken our own write, twenty times', async () => {
    const shop = await openShop(service);
    const opened = Array.from({ length: 20 }, async () => {
      const request = shop.request({ orderId: newId('order') });
      stripe().fault({ on: 'POST /v1/payment_intents', does: 'slow', delayMs: 600 });
      const opening = shop.open(request);
      const intent = await eventually(() => {
        const found = stripe()
          .intents(shop.secretKey)
          .find(({ metadata }) => metadata['orderId'] === request.orderId);
        if (found === undefined) throw new Error('no intent yet');
        return found;
      });
      // Nobody can pay before the client secret is out: here somebody does.
      stripe().pay(intent.id);
      return (await opening).payment;
    });
    for (const payment of await Promise.all(opened)) {
      await shop.until(payment.id, ({ status }) => expect(status).toBe('paid'));
      await eventually(() => expect(shop.eventsOf(payment.id)).toEqual(['payment.succeeded']));
    }
    const events = (await shop.events()).filter(({ type }) => type === 'payment_intent.succeeded');
    expect(events.filter(({ tries }) => tries > 1).length).toBeGreaterThan(0);
    await eventually(async () => {
      for (const { status } of (await shop.events()).filter(({ orderId }) => orderId !== null))
        expect(status).toBe('handled');
    });
  });

  test('names an order of ours in its metadata, but is not that order’s intent: not believed', async () => {
    const shop = await quietShop();
    const { payment } = await shop.open();
    const object = { ...intentOf(shop, payment), id: 'pi_forged', status: 'succeeded', amount_received: AMOUNT };
    const eventId = await sendEvent(shop, { type: 'payment_intent.succeeded', object });
    await shop.untilEvent(eventId, ({ status }) => expect(status).toBe('unmatched'));
    expect((await shop.payment(payment.id)).status).toBe('pending');
  });
});

describe('any other type', () => {
  test.each([
    'charge.succeeded',
    'customer.created',
    'invoice.paid',
    'constructor',
    'radar.early_fraud_warning.created',
  ])('%s: stored, ignored', async (type) => {
    const shop = await quietShop();
    const { payment } = await shop.open();
    const eventId = await sendEvent(shop, { type, object: intentOf(shop, payment) });
    await shop.untilEvent(eventId, (event) => expect(event).toMatchObject({ type, status: 'ignored', tries: 0 }));
    expect(shop.eventsOf(payment.id)).toEqual([]);
  });

  test('a refund or dispute of a charge without an intent', async () => {
    const shop = await quietShop();
    const object = {
      id: 're_1',
      object: 'refund',
      amount: 5,
      currency: 'try',
      status: 'succeeded',
      payment_intent: null,
    };
    const eventId = await sendEvent(shop, { type: 'refund.created', object });
    await shop.untilEvent(eventId, ({ status }) => expect(status).toBe('ignored'));
  });
});
