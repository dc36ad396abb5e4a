import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { line, promotion } from '../../test/builders.ts';
import { compilePromotion } from './compiled-promotion.ts';
import { indexPromotions, matchLines, positionsOf } from './matching.ts';

const narrow = (conditions: NonNullable<Parameters<typeof promotion>[0]['conditions']>) =>
  compilePromotion(promotion({ id: 'promo_1', conditions }));
const shoes = line({ unitPrice: 1, productId: 'prod_1', brandId: 'brand_1', categoryIds: ['cat_1', 'cat_2'] });
const book = line({ unitPrice: 1, productId: 'prod_2', brandId: null, categoryIds: ['cat_3'] });

describe('lines match a promotion', () => {
  test.each([
    ['of a product', { productIds: ['prod_2', 'prod_9'] }, [1]],
    ['of a brand', { brandIds: ['brand_1'] }, [0]],
    ['of a category, once even when they are in two of it', { categoryIds: ['cat_1', 'cat_2'] }, [0]],
    ['only when they are in every list', { productIds: ['prod_1', 'prod_2'], categoryIds: ['cat_3'] }, [1]],
    ['not without a brand when one is asked for', { productIds: ['prod_2'], brandIds: ['brand_1'] }, []],
  ])('%s', (_, conditions, positions) => {
    const one = narrow(conditions);
    expect(positionsOf(one, [shoes, book])).toEqual(positions);
    expect(matchLines(indexPromotions([one]), [shoes, book]).get(one) ?? []).toEqual(positions);
  });

  test('in the index as one by one', () => {
    const ids = (prefix: string) =>
      fc.uniqueArray(
        fc.nat(4).map((n) => `${prefix}_${n}`),
        { maxLength: 3 },
      );
    const promotions = fc.array(
      fc
        .record({ productIds: ids('prod'), brandIds: ids('brand'), categoryIds: ids('cat') })
        .map(narrow)
        .filter(({ isNarrow }) => isNarrow),
      { maxLength: 6 },
    );
    const lines = fc.array(
      fc
        .record({
          productId: fc.nat(4).map((n) => `prod_${n}`),
          brandId: fc.option(fc.nat(4).map((n) => `brand_${n}`)),
          categoryIds: ids('cat'),
        })
        .map((given) => line({ unitPrice: 1, ...given })),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(promotions, lines, (promotions, lines) => {
        const found = matchLines(indexPromotions(promotions), lines);
        for (const one of promotions) expect(found.get(one) ?? []).toEqual(positionsOf(one, lines));
      }),
      { numRuns: 300 },
    );
  });
});
