import { describe, expect, it } from '@jest/globals';
import { CART_MAX_LINES, CART_MAX_QUANTITY, MOST_COUPONS, type Result, type VariantSnapshot } from '@kervan/contracts';
import fc from 'fast-check';
import { sampleVariant } from '../../test/neighbours.ts';
import {
  addCoupon,
  addItem,
  beginCheckout,
  changeCart,
  complete,
  emptyCart,
  noticesOf,
  quoteRequest,
  refreshLines,
  rememberAdded,
  removeCoupon,
  reopen,
  setQuantity,
  wasAdded,
  type CartState,
} from './cart.ts';

const NOW = new Date('2026-11-22T10:00:00.000Z');
const variant = (variantId: string, change: Partial<VariantSnapshot> = {}): VariantSnapshot => ({
  ...sampleVariant(variantId),
  price: 1_000,
  ...change,
});
const valueOf = <Value>(result: Result<Value>): Value => {
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
};
const codeOf = (result: Result<unknown>): string | null => (result.ok ? null : result.error.code);
const filled = (...variants: string[]): CartState =>
  variants.reduce(
    (cart, each) => valueOf(addItem(cart, variant(each), 1, `line_${each}`, NOW)),
    emptyCart('TRY', 'tr'),
  );

describe('a line', () => {
  it('is raised when its variant is put in again, and takes the price of now', () => {
    const later = new Date(NOW.getTime() + 1_000);
    const again = valueOf(
      addItem(filled('a', 'b'), variant('a', { price: 1_200, title: 'New shirt' }), 2, 'line_x', later),
    );
    expect(again.items.map(({ lineId, quantity, unitPrice }) => ({ lineId, quantity, unitPrice }))).toEqual([
      { lineId: 'line_a', quantity: 3, unitPrice: 1_200 },
      { lineId: 'line_b', quantity: 1, unitPrice: 1_000 },
    ]);
    expect(again.items[0]).toMatchObject({ title: 'New shirt', snapshotAt: later.toISOString() });
  });

  it('cannot be of what is not sold', () => {
    for (const change of [{ active: false }, { price: null }])
      expect(addItem(emptyCart('TRY', 'tr'), variant('a', change), 1, 'line_a', NOW)).toEqual({
        ok: false,
        error: { code: 'item_unavailable', details: { lines: [{ sku: 'SKU-a', variantId: 'a' }] } },
      });
  });

  it('holds 999 pieces, a cart 200 lines, and no more', () => {
    const most = valueOf(setQuantity(filled('a'), 'line_a', CART_MAX_QUANTITY));
    expect(codeOf(addItem(most, variant('a'), 1, 'line_x', NOW))).toBe('cart_full');
    expect(codeOf(addItem(filled('a'), variant('a'), CART_MAX_QUANTITY, 'line_x', NOW))).toBe('cart_full');
    const full = filled(...Array.from({ length: CART_MAX_LINES }, (_, index) => `v${index}`));
    expect(codeOf(addItem(full, variant('more'), 1, 'line_x', NOW))).toBe('cart_full');
    expect(valueOf(addItem(full, variant('v7'), 1, 'line_x', NOW)).items).toHaveLength(CART_MAX_LINES);
  });

  it('is taken out by a quantity of 0', () => {
    expect(valueOf(setQuantity(filled('a', 'b'), 'line_a', 0)).items.map(({ lineId }) => lineId)).toEqual(['line_b']);
    expect(codeOf(setQuantity(filled('a'), 'line_b', 1))).toBe('line_not_found');
  });
});

describe('a cart', () => {
  type Step = { variant: 'a' | 'b' | 'c'; change: 'add' | 'set'; quantity: number };
  const step: fc.Arbitrary<Step> = fc.record({
    variant: fc.constantFrom('a', 'b', 'c'),
    change: fc.constantFrom('add', 'set'),
    quantity: fc.integer({ min: 0, max: CART_MAX_QUANTITY }),
  });

  it('counts whatever is done to it, never past its bounds, and never changes what it was', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const pieces = new Map<string, number>();
        let cart = emptyCart('TRY', 'tr');
        for (const { variant: id, change, quantity } of steps) {
          const before = structuredClone(cart);
          const had = pieces.get(id) ?? 0;
          const next =
            change === 'set'
              ? setQuantity(cart, `line_${id}`, quantity)
              : addItem(cart, variant(id), Math.max(1, quantity), `line_${id}`, NOW);
          const wanted = change === 'set' ? quantity : had + Math.max(1, quantity);
          const possible = change === 'set' ? had > 0 : wanted <= CART_MAX_QUANTITY;
          expect(next.ok).toBe(possible);
          expect(cart).toEqual(before);
          if (!next.ok) continue;
          cart = next.value;
          if (wanted === 0) pieces.delete(id);
          else pieces.set(id, wanted);
          expect(new Map(cart.items.map((line) => [line.variantId, line.quantity]))).toEqual(pieces);
        }
      }),
    );
  });

  it('is changed by no one once it is in checkout, completed or abandoned', () => {
    for (const status of ['checkout', 'completed', 'abandoned'] as const) {
      const cart = { ...filled('a'), status };
      const tries = [
        addItem(cart, variant('b'), 1, 'line_b', NOW),
        setQuantity(cart, 'line_a', 2),
        changeCart(cart, { note: 'please' }),
        addCoupon(cart, 'TEN'),
        removeCoupon(cart, 'TEN'),
        beginCheckout(cart, 'ord_2'),
      ];
      for (const tried of tries)
        expect(tried).toMatchObject({ ok: false, error: { code: 'cart_closed', details: { status } } });
    }
  });

  it('takes what is given, keeps what is left out, gives up what is null', () => {
    const given = valueOf(changeCart(filled('a'), { email: 'a@b.co', note: 'please', shippingMethod: undefined }));
    expect(given).toMatchObject({ email: 'a@b.co', note: 'please', shippingMethod: null, extras: [] });
    const wrapped = valueOf(changeCart(given, { extras: ['gift-wrap'] }));
    expect(valueOf(changeCart(given, { extras: ['b', 'a', 'b', 'a'] })).extras).toEqual(['b', 'a']);
    expect(valueOf(changeCart(wrapped, { note: null })).extras).toEqual(['gift-wrap']);
    expect(valueOf(changeCart(wrapped, { extras: [] })).extras).toEqual([]);
    expect(valueOf(changeCart(given, { note: null }))).toMatchObject({ email: 'a@b.co', note: null });
  });

  it('holds a coupon once, in any case', () => {
    const cart = valueOf(addCoupon(valueOf(addCoupon(filled('a'), 'ten')), 'TEN'));
    expect(cart.coupons).toEqual(['TEN']);
    expect(valueOf(removeCoupon(cart, 'Ten')).coupons).toEqual([]);
    expect(valueOf(removeCoupon(cart, 'other')).coupons).toEqual(['TEN']);
    const turkish = valueOf(addCoupon(filled('a'), 'İNDİRİM'));
    for (const typed of ['indirim', 'INDIRIM', 'ındırım', 'İndirim'])
      expect(valueOf(addCoupon(turkish, typed)).coupons).toEqual([typed]);
    expect(valueOf(addCoupon(turkish, 'INDIRIM_2')).coupons).toEqual(['İNDİRİM', 'INDIRIM_2']);
  });

  it('holds so many coupons, and no more', () => {
    let cart = filled('a');
    for (let index = 0; index < MOST_COUPONS; index++) cart = valueOf(addCoupon(cart, `CODE-${index}`));
    expect(addCoupon(cart, 'MORE')).toEqual({
      ok: false,
      error: { code: 'cart_full', details: { maxCoupons: MOST_COUPONS } },
    });
    expect(valueOf(addCoupon(cart, 'code-0')).coupons).toHaveLength(MOST_COUPONS);
  });

  it('remembers the last keyed adds', () => {
    let cart = filled('a');
    for (let index = 0; index < 250; index++) cart = rememberAdded(cart, `add_${index}`);
    expect(wasAdded(cart, 'add_249')).toBe(true);
    expect(wasAdded(cart, 'add_0')).toBe(false);
    expect(cart.keyedAdds).toHaveLength(200);
  });
});

describe('the way of a cart through a checkout', () => {
  it('leads to its draft, and from there back or to the end, for that draft only', () => {
    const begun = valueOf(beginCheckout(filled('a'), 'ord_1'));
    expect(begun).toMatchObject({ status: 'checkout', orderId: 'ord_1' });
    expect(valueOf(beginCheckout(begun, 'ord_1'))).toBe(begun);
    for (const move of [reopen, complete]) expect(move(begun, 'ord_2')).toBe(begun);
    expect(reopen(begun, 'ord_1')).toMatchObject({ status: 'open', orderId: null });
    expect(complete(begun, 'ord_1')).toMatchObject({ status: 'completed', orderId: 'ord_1' });
    const open = filled('a');
    for (const move of [reopen, complete]) expect(move(open, 'ord_1')).toBe(open);
  });
});

describe('goods of now', () => {
  it('replace what was put in, under the same line and quantity', () => {
    const cart = valueOf(setQuantity(filled('a', 'b', 'c'), 'line_a', 4));
    const now = [variant('c', { active: false }), variant('a', { price: 900, weightGrams: 150 })];
    const { lines, unavailable } = refreshLines(cart.items, now, NOW);
    expect(lines.map(({ lineId, quantity, unitPrice }) => ({ lineId, quantity, unitPrice }))).toEqual([
      { lineId: 'line_a', quantity: 4, unitPrice: 900 },
      { lineId: 'line_b', quantity: 1, unitPrice: 1_000 },
      { lineId: 'line_c', quantity: 1, unitPrice: 1_000 },
    ]);
    expect(unavailable.map(({ lineId }) => lineId)).toEqual(['line_b', 'line_c']);
  });

  it('are noticed where they differ', () => {
    const [line] = filled('a').items;
    if (line === undefined) throw new Error('no line');
    expect(noticesOf(line, line)).toEqual([]);
    expect(noticesOf(line, { ...line, unitPrice: 900 })).toEqual([{ code: 'price_changed', was: 1_000, now: 900 }]);
    expect(noticesOf(line, undefined)).toEqual([{ code: 'item_unavailable' }]);
  });
});

describe('what pricing is asked', () => {
  const billing = { firstName: 'Ayşe', lastName: 'Yılmaz', line1: 'Bağdat Cd.', city: 'İstanbul', country: 'TR' };

  it('is the goods, where they go, how they are paid and by whom, and no address', () => {
    const cart: CartState = {
      ...filled('a'),
      email: 'Ayse@Example.com',
      shippingAddress: billing,
      shippingMethod: 'standard',
      payment: { provider: 'stripe', method: 'card', installments: 3 },
      coupons: ['TEN'],
      extras: ['gift-wrap'],
    };
    const asked = quoteRequest(cart);
    expect(asked).toMatchObject({
      currency: 'TRY',
      lines: [{ lineId: 'line_a', sku: 'SKU-a', quantity: 1, unitPrice: 1_000 }],
      destination: { country: 'TR', region: null, postalCode: null },
      shippingMethod: 'standard',
      payment: { provider: 'stripe', method: 'card', installments: 3 },
      coupons: ['TEN'],
      extras: ['gift-wrap'],
      email: 'ayse@example.com',
      company: false,
      firstOrder: null,
      orderId: null,
    });
    expect(JSON.stringify(asked)).not.toMatch(/Ayşe|Bağdat/);
    expect(quoteRequest(emptyCart('TRY', 'tr'))).toMatchObject({
      lines: [],
      destination: null,
      payment: null,
      email: null,
    });
  });

  it('says which draft it belongs to, so that what that holds does not stand in its way', () => {
    expect(quoteRequest(valueOf(beginCheckout(filled('a'), 'ord_1'))).orderId).toBe('ord_1');
  });

  it('says whether a company buys: one with a tax number', () => {
    const company = (change: Partial<NonNullable<CartState['billingAddress']>>) =>
      quoteRequest({ ...filled('a'), billingAddress: { ...billing, ...change } }).company;
    expect(company({ invoiceKind: 'company', taxNumber: '1234567890' })).toBe(true);
    expect(company({ invoiceKind: 'company' })).toBe(false);
    expect(company({ invoiceKind: 'company', taxNumber: '' })).toBe(false);
    expect(company({ invoiceKind: 'company', taxNumber: null })).toBe(false);
    expect(company({ invoiceKind: 'person', taxNumber: '12345678901' })).toBe(false);
    expect(company({ taxNumber: '1234567890' })).toBe(false);
  });

  it.each([
    ['TR', '1234567890', true],
    ['TR', '12345678901', true],
    ['TR', ' 123 456.78-90 ', true],
    ['TR', '123456789', false],
    ['TR', '123456789012', false],
    ['TR', 'TR12345678', false],
    ['TR', 'x', false],
    ['TR', '.', false],
    ['DE', 'DE123456789', true],
    ['DE', 'DE 123.456-789', true],
    ['DE', '1234', true],
    ['DE', '1'.repeat(20), true],
    ['DE', '123', false],
    ['DE', '1'.repeat(21), false],
    ['DE', '----', false],
    ['DE', 'none!', false],
  ])('takes a company in %s with the tax number %j for one: %s', (country, taxNumber, is) => {
    const billingAddress = { ...billing, country, invoiceKind: 'company' as const, taxNumber };
    expect(quoteRequest({ ...filled('a'), billingAddress }).company).toBe(is);
  });
});
