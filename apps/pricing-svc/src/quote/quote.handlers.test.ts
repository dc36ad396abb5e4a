import { describe, expect, test } from '@jest/globals';
import type { Context, QuoteRequest } from '@kervan/contracts';
import { line, NOW, promotion, request } from '../../test/builders.ts';
import { compileRules } from '../rules/compiled-rules.ts';
import { NO_RULES, type RuleSet } from '../rules/rule-set.ts';
import { quote } from './quote.handlers.ts';

const CONTEXT: Context = {
  tenant: 'demo',
  traceId: 'test',
  deadline: NOW.getTime() + 10_000,
  language: 'tr',
  actor: { kind: 'system' },
};

/** What a quote asks the database for. */
const lookupsOf = async (promotions: RuleSet['promotions'], asked: Partial<QuoteRequest>): Promise<string[]> => {
  const rules = compileRules({ ...NO_RULES, promotions });
  const lookups: string[] = [];
  const answered = await quote({
    rulesCache: { rulesOf: async () => rules },
    coupons: {
      getMany: async (_tenant, ids) => {
        lookups.push(...ids);
        return [];
      },
    },
    uses: {
      takenFor: async (_tenant, keys) => {
        lookups.push(...keys);
        return new Map();
      },
    },
    clock: () => NOW,
  })(request({ lines: [line({ unitPrice: 10_000 })], ...asked }), CONTEXT);
  expect(answered.ok).toBe(true);
  return lookups;
};

describe('a quote asks the database', () => {
  const plain = promotion({ id: 'plain', automatic: true });
  const limited = promotion({ id: 'limited', automatic: true, maxUses: 5 });

  test('nothing for a cart without coupons in a shop without limits', async () => {
    expect(await lookupsOf([plain], { orderId: 'ord_1', email: 'ayse@example.com' })).toEqual([]);
  });

  test('for what is taken of limited promotions', async () => {
    expect(await lookupsOf([plain, limited], {})).toEqual(['promotion:limited']);
  });

  test('for each code once', async () => {
    expect(await lookupsOf([plain], { coupons: ['WELCOME', 'welcome'] })).toHaveLength(1);
  });
});
