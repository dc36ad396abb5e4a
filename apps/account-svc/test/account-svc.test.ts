import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectBus, startRelay, watch, type Bus } from '@kervan/bus';
import { accountRpc, type EventEnvelope, type Result, type Rpc } from '@kervan/contracts';
import { createLog } from '@kervan/service';
import { keyedIdCollection, openKeyedIds, openStore, type Store } from '@kervan/store';
import { eventually, startBackends, testDatabase, type Backends } from '@kervan/testing';
import { z } from 'zod';
import { openKeyUses } from '../src/keys/key-uses.ts';
import { hashOf } from '../src/keys/secret.ts';
import { surface } from '../src/surface.ts';
import { tenantCollection } from '../src/tenants/tenant.store.ts';
import { contextOf, newSlug } from './shops.ts';

const log = createLog('account-svc', 'silent');
let backends: Backends;
let store: Store;
let gateway: Bus;
/** What the gateway hears of tenants and keys. */
const heard: EventEnvelope[] = [];
const running: { stop: () => Promise<void> }[] = [];

beforeAll(async () => {
  backends = await startBackends();
  store = await openStore({ uri: backends.mongo.uri, database: testDatabase('account'), log });
  const connect = (service: 'account-svc' | 'gateway') =>
    eventually(() =>
      connectBus({ service, servers: [backends.nats.url], nkeySeed: backends.nats.seeds[service], log }),
    );
  const own = await connect('account-svc');
  gateway = await connect('gateway');
  const tenants = store.collection(tenantCollection);
  const keyed = store.collection(keyedIdCollection);
  await store.createIndexes();
  running.push(startRelay({ bus: own, outbox: store.outbox, log }), own, gateway);
  const clock = () => new Date();
  const keyedId = openKeyedIds(keyed, { clock, ttlMs: 86_400_000 });
  await own.serve(surface({ tenants, uses: openKeyUses(store), keyedId, clock }));
  await gateway.serve([watch('account', (event) => void heard.push(event))]);
});
afterAll(async () => {
  for (const { stop } of running) await stop();
  await store.close();
  await backends.stop();
});

const call = <Request extends z.ZodType, Reply extends z.ZodType>(
  rpc: Rpc<Request, Reply>,
  tenant: string,
  request: z.input<Request>,
): Promise<Result<z.output<Reply>>> => gateway.call(rpc, contextOf(tenant), request);
const valueOf = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};
const codeOf = (result: Result<unknown>): string => (result.ok ? 'ok' : result.error.code);

describe('over the bus', () => {
  it('a shop is made, found, changed and suspended, its keys made and revoked, and the gateway hears of all of it', async () => {
    const slug = newSlug();
    const host = `${slug}.example`;
    const input = { slug, name: 'Moda', hosts: [host], currencies: ['TRY', 'EUR'] };
    const { apiKey, ...shop } = valueOf(await call(accountRpc.createTenant, 'platform', input));
    expect(shop).toMatchObject({
      ...input,
      defaultCurrency: 'TRY',
      languages: ['tr', 'en'],
      defaultLanguage: 'tr',
      status: 'active',
    });
    for (const asked of [{ slug }, { host }, { host: `${host}:3000` }]) {
      expect(valueOf(await call(accountRpc.resolveTenant, 'platform', asked))).toEqual(shop);
    }
    expect(valueOf(await call(accountRpc.verifyKey, 'platform', { hash: hashOf(apiKey) }))).toMatchObject({
      tenant: slug,
      permissions: ['*'],
      expiresAt: null,
    });

    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const { secret, ...key } = valueOf(
      await call(accountRpc.createKey, slug, { name: 'Depo', permissions: ['stock:read'], expiresAt }),
    );
    expect(key).toMatchObject({ name: 'Depo', permissions: ['stock:read'], expiresAt, lastUsedAt: null });
    expect(secret.startsWith(key.prefix)).toBe(true);
    expect(valueOf(await call(accountRpc.listKeys, slug, {})).data).toMatchObject([{ name: 'First key' }, key]);

    const patch = { status: 'suspended', defaultCurrency: 'EUR', defaultLanguage: 'en' } as const;
    const suspended = valueOf(await call(accountRpc.updateTenant, 'platform', { slug, patch }));
    expect(suspended).toMatchObject(patch);
    expect(valueOf(await call(accountRpc.resolveTenant, 'platform', { slug }))).toEqual(suspended);
    valueOf(await call(accountRpc.revokeKey, slug, { id: key.id }));
    expect(codeOf(await call(accountRpc.verifyKey, 'platform', { hash: hashOf(secret) }))).toBe('unauthorized');

    await eventually(() =>
      expect(
        heard
          .filter(({ tenant }) => tenant === slug)
          .map(({ type, sequence }) => `${sequence} ${type}`)
          .toSorted(),
      ).toEqual(['1 tenant.created', '2 key.created', '3 key.created', '4 tenant.updated', '5 key.revoked']),
    );
    // Neither what is kept nor what is told holds a secret.
    const kept = JSON.stringify(await store.raw(tenantCollection).find({ tenant: slug }).toArray());
    for (const text of [kept, JSON.stringify(heard)]) {
      expect(text).not.toContain(apiKey.slice(9));
      expect(text).not.toContain(secret.slice(9));
    }
    expect(kept).toContain(hashOf(apiKey));
  });

  it('what is not right is refused by field, and nothing is written', async () => {
    const slug = newSlug();
    const wrong = async (name: keyof typeof accountRpc, request: unknown): Promise<string[]> => {
      const anything = { ...accountRpc[name], request: z.unknown(), reply: z.unknown() };
      const answer = await gateway.call(anything, contextOf('platform'), request);
      if (answer.ok) return ['accepted'];
      expect(answer.error.code).toBe('invalid_input');
      const errors = z.array(z.object({ path: z.string(), code: z.string() })).parse(answer.error.details?.['errors']);
      return errors.map(({ path, code }) => `${path} ${code}`);
    };
    const input = { slug, name: 'Moda' };
    expect(await wrong('createTenant', { ...input, slug: 'Not A Slug' })).toEqual(['slug invalid_format']);
    expect(await wrong('createTenant', { ...input, slug: 'platform' })).toEqual(['slug reserved']);
    expect(await wrong('createTenant', { ...input, slug: { $gt: '' } })).toEqual(['slug invalid_type']);
    expect(await wrong('createTenant', { ...input, owner: 'me' })).toEqual([' unrecognized_keys']);
    expect(await wrong('createTenant', { ...input, hosts: ['http://x.example'] })).toEqual(['hosts.0 invalid_format']);
    expect(await wrong('createTenant', { ...input, defaultCurrency: 'ABC' })).toEqual(['defaultCurrency custom']);
    expect(await wrong('createTenant', { ...input, languages: [] })).toEqual(['languages too_small']);
    expect(await wrong('createTenant', { ...input, settings: { corsOrigins: ['x'] } })).toEqual([
      'settings.corsOrigins.0 invalid_format',
    ]);
    expect(await wrong('resolveTenant', { slug: { $ne: null } })).toEqual([expect.stringContaining('invalid')]);
    expect(await wrong('verifyKey', { hash: { $gt: '' } })).toEqual(['hash invalid_type']);
    expect(await wrong('createKey', { name: 'x', permissions: ['root'] })).toEqual(['permissions.0 invalid_value']);
    expect(await wrong('createKey', { name: 'x', permissions: ['*'], expiresAt: 'soon' })).toEqual([
      'expiresAt invalid_format',
    ]);
    expect(codeOf(await call(accountRpc.getTenant, 'platform', { slug }))).toBe('not_found');
  });
});
