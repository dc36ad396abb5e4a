import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startStack, type Stack } from '@kervan/testing';
import { create, expectReply, listAll, openShop, type Reply, type Shop } from '@kervan/testing/shop';
import { z } from 'zod';
import { type Operation, readOperations } from '../src/operations.ts';
import { type Body, NAME, WRONG_RULES } from '../src/wrong-rules.ts';

let stack: Stack;
let shop: Shop;
let operations: Operation[];
/** The ids of what the shop has, by the names that paths below give them. */
let ids: Readonly<Record<string, string>>;

const KINDS = ['geozones', 'tax-rates', 'shipping-methods', 'fee-rules', 'promotions', 'coupons', 'installment-tables'];
const WithCode = z.looseObject({ id: z.string(), code: z.string().optional() });

beforeAll(async () => {
  stack = await startStack({ only: ['gateway', 'account-svc', 'pricing-svc', 'payment-svc'] });
  operations = await readOperations(stack.gateway);
  shop = await openShop(stack);
  const [zone] = await listAll(shop, '/admin/geozones', WithCode);
  const [tax] = await listAll(shop, '/admin/tax-rates', WithCode);
  const [ship] = await listAll(shop, '/admin/shipping-methods', WithCode);
  const promotion = await create(shop, '/admin/promotions', { name: NAME, kind: 'percentage', value: 1_000 });
  ids = {
    zone: zone?.id ?? '',
    tax: tax?.id ?? '',
    ship: ship?.id ?? '',
    fee: await create(shop, '/admin/fee-rules', { code: 'wrap', name: NAME, amount: 500 }),
    rated: await create(shop, '/admin/fee-rules', { code: 'rated', name: NAME, rate: 200, min: 100 }),
    promotion,
    pieces: await create(shop, '/admin/promotions', {
      name: NAME,
      kind: 'buyXGetY',
      buyQuantity: 2,
      getQuantity: 1,
      endsAt: '2026-12-01T00:00:00Z',
    }),
    coupon: await create(shop, '/admin/coupons', { code: 'TEN', promotionId: promotion }),
    table: await create(shop, '/admin/installment-tables', {
      provider: 'sandbox',
      rows: [{ installments: 3, rate: 300 }],
    }),
  };
}, 120_000);
afterAll(async () => {
  await stack.stop();
}, 60_000);

const withIds = (text: string): string => text.replace(/\$(\w+)/g, (_, name: string) => ids[name] ?? `$${name}`);
const bodyOf = (body: Body): unknown => JSON.parse(withIds(JSON.stringify(body)));
const Problem = z.object({
  code: z.literal('invalid_input'),
  errors: z.array(z.object({ path: z.string(), code: z.string().min(1), message: z.string().min(1) })),
});
/** The fields a refusal names, or what came instead. */
const namedBy = (reply: Reply): string[] => {
  const problem = Problem.safeParse(reply.body);
  if (reply.status !== 422 || !problem.success) return [`${reply.status} ${JSON.stringify(reply.body)}`];
  return [...new Set(problem.data.errors.map(({ path }) => path))];
};
const messagesIn = ({ body }: Reply): string[] => Problem.parse(body).errors.map(({ message }) => message);
/** All rules of the shop, as they are told. */
const look = async (): Promise<string> => {
  const lists = await Promise.all(
    KINDS.map(async (kind) => expectReply(await shop.staff(`/admin/${kind}?limit=100`), 200, z.unknown())),
  );
  return JSON.stringify(lists);
};

describe('a rule with something wrong in it', () => {
  it.each(Object.entries(WRONG_RULES))('%s names the field, and nothing is changed', async (route, wrongs) => {
    const [verb, path = ''] = route.split(' ');
    const method = verb === 'POST' ? 'POST' : 'PATCH';
    const before = await look();
    for (const [what, named, body] of wrongs) {
      const ask = (language: string) =>
        shop.staff(withIds(path), { method, body: bodyOf(body), headers: { 'accept-language': language } });
      const [english, turkish] = [await ask('en'), await ask('tr')];
      for (const reply of [english, turkish]) {
        expect(`${what}: ${namedBy(reply).toSorted().join(' ')}`).toBe(`${what}: ${named.toSorted().join(' ')}`);
      }
      const inEnglish = messagesIn(english);
      expect({ what, untranslated: messagesIn(turkish).filter((message) => inEnglish.includes(message)) }).toEqual({
        what,
        untranslated: [],
      });
    }
    expect(await look()).toBe(before);
  });

  it('is tried on every route of the pricing part that takes a body', () => {
    const tried = new Set(
      Object.keys(WRONG_RULES).map((route) => route.replace(/(?<=\/admin\/[\w-]+\/)(?!preview)[$\w]+/, '{id}')),
    );
    const ours = operations.filter(({ path }) =>
      [...KINDS, 'quotes'].some((kind) => path.startsWith(`/admin/${kind}`)),
    );
    expect([...tried].toSorted()).toEqual(
      ours
        .filter(({ takesJson }) => takesJson)
        .map(({ name }) => name)
        .toSorted(),
    );
    expect(ours).toHaveLength(7 * 5 + 2);
  });
});

describe('a question about rules', () => {
  it('with something wrong in its query names it', async () => {
    for (const kind of KINDS) {
      const list = (query: string) => shop.staff(`/admin/${kind}?${query}`);
      expect(namedBy(await list('limit=0'))).toEqual(['limit']);
      expect(namedBy(await list('limit=ten'))).toEqual(['limit']);
      expect(namedBy(await list('colour=red'))).toEqual(['colour']);
      expect((await list('cursor=x')).body).toMatchObject({ status: 422, code: 'invalid_cursor' });
    }
    expect(namedBy(await shop.staff('/admin/coupons?promotionId=%24gt%20'))).toEqual(['promotionId']);
  });

  it('about an id that is none finds nothing, and a version that is none changes nothing', async () => {
    const before = await look();
    for (const kind of KINDS) {
      for (const id of ['none', '%24ne', 'x'.repeat(200)]) {
        expect(await shop.staff(`/admin/${kind}/${id}`)).toMatchObject({ status: 404, body: { code: 'not_found' } });
        for (const request of [{ method: 'PATCH', body: {} }, { method: 'DELETE' }] as const) {
          expect(await shop.staff(`/admin/${kind}/${id}`, request)).toMatchObject({
            status: 404,
            body: { code: 'not_found' },
          });
        }
      }
    }
    const paths = [
      'geozones/$zone',
      'tax-rates/$tax',
      'shipping-methods/$ship',
      'fee-rules/$fee',
      'promotions/$promotion',
    ];
    for (const path of [...paths, 'coupons/$coupon', 'coupons/TEN', 'installment-tables/$table']) {
      for (const version of ['"99"', 'ninety-nine']) {
        const headers = { 'if-match': version };
        for (const request of [
          { method: 'PATCH', body: {}, headers },
          { method: 'DELETE', headers },
        ] as const) {
          expect(await shop.staff(withIds(`/admin/${path}`), request)).toMatchObject({
            status: 412,
            body: { code: 'precondition_failed' },
          });
        }
      }
    }
    expect(await look()).toBe(before);
  });

  it('that others rest on takes nothing away', async () => {
    const before = await look();
    for (const path of ['geozones/$zone', 'promotions/$promotion']) {
      expect(await shop.staff(withIds(`/admin/${path}`), { method: 'DELETE' })).toMatchObject({
        status: 409,
        body: { code: 'in_use' },
      });
    }
    expect(await look()).toBe(before);
  });
});
