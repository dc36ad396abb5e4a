import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startStack, type Stack } from '@kervan/testing';
import { BODIES, furnish, madeUp, pathOf, queriesOf, word, type Belongings } from '../src/belongings.ts';
import { codeOf, openShop, type Reply, send, type Shop, sideBySide } from '@kervan/testing/shop';
import { readOperations, type Operation } from '../src/operations.ts';

let stack: Stack;
let operations: Operation[];
let shop: Shop;
let mine: Belongings;

beforeAll(async () => {
  stack = await startStack();
  operations = await readOperations(stack.gateway);
  shop = await openShop(stack);
  mine = await furnish(shop, stack.backends.nats);
}, 120_000);
afterAll(async () => {
  await stack.stop();
}, 60_000);

type Ask = { readonly operation: Operation; readonly url: string; readonly body?: unknown; readonly key?: string };

/** Calls a route as someone of this shop who may do everything. */
const call = (caller: Shop, { operation, url, body, key = word() }: Ask): Promise<Reply> => {
  const secret = { public: null, machine: caller.apiKey, platform: stack.platformKey }[operation.who];
  return send(`${stack.gateway}/api/v1${url}`, {
    method: operation.method,
    headers: {
      'idempotency-key': key,
      ...(secret === null ? { 'x-tenant': caller.tenant } : { authorization: `Bearer ${secret}` }),
      ...(operation.name === 'POST /admin/imports/products' ? { 'content-type': 'text/csv' } : {}),
    },
    ...(body === undefined ? {} : { body }),
  });
};

/** The body of a route; one that takes JSON and is not known here fails the test. */
const bodyOf = ({ name, takesJson }: Operation, of: Belongings): Readonly<Record<string, unknown>> | undefined => {
  const body = BODIES[name]?.(of);
  if (takesJson && body === undefined) throw new Error(`what does ${name} take?`);
  return body;
};

/** Refusals are problems that the document tells of; nothing is ever a failure of ours. */
const expectDescribed = ({ operation, url, body }: Ask, reply: Reply): void => {
  const code = codeOf(reply);
  const what = `${operation.method} ${url} ${JSON.stringify(body)?.slice(0, 500) ?? ''} → ${reply.status} ${String(code)}`;
  const known = reply.status < 300 || (code !== null && reply.status < 500 && operation.describes(reply.status, code));
  expect(known ? '' : what).toBe('');
};

describe('another shop’s things', () => {
  /** Everything that can be asked about somebody's things: with `path` in the address and `inside` in the body. */
  const asksAbout = (path: Belongings, inside: Belongings): Ask[] =>
    operations
      .filter(({ who }) => who !== 'platform')
      .flatMap((operation) => {
        const url = pathOf(operation.path, path);
        const body = bodyOf(operation, inside);
        const filtered = queriesOf(operation.queryParameters, path).map((query) => ({ operation, url: url + query }));
        return [{ operation, url, ...(body === undefined ? {} : { body }) }, ...filtered];
      });
  /** What is said, without what differs from answer to answer. */
  const said = (reply: Reply, of: Belongings): string => {
    const text = JSON.stringify({ status: reply.status, body: reply.body }, (name, value: unknown) =>
      ['traceId', 'expiresAt', 'lastUsedAt', 'detail', 'message'].includes(name) ? null : value,
    );
    return Object.entries(of).reduce((left, [kind, id]) => left.replaceAll(id, `<${kind}>`), text);
  };
  const isAbout = (of: Belongings, { url, body }: Ask): boolean => {
    const text = `${url} ${JSON.stringify(body)}`;
    return Object.values(of).some((id) => text.includes(id) || text.includes(encodeURIComponent(id)));
  };
  const filterOf = (url: string): string => url.split('?')[1]?.split('=')[0] ?? '';

  it('are not there: every route answers about them as about made-up ones, and they stay as they are', async () => {
    const other = await openShop(stack);
    const theirs = await furnish(other, stack.backends.nats);
    const fake = madeUp();
    const look = async (): Promise<string[]> => {
      const asks = asksAbout(theirs, theirs).filter(({ operation }) => operation.method === 'GET');
      return sideBySide(asks, 4, async (ask) => `${ask.url} ${said(await call(other, ask), theirs)}`);
    };
    const before = await look();

    // Theirs in the address, in the body, in both.
    for (const [path, inside] of [
      [theirs, mine],
      [mine, theirs],
      [theirs, theirs],
    ] as const) {
      const about = asksAbout(path, inside);
      const aboutNothing = asksAbout(path === mine ? mine : fake, inside === mine ? mine : fake);
      for (const [index, ask] of about.entries()) {
        const nothing = aboutNothing[index];
        if (nothing === undefined || !isAbout(theirs, ask)) continue;
        const [left, right] = [await call(shop, ask), await call(shop, nothing)];
        expectDescribed(ask, left);
        const what = `${ask.operation.name} ${ask.url}`;
        expect(`${what} ${said(left, theirs)}`).toBe(`${what} ${said(right, fake)}`);
        if (inside === mine && ask.operation.pathParameters.length > 0)
          expect(`${what} ${left.status}`).toBe(`${what} 404`);
      }
    }
    expect(await look()).toEqual(before);
  }, 240_000);

  it('would be there if they were ours: each of those questions is a good one', async () => {
    const spare = await furnish(shop, stack.backends.nats);
    const asks = asksAbout(spare, spare).filter((ask) => isAbout(spare, ask));
    // What deletes comes last, and the parts before the whole.
    const order = (ask: Ask) => (ask.operation.method === 'DELETE' ? 100 - ask.url.split('/').length : 0);
    const fake = asksAbout(madeUp(), madeUp());
    for (const ask of asks.toSorted((one, next) => order(one) - order(next))) {
      const reply = await call(shop, ask);
      expectDescribed(ask, reply);
      const nothing = fake.find(
        ({ operation, url }) => operation === ask.operation && filterOf(url) === filterOf(ask.url),
      );
      const there = nothing === undefined ? '' : said(await call(shop, nothing), spare);
      const what = `${ask.operation.name} ${ask.url}`;
      expect(`${what} ${String(codeOf(reply))}`).not.toMatch(
        / (?:invalid_input|malformed_json|unsupported_media_type)$/,
      );
      expect(`${what} ${said(reply, spare)}`).not.toBe(`${what} ${there}`);
    }
  }, 120_000);
});

describe('an idempotency key', () => {
  it('makes one thing on every route that takes one, also through another gateway and another copy of its owner', async () => {
    const keyed = operations.filter(({ headerParameters }) => headerParameters.includes('Idempotency-Key'));
    // What it does to a checkout has tests of its own.
    const asks = keyed
      .filter(({ path }) => !path.startsWith('/checkout'))
      .map((operation): Ask => {
        const body = bodyOf(operation, mine);
        return { operation, url: pathOf(operation.path, mine), key: word(), ...(body === undefined ? {} : { body }) };
      });
    expect(asks.length).toBeGreaterThan(8);
    const made = (reply: Reply): string =>
      JSON.stringify({ status: reply.status, body: reply.body }, (name, value: unknown) =>
        name === 'expiresAt' || name === 'quote' ? null : value,
      );
    const firsts = new Map<Ask, string>();
    for (const ask of asks) {
      const replies = await Promise.all(Array.from({ length: 8 }, () => call(shop, ask)));
      for (const reply of replies)
        expect(`${ask.operation.name} ${reply.status < 300}`).toBe(`${ask.operation.name} true`);
      expect(new Set(replies.map(made)).size).toBe(1);
      firsts.set(ask, made(replies[0] ?? { status: 0, headers: new Headers(), body: null }));
    }
    await Promise.all([stack.restart('gateway'), stack.restart('catalog-svc'), stack.restart('pricing-svc')]);
    // The catalogue is asked by carts, too: all is as it was once both have found each other again.
    for (const ask of asks) {
      expect(`${ask.operation.name} ${made(await call(shop, ask))}`).toBe(
        `${ask.operation.name} ${String(firsts.get(ask))}`,
      );
      const other = await call(shop, { ...ask, body: bodyOf(ask.operation, mine) });
      expect(`${ask.operation.name} ${String(codeOf(other))}`).toBe(`${ask.operation.name} idempotency_key_reused`);
    }
  }, 240_000);
});

describe('nonsense', () => {
  const OPERATOR = { $gt: '' };
  const NONSENSE = [[], -1, 1.5, 1e308, '', null, 'x'.repeat(6_000), '💩\u200b', { constructor: 1 }];
  type Place = readonly (string | number)[];
  const placesIn = (value: unknown, at: Place = []): Place[] =>
    typeof value !== 'object' || value === null
      ? [at]
      : [
          ...(at.length === 0 ? [] : [at]),
          ...Object.entries(value).flatMap(([name, inner]) =>
            placesIn(inner, [...at, Array.isArray(value) ? Number(name) : name]),
          ),
        ];
  const replaced = (value: unknown, [first, ...rest]: Place, by: unknown): unknown => {
    if (first === undefined) return by;
    if (Array.isArray(value)) return value.map((inner, index) => (index === first ? replaced(inner, rest, by) : inner));
    const fields: Record<string, unknown> = { ...(typeof value === 'object' ? value : {}) };
    return { ...fields, [first]: replaced(fields[first], rest, by) };
  };

  it('in the body of any route is a refusal that the document tells of, never a failure of ours', async () => {
    for (const operation of operations.filter(({ takesJson }) => takesJson)) {
      const url = pathOf(operation.path, operation.who === 'platform' ? { ...mine, slug: shop.tenant } : mine);
      const places = placesIn(bodyOf(operation, mine));
      const tries = places.flatMap((place) =>
        [OPERATOR, ...(place.length === 1 ? NONSENSE : [])].map((wrong) => ({ place, wrong })),
      );
      await sideBySide(tries, 8, async ({ place, wrong }) => {
        const ask = { operation, url, body: replaced(bodyOf(operation, mine), place, wrong) };
        const reply = await call(shop, ask);
        expectDescribed(ask, reply);
        if (wrong === OPERATOR)
          expect(`${operation.name} ${place.join('.')} ${reply.status >= 400}`).toBe(
            `${operation.name} ${place.join('.')} true`,
          );
      });
    }
  }, 240_000);

  it('in the address or the query of any route is one, too', async () => {
    const texts = [
      '%00',
      '%24ne',
      '(((',
      '.*',
      '%C4%B0%C4%B1',
      'x'.repeat(90),
      Buffer.from('{"$gt":""}').toString('base64url'),
      'W10',
      '1e9',
      '-',
    ];
    for (const operation of operations) {
      const url = pathOf(operation.path, mine);
      const inPath =
        operation.pathParameters.length === 0 ? [] : texts.map((text) => operation.path.replace(/\{\w+\}/g, text));
      const inQuery = operation.queryParameters.flatMap((name) => texts.map((text) => `${url}?${name}=${text}`));
      await sideBySide([...inPath, ...inQuery], 8, async (address) => {
        const body = bodyOf(operation, mine);
        const ask = { operation, url: address, ...(body === undefined ? {} : { body }) };
        expectDescribed(ask, await call(shop, ask));
      });
    }
  }, 240_000);
});
