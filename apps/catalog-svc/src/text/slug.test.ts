import { describe, expect, it } from '@jest/globals';
import { Sku, Slug } from '@kervan/contracts';
import fc from 'fast-check';
import { derivedSkus } from '../imports/sku.ts';
import { fold, slugOf } from './slug.ts';

describe('a slug', () => {
  it('is small plain letters, Turkish ones too', () => {
    expect(slugOf('Kırmızı Çiçekli ŞIK Gömlek — Ğüzel!')).toBe('kirmizi-cicekli-sik-gomlek-guzel');
    expect(slugOf('İSTANBUL')).toBe('istanbul');
    expect(fold('Straße Łódź')).toBe('strasse lodz');
  });
  it('stands for a text without Latin letters by a fingerprint', () => {
    expect(slugOf('帽子')).toMatch(/^x-[0-9a-f]{8}$/);
    expect(slugOf('帽子')).not.toBe(slugOf('鞋'));
  });
  it('is legal for any text, the same each time, and different for different long texts', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        expect(Slug.safeParse(slugOf(text)).success).toBe(true);
        expect(slugOf(text)).toBe(slugOf(text));
      }),
    );
    const long = 'uzun '.repeat(60);
    expect(slugOf(`${long}bir`)).not.toBe(slugOf(`${long}iki`));
  });
});

describe('the SKU of a variant without one', () => {
  it('is made of the product and the option values', () => {
    expect(derivedSkus('classic-varsity-top', ['Small'])[0]).toBe('classic-varsity-top-small');
    expect(derivedSkus('ocean-blue-shirt', [])[0]).toBe('ocean-blue-shirt');
    expect(derivedSkus('gomlek', ['Kırmızı', 'XL'])[0]).toBe('gomlek-kirmizi-xl');
  });
  it('is legal and stable for any values, and the second choice tells apart what the first does not', () => {
    const value = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 3 }), fc.array(value, { maxLength: 3 }), (one, other) => {
        const [first, second] = derivedSkus('urun', one);
        for (const sku of [first, second]) expect(Sku.safeParse(sku).success).toBe(true);
        expect(derivedSkus('urun', [...one])).toEqual([first, second]);
        if (JSON.stringify(one) !== JSON.stringify(other)) expect(derivedSkus('urun', other)[1]).not.toBe(second);
      }),
    );
  });
});
