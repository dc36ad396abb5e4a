/** A name in both languages. */
export const NAME = { tr: 'Ad', en: 'Name' };

/** What is sent. */
export type Body = Readonly<Record<string, unknown>>;
/** What is wrong, the fields that have to be named, and what is sent. `$zone` and the like stand for ids of the shop. */
export type Wrong = readonly [what: string, named: readonly string[], body: Body];

const place = (given: Body) => ({ name: 'Zone', includes: [{ country: 'TR', ...given }] });
const GEOZONES: readonly Wrong[] = [
  ['nothing', ['name', 'includes'], {}],
  ['no places', ['includes'], { name: 'Zone', includes: [] }],
  ['a country in small letters', ['includes.0.country'], place({ country: 'tr' })],
  ['a country of three letters', ['includes.0.country'], place({ country: 'TUR' })],
  ['a country there is not', ['includes.0.country'], place({ country: 'XX' })],
  ['a province there is not', ['includes.0.region'], place({ region: '82' })],
  ['a region of another country', ['includes.0.region'], place({ country: 'DE', region: '34' })],
  ['a range the wrong way round', ['includes.0.postalCodes.1'], place({ postalCodes: ['34*', '35999-35000'] })],
  ['ranges that overlap', ['includes.0.postalCodes.1'], place({ postalCodes: ['34000-34999', '34500-35999'] })],
  ['a pattern that is none', ['includes.0.postalCodes.0'], place({ postalCodes: ['3*4'] })],
  ['an exclude there is not', ['excludes.0.country'], { ...place({}), excludes: [{ country: 'ZZ' }] }],
  ['an unknown field of a place', ['includes.0.city'], place({ city: 'İzmir' })],
  ['an unknown field', ['color'], { ...place({}), color: 'red' }],
  ['a number for a name', ['name'], { ...place({}), name: 5 }],
];
const tax = (given: Body) => ({
  geozoneId: '$zone',
  taxClass: 'luxury',
  rate: 100,
  included: true,
  name: NAME,
  ...given,
});
const TAX_RATES: readonly Wrong[] = [
  ['an unknown geozone', ['geozoneId'], tax({ geozoneId: 'zone_none' })],
  ['no geozone', ['geozoneId'], tax({ geozoneId: null })],
  ['a rate over 100 %', ['rate'], tax({ rate: 10_001 })],
  ['a rate below zero', ['rate'], tax({ rate: -1 })],
  ['a rate between two basis points', ['rate'], tax({ rate: 0.5 })],
  ['a rate as text', ['rate'], tax({ rate: '20' })],
  ['a text for yes or no', ['included'], tax({ included: 'yes' })],
  ['no name', ['name'], tax({ name: {} })],
  ['a priority out of bounds', ['priority'], tax({ priority: 1_001 })],
  ['a wrong exemption', ['companiesExempt'], tax({ companiesExempt: 1 })],
  ['an unknown field', ['percent'], tax({ percent: 20 })],
];
const rates = (...bands: Body[]) => [{ geozoneId: '$zone', basis: 'weight', bands }];
const ship = (given: Body) => ({
  code: 'new',
  name: NAME,
  rates: rates({ from: 0, amount: 1 }),
  minDays: 1,
  maxDays: 3,
  ...given,
});
const bands = (...list: Body[]) => ship({ rates: rates(...list) });
const SHIPPING_METHODS: readonly Wrong[] = [
  ['a gap', ['rates.0.bands.1.from'], bands({ from: 0, to: 5, amount: 1 }, { from: 6, amount: 1 })],
  ['an overlap', ['rates.0.bands.1.from'], bands({ from: 0, to: 5, amount: 1 }, { from: 4, amount: 1 })],
  ['a late start', ['rates.0.bands.0.from'], bands({ from: 1, amount: 1 })],
  ['an empty band', ['rates.0.bands.0.to'], bands({ from: 0, to: 0, amount: 1 }, { from: 0, amount: 1 })],
  ['a band after an open one', ['rates.0.bands.1'], bands({ from: 0, amount: 1 }, { from: 5, amount: 1 })],
  ['a price below zero', ['rates.0.bands.0.amount'], bands({ from: 0, amount: -1 })],
  ['no bands', ['rates.0.bands'], bands()],
  ['no rates', ['rates'], ship({ rates: [] })],
  [
    'an unknown geozone',
    ['rates.0.geozoneId'],
    ship({ rates: [{ ...rates({ from: 0, amount: 1 })[0], geozoneId: 'zone_none' }] }),
  ],
  [
    'a flat rate with bands',
    ['rates.0.bands'],
    ship({
      rates: [
        {
          geozoneId: '$zone',
          basis: 'flat',
          bands: [
            { from: 0, to: 5, amount: 1 },
            { from: 5, amount: 1 },
          ],
        },
      ],
    }),
  ],
  [
    'a geozone twice',
    ['rates.1.geozoneId'],
    ship({ rates: [...rates({ from: 0, amount: 1 }), ...rates({ from: 0, amount: 1 })] }),
  ],
  ['an unknown basis', ['rates.0.basis'], ship({ rates: [{ ...rates({ from: 0, amount: 1 })[0], basis: 'volume' }] })],
  ['an unknown kind', ['kind'], ship({ kind: 'drone' })],
  ['days the wrong way round', ['maxDays'], ship({ minDays: 4 })],
  ['days below zero', ['minDays'], ship({ minDays: -1 })],
  ['a currency there is not', ['currency'], ship({ currency: 'XYZ' })],
  ['a code with a space', ['code'], ship({ code: 'two words' })],
  ['an unknown field', ['speed'], ship({ speed: 1 })],
];
const fee = (given: Body) => ({ code: 'new', name: NAME, ...given });
const FEE_RULES: readonly Wrong[] = [
  ['neither amount nor rate', ['amount'], fee({})],
  ['both', ['amount', 'rate'], fee({ amount: 1, rate: 1 })],
  ['limits of an amount', ['min', 'max'], fee({ amount: 1, min: 1, max: 2 })],
  ['limits the wrong way round', ['max'], fee({ rate: 1, min: 2, max: 1 })],
  ['a rate over 100 %', ['rate'], fee({ rate: 10_001 })],
  ['an amount below zero', ['amount'], fee({ amount: -1 })],
  ['half an amount', ['amount'], fee({ amount: 0.5 })],
  ['an unknown geozone', ['when.geozoneId'], fee({ amount: 1, when: { geozoneId: 'zone_none' } })],
  ['an unknown shipping method', ['when.shippingMethod'], fee({ amount: 1, when: { shippingMethod: 'rocket' } })],
  ['subtotals the wrong way round', ['when.maxSubtotal'], fee({ amount: 1, when: { minSubtotal: 2, maxSubtotal: 1 } })],
  ['a way to pay that is none', ['when.paymentMethod'], fee({ amount: 1, when: { paymentMethod: 'Cash!' } })],
  ['an unknown condition', ['when.weather'], fee({ amount: 1, when: { weather: 'rain' } })],
  ['the code of installments', ['code'], fee({ code: 'installments', amount: 1 })],
  ['a text for yes or no', ['optional'], fee({ amount: 1, optional: 'no' })],
  ['an unknown field', ['tip'], fee({ amount: 1, tip: 1 })],
];
const offer = (given: Body) => ({ name: NAME, kind: 'percentage', value: 1_000, ...given });
const pieces = { kind: 'buyXGetY', value: 10_000, buyQuantity: 2, getQuantity: 1 };
const PROMOTIONS: readonly Wrong[] = [
  ['an unknown kind', ['kind'], offer({ kind: 'lottery' })],
  ['a percentage over 100 %', ['value'], offer({ value: 10_001 })],
  ['a percentage of nothing', ['value'], offer({ value: 0 })],
  ['no value', ['value'], { name: NAME, kind: 'fixed' }],
  ['a value below zero', ['value'], offer({ kind: 'fixed', value: -1 })],
  ['half free shipping', ['value'], offer({ kind: 'freeShipping', value: 5_000 })],
  ['free shipping of items', ['scope'], { name: NAME, kind: 'freeShipping', scope: 'items' }],
  ['pieces of the order', ['scope'], offer({ ...pieces, scope: 'order' })],
  ['no quantities', ['buyQuantity', 'getQuantity'], { name: NAME, kind: 'buyXGetY' }],
  ['quantities of a percentage', ['buyQuantity'], offer({ buyQuantity: 2 })],
  ['no pieces to buy', ['buyQuantity'], offer({ ...pieces, buyQuantity: 0 })],
  ['a most of a fixed discount', ['maxDiscount'], offer({ kind: 'fixed', maxDiscount: 5 })],
  ['an end before the start', ['endsAt'], offer({ startsAt: '2026-06-02T00:00:00Z', endsAt: '2026-06-01T00:00:00Z' })],
  ['a day there is not', ['startsAt'], offer({ startsAt: '2026-02-30T00:00:00Z' })],
  ['a date without a time', ['endsAt'], offer({ endsAt: '2026-06-01' })],
  ['a use of nobody', ['maxUses'], offer({ maxUses: 0 })],
  ['half a use', ['maxUsesPerCustomer'], offer({ maxUsesPerCustomer: 0.5 })],
  ['a currency there is not', ['currency'], offer({ currency: 'ABC' })],
  ['ids that are none', ['conditions.productIds.0'], offer({ conditions: { productIds: [{ $gt: '' }] } })],
  ['an unknown condition', ['conditions.moon'], offer({ conditions: { moon: 'full' } })],
  ['a priority out of bounds', ['priority'], offer({ priority: -1 })],
  ['no name', ['name'], offer({ name: '' })],
  ['an unknown field', ['discount'], offer({ discount: 10 })],
];
const coupon = (given: Body) => ({ promotionId: '$promotion', ...given });
const COUPONS: readonly Wrong[] = [
  ['an unknown promotion', ['promotionId'], coupon({ promotionId: 'promo_none' })],
  ['no promotion', ['promotionId'], coupon({ promotionId: null })],
  ['a use of nobody', ['maxUses'], coupon({ maxUses: 0 })],
  ['uses as text', ['maxUsesPerCustomer'], coupon({ maxUsesPerCustomer: '1' })],
  ['a text for yes or no', ['enabled'], coupon({ enabled: 'yes' })],
  ['an unknown field', ['usedCount'], coupon({ usedCount: 0 })],
];
const COUPON_CODES: readonly Wrong[] = [
  ['no code', ['code'], coupon({ code: '  ' })],
  ['a code with a space', ['code'], coupon({ code: 'TWO WORDS' })],
  ['a code too long', ['code'], coupon({ code: 'X'.repeat(61) })],
];
const BATCHES: readonly Wrong[] = [
  ['no number', ['count'], {}],
  ['none', ['count'], { count: 0 }],
  ['too many', ['count'], { count: 1_001 }],
  ['codes too short', ['length'], { count: 1, length: 7 }],
  ['codes too long', ['length'], { count: 1, length: 25 }],
  ['a prefix in small letters', ['prefix'], { count: 1, prefix: 'yaz' }],
  ['a use of nobody', ['maxUses'], { count: 1, maxUses: 0 }],
  ['an unknown field', ['code'], { count: 1, code: 'X' }],
];
const rows = (...list: Body[]) => ({ provider: 'stripe', rows: list });
const INSTALLMENT_TABLES: readonly Wrong[] = [
  ['a number twice', ['rows.1.installments'], rows({ installments: 3, rate: 1 }, { installments: 3, rate: 2 })],
  ['no rows', ['rows'], rows()],
  ['one installment', ['rows.0.installments'], rows({ installments: 1, rate: 0 })],
  ['too many installments', ['rows.0.installments'], rows({ installments: 37, rate: 0 })],
  ['a rate over 100 %', ['rows.0.rate'], rows({ installments: 3, rate: 10_001 })],
  ['a rate as text', ['rows.0.rate'], rows({ installments: 3, rate: '3' })],
  ['a total below zero', ['minTotal'], { ...rows({ installments: 3, rate: 1 }), minTotal: -1 }],
  ['a provider that is none', ['provider'], { ...rows({ installments: 3, rate: 1 }), provider: 'My Bank' }],
  ['a currency there is not', ['currency'], { ...rows({ installments: 3, rate: 1 }), currency: 'ABC' }],
  ['an unknown field', ['bank'], { ...rows({ installments: 3, rate: 1 }), bank: 'x' }],
];
const cart = (given: Body) => ({ lines: [{ sku: 'A', quantity: 1, unitPrice: 100 }], ...given });
const PREVIEWS: readonly Wrong[] = [
  ['neither items nor lines', ['items'], {}],
  ['no lines', ['lines'], { lines: [] }],
  ['no pieces', ['lines.0.quantity'], { lines: [{ sku: 'A', quantity: 0, unitPrice: 100 }] }],
  ['a price below zero', ['lines.0.unitPrice'], { lines: [{ sku: 'A', quantity: 1, unitPrice: -1 }] }],
  ['a country that is none', ['destination.country'], cart({ destination: { country: 'Turkey' } })],
  ['a currency there is not', ['currency'], cart({ currency: 'ABC' })],
  ['too many coupons', ['coupons'], cart({ coupons: Array.from({ length: 21 }, (_, index) => `C${index}`) })],
  ['extras that are no codes', ['extras.0'], cart({ extras: [5] })],
  ['groups that are no list', ['customerGroups'], cart({ customerGroups: 'wholesale' })],
  ['a text for yes or no', ['firstOrder'], cart({ firstOrder: 'yes' })],
  ['no installments', ['payment.installments'], cart({ payment: { provider: 'a', method: 'b', installments: 0 } })],
  ['an unknown field', ['discount'], cart({ discount: 5 })],
];
/** The same mistakes in a change, without those of fields that are simply left out. */
const ofChange = (wrongs: readonly Wrong[], ...without: string[]) => wrongs.filter(([what]) => !without.includes(what));

/** By route: bodies that are wrong, each with the fields that have to be named. */
export const WRONG_RULES: Readonly<Record<string, readonly Wrong[]>> = {
  'POST /admin/geozones': GEOZONES,
  'PATCH /admin/geozones/$zone': ofChange(GEOZONES, 'nothing'),
  'POST /admin/tax-rates': TAX_RATES,
  'PATCH /admin/tax-rates/$tax': TAX_RATES,
  'POST /admin/shipping-methods': SHIPPING_METHODS,
  'PATCH /admin/shipping-methods/$ship': [
    ...SHIPPING_METHODS,
    ['days that no longer fit', ['maxDays'], { minDays: 9 }],
  ],
  'POST /admin/fee-rules': FEE_RULES,
  'PATCH /admin/fee-rules/$fee': [
    ...ofChange(FEE_RULES, 'neither amount nor rate', 'both', 'limits the wrong way round', 'a rate over 100 %'),
    ['a rate beside the amount', ['amount', 'rate'], { rate: 5 }],
    ['no amount any more', ['amount'], { amount: null }],
  ],
  'PATCH /admin/fee-rules/$rated': [
    ['an amount beside the rate', ['amount', 'rate'], { amount: 5 }],
    ['a least without the rate', ['min'], { amount: 5, rate: null }],
    ['a most below the least', ['max'], { max: 99 }],
  ],
  'POST /admin/promotions': PROMOTIONS,
  'PATCH /admin/promotions/$promotion': [
    ...PROMOTIONS,
    ['another kind without its value', ['value'], { kind: 'fixed' }],
  ],
  'PATCH /admin/promotions/$pieces': [
    ['a start after the end', ['endsAt'], { startsAt: '2026-12-02T00:00:00Z' }],
    ['no quantity any more', ['getQuantity'], { getQuantity: null }],
    ['another kind with quantities', ['buyQuantity'], { kind: 'percentage', value: 5, buyQuantity: 2 }],
  ],
  'POST /admin/coupons': [
    ...COUPONS.map(([what, named, body]): Wrong => [what, named, { code: 'NEW', ...body }]),
    ...COUPON_CODES,
  ],
  'PATCH /admin/coupons/$coupon': COUPONS,
  'PATCH /admin/coupons/ten': [
    ['another code', ['code'], { code: 'ELEVEN' }],
    ['an unknown promotion', ['promotionId'], { promotionId: 'promo_none' }],
  ],
  'POST /admin/promotions/$promotion/coupons': BATCHES,
  'POST /admin/installment-tables': INSTALLMENT_TABLES,
  'PATCH /admin/installment-tables/$table': INSTALLMENT_TABLES,
  'POST /admin/quotes/preview': PREVIEWS,
};
