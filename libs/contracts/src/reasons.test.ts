import { describe, expect, test } from '@jest/globals';
import { Considered, REASON_TEXTS, reasonOf } from './index.ts';

describe('a reason in full', () => {
  test.each(Object.entries(REASON_TEXTS))('%s has its words in both languages', (code, texts) => {
    const amount = texts.en.includes('{amount}') ? { amount: 129_990 } : {};
    const { tr, en } = reasonOf({ code, ...amount }, 'TRY');
    expect(tr).toBe(texts.tr.replace('{amount}', '₺1.299,90'));
    expect(en.replace(/\s/g, ' ')).toBe(texts.en.replace('{amount}', 'TRY 1,299.90'));
  });

  test('says its amount as money of the currency, and whose minimum it is in words only', () => {
    expect(reasonOf({ code: 'below_minimum', amount: 1_500 }, 'USD')).toEqual({
      code: 'below_minimum',
      tr: '$15,00 tutarında ürün daha eklenmeli',
      en: 'Goods worth $15.00 more are needed',
    });
    expect(reasonOf({ code: 'matching_below_minimum', amount: 1_500 }, 'USD')).toEqual({
      code: 'below_minimum',
      tr: '$15,00 tutarında uygun ürün daha eklenmeli',
      en: 'Matching goods worth $15.00 more are needed',
    });
    expect(reasonOf({ code: 'free_from_reached', amount: 0 }, 'JPY')).toMatchObject({ en: 'Free from ¥0 of goods' });
  });

  test('of a service that knows more reasons is its code', () => {
    for (const code of ['full_moon', 'toString', '__proto__'])
      expect(reasonOf({ code, amount: 1 }, 'TRY')).toEqual({ code, tr: code, en: code });
  });

  test('that was stored with its texts is read as one without', () => {
    const row = { rule: 'sale', kind: 'promotion', applied: false };
    const texts = { tr: '₺0,01 tutarında ürün daha eklenmeli', en: 'Goods worth TRY 0.01 more are needed' };
    const { reason } = Considered.parse({ ...row, reason: { code: 'below_minimum', ...texts } });
    expect(reason).toEqual({ code: 'below_minimum' });
    expect(reason && reasonOf(reason, 'TRY').en).toBe('Goods worth … more are needed');
  });
});
