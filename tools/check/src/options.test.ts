import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readOptions } from './options.ts';

const ENTRY = { call: 'track', tenant: 'demo', by: 'ayse', start: 1, end: 2, outcome: 'ok', status: 200, code: null };
const DEV = {
  gateway: 'http://127.0.0.1:3000',
  mongo: 'mongodb://m',
  nats: 'nats://n',
  tenant: 'demo',
  apiKey: 'sk_1',
};

let folder: string;
const file = (name: string, content: unknown): string => {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kervan-check-'));
  file('dev.json', { ...DEV, payments: 'http://127.0.0.1:3001', currency: 'TRY' });
  file('secrets.json', { seeds: { setup: 'SU1', 'order-svc': 'SU2' } });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const local = {
  mongoUri: 'mongodb://m',
  nats: { url: 'nats://n', seed: 'SU1' },
  api: { gateway: DEV.gateway, tenants: [{ slug: 'demo', apiKey: 'sk_1' }] },
};

describe('what npm run check looks at', () => {
  test('is the local stack of a folder, whatever the environment says', () => {
    const { input, withinMs } = readOptions(['--data', folder], { MONGODB_URI: 'mongodb://other' });
    expect(withinMs).toBe(30_000);
    expect(input).toEqual({ ...local, providers: [], history: [], provoked: [] });
    expect(readOptions([], { KERVAN_DATA: folder }).input).toEqual(input);
  });

  test('is what the environment names', () => {
    const environment = { MONGODB_URI: 'mongodb://x', NATS_URL: 'nats://y', NATS_NKEY_SEED_SETUP: 'SU3' };
    const { input } = readOptions(['--within', '5'], environment);
    expect(input).toMatchObject({ mongoUri: 'mongodb://x', nats: { url: 'nats://y', seed: 'SU3' } });
    expect(input.api).toBeUndefined();
    expect(readOptions([], { MONGODB_URI: 'mongodb://x' }).input.nats).toBeUndefined();
  });

  test('are other shops, providers, answers and dead letters too', () => {
    const access = file('access.json', {
      tenants: [{ slug: 'other', apiKey: 'sk_2' }],
      stripe: [{ tenant: 'demo', secretKey: 'sk_test_1' }],
    });
    // The last line was cut off while it was written.
    const history = file('history.jsonl', `${JSON.stringify(ENTRY)}\n${JSON.stringify(ENTRY)}\n{"call":"tr`);
    const provoked = file('provoked.json', [{ service: 'order-svc', subject: 'evt.x' }]);
    const args = ['--data', folder, '--access', access, '--history', history, '--provoked', provoked];
    expect(readOptions(args, {}).input).toEqual({
      ...local,
      api: { ...local.api, tenants: [...local.api.tenants, { slug: 'other', apiKey: 'sk_2' }] },
      providers: [{ tenant: 'demo', secretKey: 'sk_test_1', apiBase: 'https://api.stripe.com' }],
      history: [ENTRY, ENTRY],
      provoked: [{ service: 'order-svc', subject: 'evt.x' }],
    });
  });

  test.each<[string, () => unknown, string]>([
    ['a folder without a stack', () => readOptions(['--data', '/nowhere'], {}), '/nowhere/dev.json cannot be read.'],
    ['an unknown option', () => readOptions(['--colour'], {}), 'Usage: npm run check'],
    ['a time that is none', () => readOptions(['--within', 'long'], {}), '--within is a number of seconds'],
    [
      'a bus without its seed',
      () => readOptions([], { MONGODB_URI: 'mongodb://x', NATS_URL: 'nats://y' }),
      'NATS_NKEY_SEED_SETUP is needed too.',
    ],
    [
      'a history that is none',
      () => readOptions(['--data', folder, '--history', file('bad.jsonl', '{}\n')], {}),
      'bad.jsonl, line 1, is not what is expected there.',
    ],
    [
      'keys without a gateway',
      () =>
        readOptions(['--access', file('keys.json', { tenants: [{ slug: 'a', apiKey: 'b' }] })], {
          MONGODB_URI: 'mongodb://x',
        }),
      'of no use without --gateway.',
    ],
  ])('says in one line what is wrong with %s', (_, read, line) => {
    expect(read).toThrow(expect.objectContaining({ name: 'SetupError', message: expect.stringContaining(line) }));
  });
});
