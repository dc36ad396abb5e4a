import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { echoEntry } from './echo.ts';
import { contextFor, echo, eventually, pause, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

test('nobody there: service_unavailable well before the deadline', async () => {
  const gateway = await world.connect('gateway');
  const started = Date.now();
  const result = await gateway.call(echo, contextFor(5_000), { text: 'a' });
  expect(result).toMatchObject({ ok: false, error: { code: 'service_unavailable' } });
  expect(Date.now() - started).toBeLessThan(5_000);
});

test('nobody there and little time: service_unavailable within the deadline', async () => {
  const gateway = await world.connect('gateway');
  const result = await gateway.call(echo, contextFor(200), { text: 'a' });
  expect(result).toMatchObject({ ok: false, error: { code: 'service_unavailable' } });
});

test('a service that is just starting is waited for', async () => {
  const gateway = await world.connect('gateway');
  const calls = Promise.all(Array.from({ length: 10 }, () => gateway.call(echo, contextFor(), { text: 'a' })));
  await pause(300);
  const catalog = await world.connect('catalog-svc');
  await catalog.serve([echoEntry()]);
  expect((await calls).every((result) => result.ok)).toBe(true);
});

test('the breaker opens on silence, refuses at once, tries one call and closes', async () => {
  const changes: string[] = [];
  const gateway = await world.connect('gateway', {
    observer: { breaker: (owner, state) => changes.push(`${owner} ${state}`) },
  });
  const some = (count: number) =>
    Promise.all(Array.from({ length: count }, () => gateway.call(echo, contextFor(200), { text: 'a' })));

  await some(19);
  expect(gateway.breakers().catalog).toBe('closed');
  await some(3);
  expect(gateway.breakers()).toMatchObject({ catalog: 'open', inventory: 'closed' });
  const took: number[] = [];
  for (let count = 0; count < 5; count += 1) {
    const started = performance.now();
    expect(await gateway.call(echo, contextFor(), { text: 'a' })).toMatchObject({
      error: { code: 'service_unavailable' },
    });
    took.push(performance.now() - started);
  }
  // Asking, with all its pauses, always takes longer; any one refusal may have had to wait for a busy machine.
  expect(Math.min(...took)).toBeLessThan(1_500);

  const catalog = await world.connect('catalog-svc');
  await catalog.serve([echoEntry()]);
  await eventually(async () => {
    expect(await gateway.call(echo, contextFor(), { text: 'a' })).toMatchObject({ ok: true });
  });
  expect(gateway.breakers().catalog).toBe('closed');
  // On a busy machine the time to try again may have come before, in vain.
  expect(changes.join(', ')).toMatch(/^(catalog open, catalog halfOpen, )+catalog closed$/);
});

test('refusals and faults of a neighbour that answers do not open the breaker', async () => {
  const gateway = await world.connect('gateway');
  const catalog = await world.connect('catalog-svc');
  await catalog.serve([echoEntry()]);
  for (const mode of ['refuse', 'throw'] as const) {
    await Promise.all(Array.from({ length: 50 }, () => gateway.call(echo, contextFor(), { text: 'a', mode })));
  }
  expect(gateway.breakers().catalog).toBe('closed');
});

test('stopping a copy under load loses no answer', async () => {
  const gateway = await world.connect('gateway');
  const staying = await world.connect('catalog-svc');
  await staying.serve([echoEntry()]);
  let running = true;
  const outcomes = new Map<string, number>();
  const callers = Array.from({ length: 16 }, async (_, index) => {
    while (running) {
      const result = await gateway.call(echo, contextFor(), { text: 'a', waitMs: index % 4 === 0 ? 40 : 0 });
      const outcome = result.ok ? 'ok' : result.error.code;
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
  });
  for (let round = 0; round < 8; round += 1) {
    const leaving = await world.connect('catalog-svc');
    await leaving.serve([echoEntry()]);
    await pause(60);
    await leaving.stop();
  }
  running = false;
  await Promise.all(callers);
  expect([...outcomes.keys()]).toEqual(['ok']);
  expect(outcomes.get('ok')).toBeGreaterThan(500);
});

test('the only copy finishes what it has before it goes', async () => {
  const gateway = await world.connect('gateway');
  const catalog = await world.connect('catalog-svc');
  await catalog.serve([echoEntry()]);
  const calls = Promise.all(
    Array.from({ length: 30 }, (_, index) => gateway.call(echo, contextFor(), { text: `${index}`, waitMs: 400 })),
  );
  await pause(100);
  await catalog.stop();
  expect((await calls).every((result) => result.ok)).toBe(true);
});
