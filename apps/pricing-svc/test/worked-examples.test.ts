import { describe, expect, test } from '@jest/globals';
import { Geozone, QuoteLineInput, QuoteRequest, ShippingMethod, TaxRate } from '@kervan/contracts';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { checkGeozone } from '../src/geozones/geozone.ts';
import { priceCart } from '../src/quote/price.ts';
import { freeFromReason, REASONS } from '../src/rules/reason.ts';
import { compileRules } from '../src/rules/compiled-rules.ts';
import { checkShippingMethod } from '../src/shipping/shipping-method.ts';
import { checkTaxRate } from '../src/taxes/tax-rate.ts';
import { geozone, line, NOW, request, shippingMethod, taxRate } from './builders.ts';

/** docs/pricing.md is executed: its blocks `json rules` and `json example` are read from the page. */
const page = readFileSync(new URL('../../../docs/pricing.md', import.meta.url), 'utf8');
const blocks = (kind: string): unknown[] =>
  [...page.matchAll(new RegExp(`^\`\`\`json ${kind}\\n(.*?)^\`\`\``, 'gms'))].map(([, text]) => JSON.parse(text ?? ''));

/** A thing of which the page says only what matters. */
const brief = <Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape>, defaults: object) =>
  z.looseObject({}).transform((given) => schema.strict().parse({ ...defaults, ...given }));
const Rules = z.strictObject({
  geozones: z.array(brief(Geozone, geozone({ id: '-' }))),
  taxRates: z.array(brief(TaxRate, taxRate({ id: '-' }))),
  shippingMethods: z.array(brief(ShippingMethod, shippingMethod({ code: '-' }))),
});
const Line = brief(QuoteLineInput, line({ unitPrice: 0 }));
const Cart = z
  .looseObject({ lines: z.array(Line) })
  .transform((given) => QuoteRequest.strict().parse({ ...request({}), ...given }));
const Example = z.strictObject({ cart: Cart, quote: z.looseObject({ total: z.number() }) });

const rules = Rules.parse(blocks('rules')[0]);
const examples = blocks('example').map((block, index) => ({ number: index + 1, ...Example.parse(block) }));

describe('docs/pricing.md', () => {
  test('has a shop whose rules may be saved, and enough examples', () => {
    const known = new Set(rules.geozones.map(({ id }) => id));
    expect(rules.geozones.flatMap(checkGeozone)).toEqual([]);
    expect(rules.taxRates.flatMap((rate) => checkTaxRate(rate, rules))).toEqual([]);
    expect(rules.shippingMethods.flatMap((method) => checkShippingMethod(method, known))).toEqual([]);
    expect(examples.length).toBeGreaterThanOrEqual(14);
  });

  test('lists every reason', () => {
    const listed = [...page.matchAll(/^\| `([a-z_]+)` +\|/gm)].map(([, code]) => code);
    const known = [...Object.values(REASONS), freeFromReason(0, 'TRY')].map(({ code }) => code);
    expect(listed.toSorted()).toEqual(known.toSorted());
  });

  test.each(examples)('example $number comes to $quote.total', ({ cart, quote }) => {
    const priced = priceCart(cart, compileRules(rules), NOW);
    expect(priced).toMatchObject({ ok: true, value: quote });
  });
});
