import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ImportReport, Name } from '@kervan/contracts';
import { REPOSITORY, setupError } from '@kervan/testing/servers';
import { z } from 'zod';
import type { DataFolder } from '../data-folder.ts';
import type { Say } from '../progress.ts';
import { saveSecrets, type Secrets } from '../secrets.ts';
import { type Api, apiClient, csv } from './api.ts';
import {
  FEE_RULES,
  GEOZONE,
  PAYMENT_PROVIDER,
  PRODUCT_FILES,
  SHIPPING_METHODS,
  TAX_RATES,
  TENANT,
  WELCOME,
  WELCOME_COUPON,
} from './shop.ts';

const WithKey = z.object({ apiKey: z.string().min(1) });
const WithId = z.object({ id: z.string() });
const Geozone = WithId.extend({ name: z.string() });
const TaxRate = WithId.extend({ geozoneId: z.string(), taxClass: z.string() });
const WithCode = WithId.extend({ code: z.string() });
const Promotion = WithId.extend({ name: Name });
const PaymentProvider = WithId.extend({ provider: z.string() });

type Parts = { readonly gateway: string; readonly data: DataFolder; readonly secrets: Secrets; readonly say: Say };

/** The demo tenant's key: kept from an earlier start, or of the tenant made now. */
const tenantKey = async ({ gateway, data, secrets, say }: Parts): Promise<string> => {
  if (secrets.demo.apiKey !== null) return secrets.demo.apiKey;
  const made = await apiClient(gateway, secrets.platformKey).post('/platform/tenants', TENANT, WithKey);
  if (made.code === 'slug_taken') {
    throw setupError(
      `The tenant ${TENANT.slug} is there, but its key is not in ${data.secrets}: start afresh with npm run reset.`,
    );
  }
  if (made.value === null) throw setupError(`The tenant ${TENANT.slug} cannot be made: ${made.status} ${made.code}.`);
  secrets.demo.apiKey = made.value.apiKey;
  saveSecrets(data, secrets);
  say(`tenant ${TENANT.slug} is made`);
  return made.value.apiKey;
};

/** Makes what a list does not have yet; answers the found or made item. */
const ensure = async <Item extends z.ZodType>(
  api: Api,
  path: string,
  item: Item,
  isIt: (candidate: z.output<Item>) => boolean,
  input: unknown,
): Promise<z.output<Item>> => {
  const found = (await api.list(path, item)).find(isIt);
  if (found !== undefined) return found;
  const made = await api.post(path, input, item);
  if (made.value === null) throw setupError(`POST ${path} for the demo answered ${made.status} ${made.code}.`);
  return made.value;
};

const makeRules = async (api: Api): Promise<void> => {
  const { id: geozoneId } = await ensure(api, '/admin/geozones', Geozone, ({ name }) => name === GEOZONE.name, GEOZONE);
  for (const rate of TAX_RATES) {
    const isIt = (other: z.output<typeof TaxRate>) => other.taxClass === rate.taxClass && other.geozoneId === geozoneId;
    await ensure(api, '/admin/tax-rates', TaxRate, isIt, { ...rate, geozoneId });
  }
  for (const { rate, ...method } of SHIPPING_METHODS) {
    const input = { ...method, rates: [{ ...rate, geozoneId }] };
    await ensure(api, '/admin/shipping-methods', WithCode, ({ code }) => code === method.code, input);
  }
  for (const rule of FEE_RULES) await ensure(api, '/admin/fee-rules', WithCode, ({ code }) => code === rule.code, rule);
  const isWelcome = ({ name }: z.output<typeof Promotion>) =>
    typeof name === 'object' && name['en'] === WELCOME.name.en;
  const { id: promotionId } = await ensure(api, '/admin/promotions', Promotion, isWelcome, WELCOME);
  const isCoupon = ({ code }: z.output<typeof WithCode>) => code === WELCOME_COUPON.code;
  await ensure(api, '/admin/coupons', WithCode, isCoupon, { ...WELCOME_COUPON, promotionId });
  const isSandbox = ({ provider }: z.output<typeof PaymentProvider>) => provider === PAYMENT_PROVIDER.provider;
  await ensure(api, '/admin/payment-providers', PaymentProvider, isSandbox, PAYMENT_PROVIDER);
};

const importGoods = async (api: Api, { data, secrets, say }: Parts): Promise<void> => {
  for (const file of PRODUCT_FILES) {
    if (secrets.demo.imported.includes(file)) continue;
    const text = await readFile(join(REPOSITORY, 'demo', file), 'utf8');
    const { value: report, status, code } = await api.post('/admin/imports/products', csv(text), ImportReport);
    if (report === null) throw setupError(`The import of demo/${file} answered ${status} ${code}.`);
    secrets.demo.imported.push(file);
    saveSecrets(data, secrets);
    const { products, variants, failed } = report;
    say(`demo/${file}: ${products.created} products, ${variants.created} variants, ${failed} rows refused`);
  }
};

/**
 * Makes the demo shop through the gateway's API, with the rights of any shop. What is there already stays as it is, so
 * it may be called at every start. Answers the shop's API key.
 */
export const seedDemo = async (parts: Parts): Promise<string> => {
  const apiKey = await tenantKey(parts);
  const api = apiClient(parts.gateway, apiKey);
  await makeRules(api);
  await importGoods(api, parts);
  parts.say('demo shop is there');
  return apiKey;
};
