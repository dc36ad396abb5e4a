import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deadLetterRpc, fail, HEARING_SERVICES, ok, TOPOLOGY } from '@kervan/contracts';
import type { DeadLetter } from '@kervan/contracts';
import { z } from 'zod';
import { keyFor, startGateway } from './harness.ts';
import type { Gateway } from './harness.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

const PATH = '/api/v1/admin/dead-letters';
const letter = (service: (typeof HEARING_SERVICES)[number], number: number): DeadLetter => ({
  id: `letter_${TOPOLOGY[service].owner}_${number}`,
  service,
  stream: 'EVT_ORDER',
  subject: `evt.order.order-confirmed.demo.ord_${number}`,
  sequence: number,
  deliveries: 10,
  reason: 'a bug',
  eventId: `evt_${number}`,
  eventType: 'order.confirmed',
  aggregateId: `ord_${number}`,
  at: '2026-11-24T10:00:00.000Z',
  body: '{}',
});
const calls = (service: (typeof HEARING_SERVICES)[number]) => deadLetterRpc(TOPOLOGY[service].owner);

/** Lets each service answer so many letters, at most two a page, as if they were large. */
const keep = (counts: Readonly<Record<string, number>>): void => {
  for (const service of HEARING_SERVICES) {
    gateway.on(calls(service).listDeadLetters, async ({ limit, cursor = '1' }) => {
      if (!/^\d+$/.test(cursor)) return fail('invalid_cursor');
      const all = Array.from({ length: counts[service] ?? 0 }, (_, index) => letter(service, index + 1));
      const left = all.slice(Number(cursor) - 1);
      const data = left.slice(0, Math.min(limit, 2));
      return ok({ data, nextCursor: data.length < left.length ? String(Number(cursor) + data.length) : null });
    });
  }
};
const Page = z.object({
  data: z.array(z.looseObject({ id: z.string() })),
  page: z.object({ nextCursor: z.string().nullable() }),
});
const walk = async (query: string): Promise<string[][]> => {
  const pages: string[][] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const reply = await gateway.admin('GET', `${PATH}?${query}${cursor === '' ? '' : `&cursor=${cursor}`}`);
    const page = Page.parse(reply.body);
    pages.push(page.data.map(({ id }) => id));
    cursor = page.page.nextCursor;
  }
  return pages;
};

describe('the list of dead letters', () => {
  it.each([1, 2, 3, 7, 100])('has those of every service once, in pages of %i at most', async (limit) => {
    keep({ 'inventory-svc': 3, 'order-svc': 4 });
    const pages = await walk(`limit=${limit}`);
    expect(pages.flat()).toEqual([
      ...[1, 2, 3].map((number) => `letter_inventory_${number}`),
      ...[1, 2, 3, 4].map((number) => `letter_order_${number}`),
    ]);
    expect(Math.max(...pages.map(({ length }) => length))).toBeLessThanOrEqual(limit);
  });

  it('has those of one service when asked so, and nothing when there are none', async () => {
    keep({ 'inventory-svc': 1, 'payment-svc': 5 });
    expect((await walk('service=payment-svc&limit=100')).flat()).toEqual(
      [1, 2, 3, 4, 5].map((number) => `letter_payment_${number}`),
    );
    expect(await walk('service=order-svc')).toEqual([[]]);
    expect(await gateway.admin('GET', `${PATH}?service=catalog-svc`)).toMatchObject({ status: 422 });
  });

  it('refuses a cursor that is none, or of a service that was not asked for', async () => {
    keep({ 'order-svc': 3 });
    const cursorOf = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const cursors = ['x', cursorOf(['catalog-svc']), cursorOf(['order-svc', 'x']), cursorOf(['inventory-svc', '1'])];
    for (const cursor of cursors) {
      const reply = await gateway.admin('GET', `${PATH}?service=order-svc&cursor=${cursor}`);
      expect(reply).toMatchObject({ status: 422, body: { code: 'invalid_cursor' } });
    }
  });

  it('says so when a service does not answer', async () => {
    keep({ 'inventory-svc': 1 });
    gateway.on(calls('payment-svc').listDeadLetters, async () => fail('service_unavailable'));
    expect(await gateway.admin('GET', PATH)).toMatchObject({ status: 503, body: { code: 'service_unavailable' } });
  });
});

describe('a dead letter', () => {
  it('is read and replayed where it lies', async () => {
    for (const service of HEARING_SERVICES) {
      const { getDeadLetter, replayDeadLetter } = calls(service);
      gateway.on(getDeadLetter, async ({ id }) => ok({ ...letter(service, 1), id }));
      gateway.on(replayDeadLetter, async ({ id }) => ok({ id, status: 'replayed' }));
      const { id } = letter(service, 7);
      expect(await gateway.admin('GET', `${PATH}/${id}`)).toMatchObject({ status: 200, body: { id, service } });
      const replayed = await gateway.admin('POST', `${PATH}/${id}/replay`);
      expect(replayed).toMatchObject({ status: 200, body: { id, status: 'replayed' } });
    }
  });

  it('says why it failed again', async () => {
    gateway.on(calls('order-svc').replayDeadLetter, async () =>
      fail('dead_letter_failed_again', { cause: 'handler_failed' }),
    );
    expect(await gateway.admin('POST', `${PATH}/letter_order_1/replay`)).toMatchObject({
      status: 409,
      body: { code: 'dead_letter_failed_again', cause: 'handler_failed' },
    });
  });

  it('of nobody is not there, and nobody is asked', async () => {
    const before = gateway.calls.length;
    for (const id of ['letter_catalog_1', 'letter_order', 'letter__1', 'letter_orders_1', 'order-svc~1', 'x']) {
      expect((await gateway.admin('GET', `${PATH}/${id}`)).status).toBe(404);
      expect((await gateway.admin('POST', `${PATH}/${id}/replay`)).status).toBe(404);
    }
    expect(gateway.calls.slice(before).filter(({ subject }) => subject.includes('deadLetters'))).toEqual([]);
  });

  it('is for those who may see it', async () => {
    const headers = { authorization: `Bearer ${keyFor('orders:read')}` };
    for (const [method, path] of [
      ['GET', PATH],
      ['GET', `${PATH}/letter_order_1`],
      ['POST', `${PATH}/letter_order_1/replay`],
    ] as const) {
      expect(await gateway.send(method, path, { headers })).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    }
  });
});
