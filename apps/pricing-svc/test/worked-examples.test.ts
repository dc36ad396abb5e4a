import { describe, expect, test } from '@jest/globals';
import {
  Coupon,
  FeeRule,
  Geozone,
  InstallmentTable,
  PromotionRule,
  QuoteLineInput,
  QuoteRequest,
  REASON_TEXTS,
  reasonOf,
  ShippingKind,
  ShippingMethod,
  TaxRate,
} from '@kervan/contracts';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { checkFeeRule } from '../src/fees/fee-rule.ts';
import { checkGeozone } from '../src/geozones/geozone.ts';
import { checkInstallmentRows } from '../src/installments/installment-table.ts';
import { checkPromotion } from '../src/promotions/promotion.ts';
import { priceCart } from '../src/quote/price.ts';
import { customerKey } from '../src/redemptions/tally.ts';
import { compileRules } from '../src/rules/compiled-rules.ts';
import { deliveryWindowOf } from '../src/shipping/delivery-window.ts';
import { checkShippingMethod } from '../src/shipping/shipping-method.ts';
import { checkTaxRate } from '../src/taxes/tax-rate.ts';
import { refusalIn } from './answer.ts';
import {
  coupon,
  feeRule,
  geozone,
  installmentTable,
  line,
  NOW,
  promotion,
  request,
  shippingMethod,
  standing,
  taxRate,
} from './builders.ts';
import { secondOpinion } from './oracle.ts';

/** docs/pricing.md is executed: its blocks `json rules` and `json example` are read from the page. */
const page = readFileSync(new URL('../../../docs/pricing.md', import.meta.url), 'utf8');
const blocks = (kind: string, text: string): unknown[] =>
  [...text.matchAll(new RegExp(`^\`\`\`json ${kind}\\n(.*?)^\`\`\``, 'gms'))].map(([, text]) => JSON.parse(text ?? ''));
const reasonsSection = page.split(/^## /m).find((section) => section.startsWith('Reasons\n')) ?? '';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** What is given over what is not said, also inside `when` and `conditions`. */
const filled = (defaults: Record<string, unknown>, given: Record<string, unknown>): Record<string, unknown> => {
  const inner = Object.entries(given).map(([key, value]) => {
    const usual = defaults[key];
    return [key, isRecord(value) && isRecord(usual) ? filled(usual, value) : value];
  });
  return { ...defaults, ...Object.fromEntries(inner) };
};
/** A thing of which the page says only what matters; what it says must be in the contract. */
const brief = <Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape>, defaults: Record<string, unknown>) =>
  z.looseObject({}).transform((given) => {
    const parsed = schema.strict().parse(filled(defaults, given));
    expect(parsed).toMatchObject(given);
    return parsed;
  });
const Line = brief(QuoteLineInput, line({ unitPrice: 0 }));
const Rules = z.strictObject({
  geozones: z.array(brief(Geozone, geozone({ id: '-' }))).default([]),
  taxRates: z.array(brief(TaxRate, taxRate({ id: '-' }))).default([]),
  shippingMethods: z.array(brief(ShippingMethod, shippingMethod({ code: '-' }))).default([]),
  feeRules: z.array(brief(FeeRule, { ...feeRule({ code: '-' }), amount: null })).default([]),
  promotions: z.array(brief(PromotionRule, promotion({ id: '-' }))).default([]),
  installmentTables: z.array(brief(InstallmentTable, installmentTable({ provider: '-' }))).default([]),
});
const Cart = z.looseObject({ lines: z.array(Line) }).transform(({ lines, ...given }) =>
  QuoteRequest.strict().parse({
    ...request({}),
    ...given,
    lines: lines.map((one, index) => ({ ...one, lineId: `line_${index + 1}` })),
  }),
);
const Example = z.strictObject({
  rules: z.record(z.string(), z.unknown()).default({}),
  coupons: z.array(brief(Coupon, coupon({ code: '-', promotionId: '-' }))).default([]),
  taken: z.record(z.string(), z.number().int()).default({}),
  now: z.iso
    .datetime()
    .transform((at) => new Date(at))
    .default(NOW),
  cart: Cart,
  quote: z.looseObject({ total: z.number() }),
  /** By `kind rule` of `considered`: `applied`, or the code of why not. */
  reasons: z.record(z.string(), z.string()).default({}),
});

const shared = z.record(z.string(), z.unknown()).parse(blocks('rules', page)[0]);
const headings = page.split(/^### (?=\d+\. )/m).slice(1);
const written = headings.flatMap((section) => {
  const [title = ''] = section.split('\n', 1);
  return blocks('example', section).map((block, at, all) => ({
    title: all.length === 1 ? title : `${title} (${at + 1} of ${all.length})`,
    block,
  }));
});
const examples = written.map(({ title, block }) => {
  const { rules, coupons, taken, ...example } = Example.parse(block);
  const customer = customerKey(example.cart) ?? '';
  const takenBy = Object.entries(taken).map(([key, uses]) => [key.replace(':customer', `:${customer}`), uses] as const);
  return {
    ...example,
    title,
    rules: Rules.parse({ ...shared, ...rules }),
    standing: standing(coupons, new Map(takenBy)),
  };
});

describe('docs/pricing.md', () => {
  test('has a shop whose rules may be saved, and enough examples', () => {
    for (const { rules } of [{ rules: Rules.parse(shared) }, ...examples]) {
      const known = new Set(rules.geozones.map(({ id }) => id));
      expect(rules.geozones.flatMap(checkGeozone)).toEqual([]);
      expect(rules.taxRates.flatMap((rate) => checkTaxRate(rate, rules))).toEqual([]);
      expect(rules.shippingMethods.flatMap((method) => checkShippingMethod(method, known))).toEqual([]);
      expect(rules.feeRules.flatMap((rule) => checkFeeRule(rule, rules))).toEqual([]);
      expect(rules.promotions.flatMap(checkPromotion)).toEqual([]);
      expect(rules.installmentTables.flatMap(({ rows }) => checkInstallmentRows(rows))).toEqual([]);
    }
    expect(headings.map((section) => parseInt(section))).toEqual(headings.map((_, index) => index + 1));
    expect(headings.length).toBeGreaterThanOrEqual(50);
    expect(examples.length).toBe(blocks('example', page).length);
  });

  test('lists every reason', () => {
    const listed = [...reasonsSection.matchAll(/^\| `([a-z_]+)` +\|/gm)].map(([, code]) => code);
    const known = new Set(Object.keys(REASON_TEXTS).map((code) => reasonOf({ code }, 'TRY').code));
    expect(listed.toSorted()).toEqual([...known].toSorted());
  });

  test('has the words of the delivery window', () => {
    const rows = page.matchAll(/^\| (standard or express|pickup) +\| (\d+), (\d+) \| `(.+?)` +\| `(.+?)` +\|$/gm);
    const listed = [...rows].map(([, kinds = '', from, to, tr, en]) => {
      for (const kind of ShippingKind.array().parse(kinds.split(' or '))) {
        expect(deliveryWindowOf({ kind, minDays: Number(from), maxDays: Number(to) })).toEqual({ tr, en });
      }
      return kinds;
    });
    expect(listed).toHaveLength(5);
  });

  test.each(examples)('$title', ({ cart, rules, standing, now, quote, reasons }) => {
    const priced = priceCart(cart, compileRules(rules), standing, now);
    expect(priced).toMatchObject({ ok: true, value: quote });
    if (!priced.ok) return;
    const { considered, breakdown, total } = priced.value;
    const found = considered.map((row) => [`${row.kind} ${row.rule}`, refusalIn(row, cart) ?? 'applied'] as const);
    expect(Object.fromEntries(found)).toMatchObject(reasons);
    expect(breakdown.reduce((sum, { amount }) => sum + amount, 0)).toBe(total);
  });

  test.each(examples)('$title, by exact fractions', (example) => {
    const { cart, rules, standing, now, quote, reasons } = example;
    const opinion = secondOpinion(cart, rules, standing, now);
    expect(Number(opinion.total)).toBe(quote.total);
    const verdicts = [
      ...[...opinion.promotions].map(([id, one]) => [`promotion ${id}`, one.applied ? 'applied' : one.reason] as const),
      ...opinion.coupons.map(({ code, reason }) => [`coupon ${code}`, reason ?? 'applied'] as const),
      ...[...opinion.feeReasons].map(([code, reason]) => [`fee ${code}`, reason ?? 'applied'] as const),
    ];
    const said = Object.entries(reasons).filter(([thing]) => /^(promotion|coupon|fee) /.test(thing));
    expect(Object.fromEntries(verdicts)).toMatchObject(Object.fromEntries(said));
  });
});
