import { expect, test } from '@jest/globals';
import type { ProviderSettings } from '../adapter.ts';
import { stripeClients } from './client.ts';

const settings = (secretKey: string | undefined, mode: 'test' | 'live' = 'test'): ProviderSettings => ({
  tenant: 'shop',
  mode,
  capture: 'automatic',
  credentials: secretKey === undefined ? {} : { secretKey },
});

test('one client for the settings as long as they are the same', async () => {
  const clientOf = stripeClients(undefined);
  const own = settings('sk_test_1');
  expect(await clientOf(own)).toBe(await clientOf(own));
  expect(await clientOf(settings('sk_test_1'))).not.toBe(await clientOf(own));
});

test.each([
  ['a live key', settings('sk_live_1')],
  ['live mode', settings('sk_test_1', 'live')],
])('%s is never used where Stripe’s address was replaced, whatever was stored', async (_what, own) => {
  await expect(stripeClients('http://127.0.0.1:1')(own)).rejects.toMatchObject({
    error: { code: 'invalid_credentials', outcome: 'not_sent' },
  });
  await expect(stripeClients(undefined)(own)).resolves.toBeDefined();
});

test('without a key there is none', async () => {
  await expect(stripeClients(undefined)(settings(undefined))).rejects.toMatchObject({
    error: { code: 'invalid_credentials' },
  });
});
