import { describe, expect, test } from '@jest/globals';
import type { PromotionRule, QuoteRequest } from '@kervan/contracts';
import { coupon, NOW, promotion, request, standing } from '../../test/builders.ts';
import { shop } from '../../test/shop.ts';
import { customerKey } from '../redemptions/tally.ts';
import { compileRules } from '../rules/compiled-rules.ts';
import { talliesWanted } from './standing.ts';

const email = 'ayse@example.com';
const who = customerKey({ email, customerId: null }) ?? '';
const YAZ = coupon({ code: 'YAZ', promotionId: 'by_code', maxUses: 5, maxUsesPerCustomer: 1 });
const wanted = (promotions: PromotionRule[], given: Partial<QuoteRequest> = {}) =>
  talliesWanted(request({ email, ...given }), compileRules(shop({ promotions })), standing([YAZ]).coupons, NOW);

describe('what has to be known of uses', () => {
  test('is nothing in a shop without limits', () => {
    const plain = promotion({ id: 'sale' });
    expect(wanted([plain, promotion({ id: 'by_code', automatic: false, maxUses: 3 })])).toEqual([]);
    expect(wanted([plain, promotion({ id: 'gone', enabled: false, maxUses: 3 })])).toEqual([]);
    expect(wanted([plain], { coupons: ['unknown'] })).toEqual([]);
  });
  test('is every limit of automatic promotions and of what coupons bring', () => {
    const rare = promotion({ id: 'rare', maxUses: 3 });
    const once = promotion({ id: 'once', maxUsesPerCustomer: 1 });
    const byCode = promotion({ id: 'by_code', automatic: false, maxUses: 3 });
    expect(wanted([rare, once, byCode])).toEqual([`promotion:once:${who}`, 'promotion:rare']);
    expect(wanted([byCode], { coupons: ['yaz', 'YAZ'] })).toEqual([
      `coupon:${YAZ.id}`,
      `coupon:${YAZ.id}:${who}`,
      'promotion:by_code',
    ]);
  });
  test('leaves out what is not for now, not for this buyer, or not known to be', () => {
    const over = promotion({ id: 'over', maxUses: 3, endsAt: '2026-01-01T00:00:00Z' });
    const first = promotion({ id: 'first', conditions: { firstOrder: true } });
    expect(wanted([over, first])).toEqual([]);
    expect(wanted([over, first], { firstOrder: true })).toEqual([`first:${who}`]);
  });
  test('leaves out customers while it is not known who buys', () => {
    const once = promotion({ id: 'once', maxUses: 9, maxUsesPerCustomer: 1 });
    expect(wanted([once], { email: null })).toEqual(['promotion:once']);
  });
});
