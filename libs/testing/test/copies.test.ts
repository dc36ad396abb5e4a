import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Balancer, send, startBalancer } from '../src/shop/index.ts';
import { type Stack, startStack } from '../src/stack/stack.ts';

let stack: Stack;
let balancer: Balancer;
beforeAll(async () => {
  stack = await startStack({ only: ['account-svc', 'gateway'], copies: 2, env: { DRAIN_DELAY_S: '2' } });
  balancer = await startBalancer(stack.urls('gateway'));
}, 120_000);
afterAll(async () => {
  await balancer.stop();
  await stack.stop();
});

const ask = () => send(`${balancer.url}/openapi.json`);
const states = () => stack.members().map(({ name, copy, alive }) => `${name} ${String(copy)} ${alive ? 'up' : 'down'}`);

test('copies have ports and processes of their own, and are signalled and started one by one', async () => {
  const before = stack.members();
  expect(new Set(before.map(({ pid }) => pid)).size).toBe(4);
  expect(stack.urls('gateway')).toEqual(
    before.filter(({ name }) => name === 'gateway').map(({ port }) => `http://127.0.0.1:${String(port)}`),
  );
  expect(stack.urls('gateway')[0]).toBe(stack.gateway);
  stack.signal('account-svc', 1, 'SIGTERM');
  expect((await stack.exited('account-svc', 1)).code).toBe(0);
  expect(states()).toEqual(['gateway 0 up', 'gateway 1 up', 'account-svc 0 up', 'account-svc 1 down'].toSorted());
  await stack.start('account-svc', 1);
  expect(stack.members().filter(({ alive }) => alive)).toHaveLength(4);
});

test('the balancer sends to copies that are ready, and says what was cut off instead of trying again', async () => {
  for (let copy = 0; copy < 2; copy += 1) {
    let over = false;
    const asking = (async () => {
      while (!over) expect((await ask()).status).toBe(200);
    })();
    await stack.kill('gateway', 'SIGTERM', copy);
    await stack.start('gateway', copy);
    await balancer.untilAllReady();
    over = true;
    await asking;
  }
  expect(balancer.failures).toEqual([]);
  stack.signal('gateway', 0, 'SIGKILL');
  stack.signal('gateway', 1, 'SIGKILL');
  await Promise.all([stack.exited('gateway', 0), stack.exited('gateway', 1)]);
  expect([502, 503]).toContain((await ask()).status);
  expect(balancer.failures).toHaveLength(1);
});
