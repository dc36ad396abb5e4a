import { startBackends, testDatabase } from '@kervan/testing';
import { startCopy } from '../test/copy.ts';
import { createGeozone } from '../src/geozones/geozone.handlers.ts';
const backends = await startBackends();
const db = testDatabase('pricing');
const copies = [await startCopy(backends, db), await startCopy(backends, db)];
const ctx = (tenant: string) => ({ tenant, traceId: 't', deadline: Date.now() + 1e4, language: 'tr', actor: { kind: 'machine' as const } });
let slow = 0;
for (let i = 0; i < 300; i++) {
  const tenant = 'shop-' + (i % 20);
  const t = Date.now();
  const p = createGeozone(copies[i % 2]!.deps)({ name: 'x', includes: [{ country: 'TR' }], excludes: [] }, ctx(tenant));
  const timer = setTimeout(() => console.log('hanging', i, tenant), 1500);
  const r = await Promise.race([p, new Promise((r) => setTimeout(r, 6000, 'HANG'))]);
  clearTimeout(timer);
  if (Date.now() - t > 500) { slow++; console.log(i, Date.now() - t, r === 'HANG' ? r : 'ok'); }
}
console.log('done', slow);
await Promise.all(copies.map((c) => c.stop()));
await backends.stop();
