import { describe, expect, it } from '@jest/globals';
import { consideredRows, type PaymentChoice } from '@kervan/contracts';
import fc from 'fast-check';
import { quoteOf, sampleVariant, SHIPPING } from '../../test/neighbours.ts';
import { after, DRAFTED_AT } from '../../test/sample.ts';
import { addItem, emptyCart, quoteRequest, type CartState } from '../cart/cart.ts';
import { draftOrder, type DraftInput } from './draft.ts';
import { orderCollection } from './order.store.ts';

const ADDRESS = {
  firstName: 'Ayşe',
  lastName: 'Yılmaz',
  phone: '+905301112233',
  line1: 'Bağdat Cd. 12/3',
  city: 'İstanbul',
  country: 'TR',
};
const CARD: PaymentChoice = { provider: 'stripe', method: 'card', installments: 3 };

/** A cart with so many pieces of each variant, at these prices in kuruş. */
const cartOf = (goods: readonly { price: number; quantity: number }[]): CartState => {
  const shipped = { ...emptyCart('TRY', 'tr'), shippingAddress: ADDRESS, shippingMethod: 'standard' };
  return goods.reduce((cart: CartState, { price, quantity }, index) => {
    const added = addItem(cart, { ...sampleVariant(`v${index}`), price }, quantity, `line_${index}`, DRAFTED_AT);
    if (!added.ok) throw new Error(added.error.code);
    return added.value;
  }, shipped);
};
const inputOf = (cart: CartState, change: Partial<DraftInput> = {}): DraftInput => ({
  orderNo: '7K3M-9QX2-TB4F',
  checkoutKey: 'key_1',
  cartId: 'cart_1',
  locale: 'tr',
  currency: 'TRY',
  email: 'Ayse@Example.com',
  lines: cart.items,
  quote: quoteOf(quoteRequest(cart)),
  shippingAddress: ADDRESS,
  billingAddress: null,
  payment: CARD,
  note: null,
  reservedUntil: after(900),
  actor: { kind: 'guest' },
  ...change,
});

describe('the draft of an order', () => {
  it('is a snapshot of goods, prices and addresses that fits the store', () => {
    const cart = cartOf([{ price: 64_995, quantity: 2 }]);
    const draft = draftOrder(inputOf(cart), DRAFTED_AT);
    expect(draft).toMatchObject({
      status: 'draft',
      email: 'ayse@example.com',
      phone: '+905301112233',
      shippingAddress: ADDRESS,
      billingAddress: ADDRESS,
      items: [
        { lineId: 'line_0', quantity: 2, unitPrice: 64_995, total: 129_990, shipped: 0, returned: 0, refunded: 0 },
      ],
      totals: { subtotal: 129_990, shipping: SHIPPING, total: 129_990 + SHIPPING },
      shippingMethod: { code: 'standard', minDays: 1, maxDays: 3 },
      payment: {
        provider: 'stripe',
        method: 'card',
        installments: 3,
        status: 'pending',
        amount: 129_990 + SHIPPING,
        captured: 0,
      },
      reservedUntil: after(900).toISOString(),
      saga: { step: 'drafted', attempt: 1 },
      choice: { provider: 'stripe', method: 'card', returnUrl: null, installments: 3 },
      timeline: [
        { type: 'order.created', to: 'draft', at: DRAFTED_AT.toISOString(), actor: { kind: 'guest' }, public: true },
      ],
    });
    const stored = { ...draft, _id: 'ord_1', tenant: 'demo', version: 1, createdAt: DRAFTED_AT, updatedAt: DRAFTED_AT };
    expect(orderCollection.schema.parse(stored)).toEqual(stored);
  });

  it('keeps the whole explained price: coupons that count, fees, every rule that was looked at, and what is held', () => {
    const cart = { ...cartOf([{ price: 20_000, quantity: 1 }]), coupons: ['ten', 'BEATEN', 'UNKNOWN'] };
    const coupon = { maxUses: null, beaten: false, amount: 2_000 };
    const quote = quoteOf(
      quoteRequest(cart),
      new Map([
        ['ten', { ...coupon, id: 'coup_1', code: 'TEN', promotionId: 'promo_1' }],
        ['beaten', { ...coupon, id: 'coup_2', code: 'BEATEN', promotionId: 'promo_2', beaten: true }],
      ]),
    );
    const wrap = {
      code: 'gift-wrap',
      name: 'Gift wrap',
      amount: 1_200,
      tax: { rate: 2_000, amount: 200, included: true },
      refundable: true,
    };
    const draft = draftOrder(inputOf(cart, { quote: { ...quote, fees: [wrap] } }), DRAFTED_AT);
    expect(draft).toMatchObject({
      coupons: [{ code: 'TEN', promotionId: 'promo_1', amount: 2_000 }],
      fees: [{ ...wrap, refunded: 0 }],
      totals: { discount: 2_000, breakdown: quote.breakdown },
      items: [{ discounts: [{ rule: 'promo_1', amount: 2_000 }], total: 18_000 }],
      uses: [{ promotionId: 'promo_1', couponId: 'coup_1', code: 'TEN' }],
      usesHold: 'first',
    });
    expect(draft.considered).toEqual(quote.considered);
    const considered = consideredRows(draft.considered);
    expect(considered.at(-1)).toEqual({
      rule: 'UNKNOWN',
      kind: 'coupon',
      applied: false,
      reason: { code: 'coupon_unknown' },
    });
    expect(considered.map(({ rule, applied }) => [rule, applied])).toEqual([
      ['ten', true],
      ['BEATEN', false],
      ['UNKNOWN', false],
    ]);
    const stored = { ...draft, _id: 'ord_1', tenant: 'demo', version: 1, createdAt: DRAFTED_AT, updatedAt: DRAFTED_AT };
    expect(orderCollection.schema.parse(stored)).toEqual(stored);
  });

  it('keeps a billing address of its own', () => {
    const billingAddress = {
      ...ADDRESS,
      company: 'Yılmaz Ltd.',
      invoiceKind: 'company',
      taxNumber: '1234567890',
    } as const;
    const draft = draftOrder(inputOf(cartOf([{ price: 1, quantity: 1 }]), { billingAddress }), DRAFTED_AT);
    expect(draft.billingAddress).toEqual(billingAddress);
  });

  it('asks for no payment when it costs nothing', () => {
    const cart = { ...cartOf([{ price: 0, quantity: 1 }]), shippingMethod: null };
    const draft = draftOrder(inputOf(cart), DRAFTED_AT);
    const payment = { provider: null, method: 'none', installments: 1, amount: 0 };
    expect(draft).toMatchObject({ choice: null, payment });
  });

  it('adds up, whatever is in the cart and in whatever order the quote has it', () => {
    const goods = fc.record({
      price: fc.integer({ min: 0, max: 10_000_000 }),
      quantity: fc.integer({ min: 1, max: 999 }),
    });
    fc.assert(
      fc.property(fc.array(goods, { minLength: 1, maxLength: 20 }), (list) => {
        const cart = cartOf(list);
        const quote = quoteOf(quoteRequest(cart));
        const { items, totals, payment } = draftOrder(
          inputOf(cart, { quote: { ...quote, lines: quote.lines.toReversed() } }),
          DRAFTED_AT,
        );
        expect(items.map(({ unitPrice, quantity, total }) => ({ unitPrice, quantity, total }))).toEqual(
          list.map(({ price, quantity }) => ({ unitPrice: price, quantity, total: price * quantity })),
        );
        const { subtotal, discount, shipping, fees, tax, taxIncluded, total, breakdown } = totals;
        expect(subtotal - discount + shipping + fees + tax - taxIncluded).toBe(total);
        expect(breakdown.reduce((sum, row) => sum + row.amount, 0)).toBe(total);
        expect(payment.amount).toBe(total);
      }),
    );
  });

  it('is not made of a quote that leaves a line out', () => {
    const cart = cartOf([{ price: 1, quantity: 1 }]);
    const quote = { ...quoteOf(quoteRequest(cart)), lines: [] };
    expect(() => draftOrder(inputOf(cart, { quote }), DRAFTED_AT)).toThrow('line_0');
  });
});
