import { startBackends, testDatabase } from '@kervan/testing';
import { connectBus } from '@kervan/bus';
import { createLog } from '@kervan/service';
import { pricingRpc } from '@kervan/contracts';
import { startCopy } from '../test/copy.ts';
const backends = await startBackends();
const db = testDatabase('pricing');
const n = Number(process.argv[2] ?? 2);
const copies = [] as Awaited<ReturnType<typeof startCopy>>[];
for (let i = 0; i < n; i++) copies.push(await startCopy(backends, db));
const caller = await connectBus({ service: 'gateway', servers: [backends.nats.url], nkeySeed: backends.nats.seeds.gateway, log: createLog('gateway', 'warn') });
const ctx = (tenant: string) => ({ tenant, traceId: 't', deadline: Date.now() + 1e4, language: 'tr', actor: { kind: 'machine' as const } });
let slow = 0;
for (let i = 0; i < 300; i++) {
  const tenant = 'shop-' + (i % 20);
  const t = Date.now();
  const r = await caller.call(pricingRpc.createGeozone, ctx(tenant), { name: 'x', includes: [{ country: 'TR' }] });
  if (Date.now() - t > 500) { slow++; console.log(i, Date.now() - t, JSON.stringify(r)); }
}
console.log('done', slow);
await caller.stop();
await Promise.all(copies.map((c) => c.stop()));
await backends.stop();
