import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DeadLetter, DeadLetterCause, HEARING_SERVICES } from '@kervan/contracts';
import { eventually, poison, type Provoked, refuseWrites, startStack, type Stack } from '@kervan/testing';
import {
  addProduct,
  checkout,
  codeOf,
  expectReply,
  fillCart,
  listAll,
  openShop,
  pay,
  readOrder,
  type Reply,
  type Shop,
  sideBySide,
  track,
  untilOrder,
} from '@kervan/testing/shop';
import { z } from 'zod';
import { untilSound } from '../src/sound.ts';

let stack: Stack;
let shop: Shop;

beforeAll(async () => {
  // Nothing is repaired by a job here: what comes right again does so because somebody had it handled once more.
  stack = await startStack({ env: { EVENT_RETRY_MS: '5', RECONCILE_S: '3600' } });
  shop = await openShop(stack);
}, 120_000);
afterAll(async () => {
  await stack.stop();
}, 60_000);

/** Every kind of poison comes to every subject in so many turns. */
const TURNS = 15;

const letters = (of: Shop, filter = ''): Promise<DeadLetter[]> =>
  listAll(of, `/admin/dead-letters${filter}`, DeadLetter);
const replay = (of: Shop, id: string): Promise<Reply> =>
  of.staff(`/admin/dead-letters/${id}/replay`, { method: 'POST' });
const Refusal = z.looseObject({ code: z.literal('dead_letter_failed_again'), cause: DeadLetterCause });
const names = (of: readonly Provoked[]): string[] => of.map(({ service, subject }) => `${service} ${subject}`).sort();

/** What was provoked here so far. */
const provoked: Provoked[] = [];
/** All numbers hold, and every shop is shown its own letters, which are those that were provoked. */
const untilAllSound = (...shops: Shop[]): Promise<void> => {
  const tenants = shops.map(({ tenant: slug, apiKey }) => ({ slug, apiKey }));
  return untilSound(stack, 30_000, { provoked, api: { gateway: stack.gateway, tenants } });
};

describe('poison on every subject', () => {
  let found: DeadLetter[];

  it('ends in the list of dead letters, kills nobody and holds up no order', async () => {
    const { variantId } = await addProduct(shop, { stock: 10_000 });
    const pids = stack.pids();
    let over = false;
    let bought = 0;
    const buyer = async (): Promise<void> => {
      while (!over) {
        const { order, payment } = await checkout(shop, (await fillCart(shop, [{ variantId }])).id);
        expect((await pay(shop, payment.clientSecret ?? '')).status).toBe(200);
        await untilOrder(shop, order.orderNo, 'confirmed');
        bought += 1;
      }
    };
    const { url: natsUrl, seeds } = stack.backends.nats;
    const bus = { natsUrl, seeds };
    const buyers = Promise.all([buyer(), buyer(), buyer()]);
    try {
      for (let turn = 0; turn < TURNS; turn += 1) provoked.push(...(await poison(bus, shop.tenant, turn)));
    } finally {
      over = true;
      await buyers;
    }
    expect(bought).toBeGreaterThan(0);
    expect(provoked.length).toBeGreaterThan(TURNS * HEARING_SERVICES.length);
    await eventually(
      async () => {
        found = await letters(shop);
        expect(names(found.map(provokedBy))).toEqual(names(provoked));
      },
      { withinMs: 30_000, everyMs: 500 },
    );
    expect(stack.pids()).toEqual(pids);
    await untilAllSound(shop);
  }, 300_000);

  it('is shown with what came, page by page and service by service', async () => {
    for (const service of HEARING_SERVICES) {
      const own = await letters(shop, `?service=${service}`);
      expect(own).toEqual(found.filter((letter) => letter.service === service));
      expect(own.map(({ sequence }) => sequence).length).toBeGreaterThan(0);
    }
    for (const letter of found.slice(0, 20)) {
      const one = await shop.staff(`/admin/dead-letters/${letter.id}`);
      expect(expectReply(one, 200, DeadLetter)).toEqual(letter);
    }
    const readable = found.filter(({ eventType }) => eventType !== null);
    for (const { eventId, eventType, aggregateId, body } of readable)
      expect(JSON.parse(body)).toMatchObject({ id: eventId, type: eventType, aggregateId });
    expect(readable.length).toBeGreaterThan(0);
  }, 60_000);

  it('stays in the list when it is tried once more, with the reason', async () => {
    const causes = await sideBySide(
      found,
      4,
      async ({ id }) => expectReply(await replay(shop, id), 409, Refusal).cause,
    );
    expect([...new Set(causes)].sort()).toEqual(['not_as_declared', 'not_heard', 'unreadable']);
    expect(await letters(shop)).toEqual(found);
  }, 60_000);

  it('is nobody else’s to see', async () => {
    const other = await openShop(stack);
    expect(await letters(other)).toEqual([]);
    for (const { id } of found.slice(0, 20)) {
      expect(codeOf(await other.staff(`/admin/dead-letters/${id}`))).toBe('not_found');
      expect(codeOf(await replay(other, id))).toBe('not_found');
    }
    expect(await letters(shop)).toEqual(found);
  }, 60_000);
});

describe('an event whose handler fails', () => {
  it('is a dead letter until the cause is gone; tried once more, it does what it was to do', async () => {
    const own = await openShop(stack);
    const { variantId } = await addProduct(own, { stock: 10 });
    const { order, payment } = await checkout(own, (await fillCart(own, [{ variantId }])).id);
    const { id } = await readOrder(own, order.orderNo);
    const allow = await refuseWrites(stack.backends.mongo.uri, { database: 'order_svc', collection: 'orders', id });
    let letter: DeadLetter;
    try {
      expect((await pay(own, payment.clientSecret ?? '')).status).toBe(200);
      letter = await eventually(
        async () => {
          const paid = (await letters(own)).find(({ eventType }) => eventType === 'payment.succeeded');
          if (paid === undefined) throw new Error('no dead letter yet');
          return paid;
        },
        { withinMs: 60_000, everyMs: 200 },
      );
      expect(letter).toMatchObject({ service: 'order-svc', stream: 'EVT_PAYMENT', deliveries: 10 });
      // Others are in nobody's way meanwhile.
      const next = await checkout(own, (await fillCart(own, [{ variantId }])).id);
      expect((await pay(own, next.payment.clientSecret ?? '')).status).toBe(200);
      await untilOrder(own, next.order.orderNo, 'confirmed');
      expect(expectReply(await replay(own, letter.id), 409, Refusal).cause).toBe('handler_failed');
      expect(await letters(own)).toContainEqual(letter);
    } finally {
      await allow();
    }
    expect((await track(own, order.orderNo)).status).toBe('draft');

    // Two of the staff at once are as good as one.
    const both = await Promise.all([replay(own, letter.id), replay(own, letter.id)]);
    for (const reply of both) {
      if (reply.status !== 404)
        expect(reply).toMatchObject({ status: 200, body: { id: letter.id, status: 'replayed' } });
    }
    expect(both.some(({ status }) => status === 200)).toBe(true);
    await untilOrder(own, order.orderNo, 'confirmed');
    expect(codeOf(await replay(own, letter.id))).toBe('not_found');
    expect(await letters(own)).toEqual([]);
    await untilAllSound(shop, own);
  }, 120_000);
});

/** Garbage among the dead letters themselves stands there under its own subject. */
const provokedBy = ({ service, subject }: DeadLetter): Provoked => ({
  service: HEARING_SERVICES.find((name) => name === service) ?? 'gateway',
  subject,
});
