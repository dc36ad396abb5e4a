import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Bus } from '../src/index.ts';
import { echoEntry } from './echo.ts';
import { contextFor, echo, pause, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
let gateway: Bus;
const sizes: number[] = [];

beforeAll(async () => {
  world = await startWorld();
  gateway = await world.connect('gateway', { observer: { batch: (size) => sizes.push(size) } });
  for (const copy of ['one', 'two']) {
    const catalog = await world.connect('catalog-svc');
    expect(copy).toBeTruthy();
    await catalog.serve([echoEntry()]);
  }
});
afterAll(() => world.stop());

const ask = (
  request: {
    text: string;
    waitMs?: number;
    mode?: 'answer' | 'refuse' | 'throw' | 'reject' | 'circular' | 'wrong' | 'deadline';
  },
  leftMs?: number,
) => gateway.call(echo, contextFor(leftMs), request);

describe('a call', () => {
  test('brings the answer of its handler', async () => {
    expect(await ask({ text: 'ğüşiöç €' })).toEqual({ ok: true, value: { text: 'ğüşiöç €' } });
  });

  test('brings a refusal with its code and details', async () => {
    const result = await ask({ text: 'SKU-1', mode: 'refuse' });
    expect(result).toMatchObject({ ok: false, error: { code: 'out_of_stock', details: { sku: 'SKU-1' } } });
  });

  test.each(['throw', 'reject', 'circular'] as const)(
    'a handler that fails by %s is an internal error',
    async (mode) => {
      const [bad, good] = await Promise.all([ask({ text: 'a', mode }), ask({ text: 'b' })]);
      expect(bad).toMatchObject({ ok: false, error: { code: 'internal_error' } });
      expect(JSON.stringify(bad)).not.toMatch(/thrown|rejected/);
      expect(good).toEqual({ ok: true, value: { text: 'b' } });
      expect(await ask({ text: 'still there' })).toMatchObject({ ok: true });
    },
  );

  test('an answer that is not as declared is an internal error', async () => {
    expect(await ask({ text: 'a', mode: 'wrong' })).toMatchObject({ ok: false, error: { code: 'internal_error' } });
  });

  test('input is refused field by field, and never reaches the handler', async () => {
    const input = JSON.parse('{"text":5,"waitMs":-1,"mode":{"$gt":""}}');
    const result = await gateway.call(echo, contextFor(), input);
    expect(result).toMatchObject({
      ok: false,
      error: {
        code: 'invalid_input',
        details: {
          errors: [{ path: 'text', code: 'invalid_type' }, { path: 'waitMs', code: 'too_small' }, { path: 'mode' }],
        },
      },
    });
  });

  test('a context that is not one is refused', async () => {
    const result = await gateway.call(echo, { ...contextFor(), tenant: 'a.b' }, { text: 'a' });
    expect(result).toMatchObject({
      ok: false,
      error: { code: 'invalid_input', details: { errors: [{ path: 'c.tenant' }] } },
    });
  });

  test('what is too large for a message is refused', async () => {
    const body = 'x'.repeat(850_000);
    expect(await ask({ text: body })).toEqual({ ok: true, value: { text: body } });
    expect(await ask({ text: 'x'.repeat(1_100_000) })).toMatchObject({
      ok: false,
      error: { code: 'payload_too_large' },
    });
  });

  test('to an owner outside the topology is a bug', async () => {
    const inventory = await world.connect('inventory-svc');
    await expect(inventory.call(echo, contextFor(), { text: 'a' })).rejects.toThrow('may not call');
  });
});

describe('deadlines', () => {
  test('the handler gets the moment until which its caller waits', async () => {
    const context = contextFor(1_234);
    const result = await gateway.call(echo, context, { text: 'a', mode: 'deadline' });
    expect(result).toMatchObject({ ok: true, value: { deadline: context.deadline } });
  });

  test("the call's own timeout is the longest wait", async () => {
    const result = await gateway.call({ ...echo, timeoutMs: 300 }, contextFor(60_000), { text: 'a', mode: 'deadline' });
    expect(result.ok && (result.value.deadline ?? Infinity) <= Date.now() + 300).toBe(true);
  });

  test('a slow handler is given up before it comes to its end', async () => {
    const started = Date.now();
    expect(await ask({ text: 'a', waitMs: 3_000 }, 200)).toMatchObject({
      ok: false,
      error: { code: 'deadline_exceeded' },
    });
    expect(Date.now() - started).toBeLessThan(3_000);
  });

  test('without time left nothing is asked', async () => {
    expect(await ask({ text: 'a' }, -1)).toMatchObject({ ok: false, error: { code: 'deadline_exceeded' } });
  });
});

describe('many at once', () => {
  test('calls of one turn travel as one message, at most 64 and 32 KiB', async () => {
    sizes.length = 0;
    const many = await Promise.all(Array.from({ length: 150 }, (_, index) => ask({ text: `${index}` })));
    expect(many.filter((result) => !result.ok)).toEqual([]);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(64);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(150);
    expect(sizes.length).toBeLessThanOrEqual(4);

    sizes.length = 0;
    const large = await Promise.all(Array.from({ length: 8 }, () => ask({ text: 'x'.repeat(12_000) })));
    expect(large.filter((result) => !result.ok)).toEqual([]);
    expect(sizes).toEqual([2, 2, 2, 2]);
  });

  test('a slow call holds up nobody of its message', async () => {
    let isAnswered = false;
    const slow = ask({ text: 'slow', waitMs: 2_000 }).finally(() => {
      isAnswered = true;
    });
    const fast = await Promise.all(Array.from({ length: 20 }, (_, index) => ask({ text: `${index}` })));
    expect(fast.every((result) => result.ok)).toBe(true);
    expect(isAnswered).toBe(false);
    expect(await slow).toEqual({ ok: true, value: { text: 'slow' } });
  });

  test('each gets its own answer, whatever the others do', async () => {
    const request = fc.record({
      text: fc.string({ maxLength: 40 }),
      waitMs: fc.oneof(
        { weight: 8, arbitrary: fc.constant(0) },
        { weight: 2, arbitrary: fc.integer({ min: 1, max: 60 }) },
      ),
      mode: fc.oneof(
        { weight: 8, arbitrary: fc.constant('answer' as const) },
        { weight: 1, arbitrary: fc.constant('refuse' as const) },
        { weight: 1, arbitrary: fc.constant('reject' as const) },
      ),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(request, { minLength: 1, maxLength: 400 }),
        fc.integer({ min: 1, max: 200 }),
        async (requests, perTurn) => {
          const answers: Promise<void>[] = [];
          for (const [index, each] of requests.entries()) {
            const text = `${index}:${each.text}`;
            answers.push(
              ask({ ...each, text }).then((result) => {
                if (each.mode === 'answer') expect(result).toEqual({ ok: true, value: { text } });
                else if (each.mode === 'refuse') expect(result).toMatchObject({ error: { details: { sku: text } } });
                else expect(result).toMatchObject({ error: { code: 'internal_error' } });
              }),
            );
            if (index % perTurn === 0) await pause(0);
          }
          await Promise.all(answers);
        },
      ),
      { numRuns: 30 },
    );
  });
});
