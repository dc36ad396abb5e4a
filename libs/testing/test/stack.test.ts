import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../src/eventually.ts';
import { type Stack, startStack } from '../src/stack/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ only: ['account-svc', 'gateway'] });
}, 120_000);
afterAll(async () => {
  await stack.stop();
});

const makeTenant = async (slug: string): Promise<number> => {
  const response = await fetch(`${stack.gateway}/api/v1/platform/tenants`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stack.platformKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ slug, name: slug }),
  });
  await response.arrayBuffer();
  return response.status;
};

test('services of the stack reach their database and each other', async () => {
  expect(await makeTenant('first')).toBe(201);
  expect(await makeTenant('first')).toBe(409);
});

test('a killed service is gone until it is started again, then works as before', async () => {
  const before = stack.pids();
  expect(Object.keys(before).sort()).toEqual(['account-svc', 'gateway']);
  await stack.kill('account-svc');
  expect(stack.pids()).toEqual({ gateway: before.gateway });
  expect(await makeTenant('second')).toBeGreaterThanOrEqual(500);

  await stack.restart('account-svc');
  expect(stack.pids()['account-svc']).not.toBe(before['account-svc']);
  await eventually(async () => expect([201, 409]).toContain(await makeTenant('second')), { withinMs: 40_000 });
});

test('what a service wrote can be read', () => {
  expect(stack.logs('account-svc')).toContain('ready');
});
