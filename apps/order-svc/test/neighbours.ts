import { answer, type Caller, type Entry } from '@kervan/bus';
import {
  catalogRpc,
  couponKey,
  couponProblem,
  fail,
  groupConsidered,
  inventoryRpc,
  ok,
  paymentRpc,
  pricingRpc,
  type BoundedPaymentOption,
  type Context,
  type ErrorCode,
  type Failure,
  type NewEvent,
  orderEvents,
  type OpenPayment,
  type Payment,
  type PromotionUse,
  type Quote,
  type QuoteRequest,
  type Reservation,
  type Result,
  type VariantSnapshot,
} from '@kervan/contracts';
import type { z } from 'zod';

type Answering = Extract<Entry, { kind: 'answer' }>;

const STAMP = '2026-11-22T10:00:00.000Z';

/** What a test can do to the neighbours of order-svc, and see of them. Everything is in memory. */
export type Neighbours = {
  /** The entries by which they answer. */
  readonly entries: readonly Answering[];
  /** Calls so far, as `rpc.owner.method`. */
  readonly calls: string[];
  readonly variants: Map<string, VariantSnapshot>;
  /** Pieces on hand by SKU; goods without an entry are plentiful. */
  readonly onHand: Map<string, number>;
  readonly reservations: Map<string, Reservation>;
  readonly payments: Map<string, Payment>;
  /** Answers the next call of this kind with a refusal instead. */
  readonly refuseNext: (rpc: { subject: string }, code: ErrorCode, details?: Record<string, unknown>) => void;
  /** What a quote says is wrong with a cart, beside its coupons. */
  problems: Quote['problems'];
  /** The ways to pay that the shop offers. */
  paymentOptions: BoundedPaymentOption[];
  /** Changes what a quote says. */
  adjust: (quote: Quote, request: QuoteRequest) => Quote;
  /** What pricing was asked to price, newest last. */
  readonly quoted: QuoteRequest[];
  /** Coupons by `couponKey`. */
  readonly coupons: Map<string, SampleCoupon>;
  /** What orders hold of coupons. */
  readonly redemptions: Map<string, SampleRedemption>;
  /** Makes a coupon that takes an amount off, in minor units; so many times, or as often as anyone likes. */
  readonly issue: (code: string, change?: Partial<SampleCoupon>) => SampleCoupon;
  /** How many drafts and orders have a use of the coupon. */
  readonly usesOf: (coupon: SampleCoupon) => number;
  /** Answers the next call of this kind only when told so. */
  readonly holdNext: (rpc: { subject: string }) => () => void;
  /** Puts a variant on sale; the price in minor units. */
  readonly sell: (variantId: string, change?: Partial<VariantSnapshot>) => VariantSnapshot;
  /** Changes a payment as its provider would, and gives its new snapshot. */
  readonly move: (paymentId: string, change: Partial<Payment>) => Payment;
  /** Confirmed orders whose goods were gone, not yet told. */
  readonly failedCommits: string[];
  /** Lets inventory, payments and pricing hear an event of an order. */
  readonly hear: (event: Pick<NewEvent, 'type' | 'data'>) => void;
};

/** A coupon that takes so much off the goods, in minor units. `beaten`: there is a better discount. */
export type SampleCoupon = {
  id: string;
  code: string;
  promotionId: string;
  amount: number;
  maxUses: number | null;
  beaten: boolean;
};
export type SampleRedemption = { status: 'held' | 'redeemed' | 'released'; uses: PromotionUse[]; late: boolean };

/** Shipping costs this much, in minor units, whatever the method. */
export const SHIPPING = 4_990;

export const startNeighbours = (): Neighbours => {
  const calls: string[] = [];
  const variants = new Map<string, VariantSnapshot>();
  const onHand = new Map<string, number>();
  const reservations = new Map<string, Reservation>();
  const payments = new Map<string, Payment>();
  const refusals = new Map<string, Failure[]>();
  const gates = new Map<string, Promise<void>[]>();
  const failedCommits: string[] = [];
  const coupons = new Map<string, SampleCoupon>();
  const redemptions = new Map<string, SampleRedemption>();
  const quoted: QuoteRequest[] = [];

  const held = (sku: string): number =>
    [...reservations.values()]
      .filter(({ status }) => status === 'held')
      .flatMap(({ lines }) => lines)
      .reduce((sum, line) => sum + (line.sku === sku ? line.quantity : 0), 0);
  const available = (sku: string): number => (onHand.get(sku) ?? Number.MAX_SAFE_INTEGER) - held(sku);
  const take = ({ orderId, lines, expiresAt }: z.output<typeof inventoryRpc.reserve.request>): Result<Reservation> => {
    const short = lines.filter((line) => available(line.sku) < line.quantity);
    if (short.length > 0)
      return fail('out_of_stock', {
        lines: short.map(({ sku, quantity }) => ({ sku, requested: quantity, available: available(sku) })),
      });
    const reservation = { orderId, status: 'held', lines, expiresAt, createdAt: STAMP, updatedAt: STAMP } as const;
    reservations.set(orderId, reservation);
    return ok(reservation);
  };
  /** Moves what is counted; other goods stay plentiful. */
  const shift = ({ lines }: Reservation, sign: 1 | -1): void => {
    for (const { sku, quantity } of lines) {
      const there = onHand.get(sku);
      if (there !== undefined) onHand.set(sku, there + sign * quantity);
    }
  };
  const end = (orderId: string): void => {
    const reservation = reservations.get(orderId);
    if (reservation === undefined) return;
    if (reservation.status === 'committed') shift(reservation, 1);
    reservations.set(orderId, { ...reservation, status: 'released' });
  };
  /** Goods that were given up meanwhile are taken anew. */
  const commit = (orderId: string): void => {
    const known = reservations.get(orderId);
    if (known === undefined || known.status === 'committed') return;
    const taken = known.status === 'held' ? ok(known) : take({ ...known, again: true });
    if (taken.ok) {
      reservations.set(orderId, { ...taken.value, status: 'committed' });
      shift(taken.value, -1);
    } else failedCommits.push(orderId);
  };
  const move = (paymentId: string, change: Partial<Payment>): Payment => {
    const payment = payments.get(paymentId);
    if (payment === undefined) throw new Error(`no payment ${paymentId}`);
    const next = { ...payment, ...change, version: payment.version + 1 };
    payments.set(paymentId, next);
    return next;
  };
  const ofOrder = (orderId: string | undefined): Payment[] =>
    [...payments.values()].filter((payment) => payment.orderId === orderId).reverse();

  const usesOf = ({ id }: { id: string }, except?: string | null): number =>
    [...redemptions].filter(
      ([orderId, { status, uses }]) =>
        orderId !== except && status !== 'released' && uses.some(({ couponId }) => couponId === id),
    ).length;
  const isUsedUp = (coupon: SampleCoupon, orderId: string | null): boolean =>
    coupon.maxUses !== null && usesOf(coupon, orderId) >= coupon.maxUses;
  const hold = ({ orderId, uses, late }: z.output<typeof pricingRpc.holdUses.request>): Result<SampleRedemption> => {
    const known = redemptions.get(orderId);
    if (known?.status === 'redeemed') return ok(known);
    if (known?.status === 'released' && !late) return fail('reservation_closed');
    if (known?.status === 'held') {
      // The end of the order's first life may still be on its way: it must not take these away.
      const held = { ...known, late: known.late || late };
      redemptions.set(orderId, held);
      return ok(held);
    }
    const short = uses.filter((use) =>
      [...coupons.values()].some((coupon) => coupon.id === use.couponId && isUsedUp(coupon, orderId)),
    );
    if (short.length > 0) return fail('coupon_exhausted', { uses: short.map((use) => ({ ...use, reason: USED_UP })) });
    const held: SampleRedemption = { status: 'held', uses, late };
    redemptions.set(orderId, held);
    return ok(held);
  };
  /** What was said before the order held once more counts no longer. */
  const moveUses = (
    orderId: string,
    status: 'redeemed' | 'released',
    late: boolean,
    uses: PromotionUse[] = [],
  ): void => {
    const known = redemptions.get(orderId);
    if (known?.late === true && !late) return;
    redemptions.set(orderId, { uses: known?.uses ?? uses, status, late });
  };
  const world: Neighbours = {
    calls,
    variants,
    onHand,
    reservations,
    payments,
    failedCommits,
    problems: [],
    paymentOptions: [samplePaymentOption()],
    adjust: (quote) => quote,
    quoted,
    coupons,
    redemptions,
    issue: (code, change = {}) => {
      const key = couponKey(code);
      const coupon = {
        id: `coup_${key}`,
        code,
        promotionId: `promo_${key}`,
        amount: 1_000,
        maxUses: null,
        beaten: false,
        ...change,
      };
      coupons.set(key, coupon);
      return coupon;
    },
    usesOf,
    refuseNext: ({ subject }, code, details) =>
      refusals.set(subject, [...(refusals.get(subject) ?? []), fail(code, details).error]),
    holdNext: ({ subject }) => {
      let open = (): void => undefined;
      const gate = new Promise<void>((resolve) => (open = resolve));
      gates.set(subject, [...(gates.get(subject) ?? []), gate]);
      return open;
    },
    sell: (variantId, change = {}) => {
      const variant = { ...sampleVariant(variantId), ...change };
      variants.set(variantId, variant);
      return variant;
    },
    move,
    hear: ({ type, data }) => {
      if (type === orderEvents.confirmed.type) commit(orderEvents.confirmed.data.parse(data).orderId);
      if (type === orderEvents.expired.type || type === orderEvents.cancelled.type) {
        const { orderId } = orderEvents.expired.data.parse(data);
        end(orderId);
        for (const payment of ofOrder(orderId))
          if (['pending', 'requires_action', 'failed', 'processing'].includes(payment.status))
            move(payment.id, { status: 'cancelled' });
      }
      for (const [fact, status] of [
        [orderEvents.usesRedeemed, 'redeemed'],
        [orderEvents.usesReleased, 'released'],
      ] as const) {
        if (type !== fact.type) continue;
        const { orderId, uses, late } = fact.data.parse(data);
        moveUses(orderId, status, late, uses);
      }
      if (type === orderEvents.refundRequested.type) {
        const { paymentId, refundId, amount, reason } = orderEvents.refundRequested.data.parse(data);
        const payment = payments.get(paymentId);
        if (payment === undefined || payment.refunds.some((refund) => refund.refundId === refundId)) return;
        const refund = {
          refundId,
          providerRef: `re_${refundId}`,
          status: 'succeeded',
          amount,
          reason,
          failure: null,
        } as const;
        const refunded = payment.refunded + amount;
        const status = refunded === payment.captured ? 'refunded' : 'partially_refunded';
        move(paymentId, { refunds: [...payment.refunds, refund], refunded, status });
      }
    },
    entries: [],
  };

  const handlers = [
    answer(catalogRpc.resolveVariants, async ({ variantIds, skus }) =>
      ok({
        variants: [...variants.values()].filter(
          (each) => variantIds.includes(each.variantId) || skus.includes(each.sku),
        ),
      }),
    ),
    answer(pricingRpc.quote, async (request) => {
      quoted.push(request);
      const quote = quoteOf(request, coupons, (coupon) => isUsedUp(coupon, request.orderId));
      return ok(world.adjust({ ...quote, problems: [...quote.problems, ...world.problems] }, request));
    }),
    answer(pricingRpc.shippingOptions, async (request) => {
      quoted.push(request);
      return ok({ options: [], unknown: world.adjust(quoteOf(request), request).unknown });
    }),
    answer(pricingRpc.paymentPrices, async ({ cart, choices }) => {
      quoted.push(cart);
      return ok({
        unknown: world.adjust(quoteOf(cart), cart).unknown,
        prices: choices.map((choice) => {
          const request = { ...cart, payment: { ...choice, installments: 1 } };
          const { total, fees } = world.adjust(quoteOf(request), request);
          const installments = [{ installments: 3, fee: 290, first: Math.ceil((total + 290) / 3), total: total + 290 }];
          return { ...choice, total, fees, installments: choice.method === 'card' ? installments : [] };
        }),
      });
    }),
    answer(pricingRpc.holdUses, async (request) => {
      const held = hold(request);
      return held.ok ? ok({ orderId: request.orderId, ...held.value, createdAt: STAMP, updatedAt: STAMP }) : held;
    }),
    answer(pricingRpc.releaseUses, async ({ orderId, late }) => {
      moveUses(orderId, 'released', late);
      return ok({ orderId, status: 'released' as const, uses: [], createdAt: STAMP, updatedAt: STAMP });
    }),
    answer(paymentRpc.listOptions, async () => ok({ options: world.paymentOptions })),
    answer(inventoryRpc.reserve, async (request) => {
      const known = reservations.get(request.orderId);
      if (known === undefined) return take(request);
      if (known.status === 'held' || known.status === 'committed') return ok(known);
      return request.again ? take(request) : fail('reservation_closed');
    }),
    answer(inventoryRpc.extend, async ({ orderId, expiresAt }) => {
      const known = reservations.get(orderId);
      if (known === undefined) return fail('not_found');
      if (known.status !== 'held') return fail('reservation_closed');
      const next = { ...known, expiresAt: known.expiresAt > expiresAt ? known.expiresAt : expiresAt };
      reservations.set(orderId, next);
      return ok(next);
    }),
    answer(inventoryRpc.release, async ({ orderId }) => {
      end(orderId);
      const known = reservations.get(orderId);
      return known === undefined ? fail('not_found') : ok(known);
    }),
    answer(paymentRpc.open, async (request) => {
      const id = `pay_${request.orderId.slice(4)}_${request.attempt}`;
      const payment = payments.get(id) ?? newPayment(id, request);
      if (payment.provider !== request.provider) return fail('conflict');
      payments.set(id, payment);
      const nextAction = { type: 'none', url: null, html: null } as const;
      return ok({ payment, clientSecret: `secret of ${id}`, nextAction });
    }),
    answer(paymentRpc.refresh, async ({ orderId }) => ok({ payments: ofOrder(orderId) })),
    answer(paymentRpc.listPayments, async ({ orderId }) => ok({ data: ofOrder(orderId), nextCursor: null })),
  ].filter((entry) => entry.kind === 'answer');
  const entries = handlers.map((entry) => ({
    ...entry,
    run: async (request: unknown, context: Context) => {
      calls.push(entry.subject);
      await gates.get(entry.subject)?.shift();
      const refused = refusals.get(entry.subject)?.shift();
      return refused === undefined ? entry.run(request, context) : { ok: false as const, error: refused };
    },
  }));
  return Object.assign(world, { entries });
};

/** A caller that asks the neighbours without a bus in between; requests and replies are parsed as the bus would. */
export const directCaller = (neighbours: Neighbours): Caller => ({
  call: async (rpc, context, request) => {
    const entry = neighbours.entries.find(({ subject }) => subject === rpc.subject);
    if (entry === undefined) throw new Error(`nobody answers ${rpc.subject}`);
    const result = await entry.run(request, context);
    return result.ok ? ok(rpc.reply.parse(result.value)) : result;
  },
});

/** A variant on sale for 100,00 TRY. */
export const sampleVariant = (variantId: string): VariantSnapshot => ({
  variantId,
  productId: `prod_${variantId}`,
  sku: `SKU-${variantId}`,
  slug: 'ocean-blue-shirt',
  title: 'Ocean Blue Shirt',
  options: { Size: 'M' },
  image: null,
  price: 10_000,
  listPrice: null,
  currency: 'TRY',
  taxClass: 'standard',
  weightGrams: 200,
  requiresShipping: true,
  brandId: null,
  categoryIds: [],
  active: true,
});

/** Card and wallet of the sandbox, which takes any amount unless told otherwise. */
export const samplePaymentOption = (
  bounds: Partial<Pick<BoundedPaymentOption, 'minAmount' | 'maxAmount'>> = {},
): BoundedPaymentOption => ({
  provider: 'sandbox',
  methods: ['card', 'wallet'],
  displayName: 'Card',
  minAmount: null,
  maxAmount: null,
  ...bounds,
});

const newPayment = (id: string, request: OpenPayment): Payment => ({
  id,
  orderId: request.orderId,
  orderNo: request.orderNo,
  attempt: request.attempt,
  provider: request.provider,
  method: request.method,
  providerRef: `ref_${id}`,
  status: 'pending',
  amount: request.amount,
  captured: 0,
  refunded: 0,
  currency: request.currency,
  mismatch: null,
  failure: null,
  refunds: [],
  attempts: [],
  version: 1,
  createdAt: STAMP,
  updatedAt: STAMP,
});

const UNKNOWN_COUPON = { code: 'coupon_unknown', tr: 'Böyle bir kupon yok', en: 'There is no such coupon' };
const USED_UP = { code: 'used_up', tr: 'Tükendi', en: 'Used up' };
const BEATEN = { code: 'better_discount', tr: 'Daha iyi bir indirim var', en: 'There is a better discount' };

/**
 * Prices contain 20 % tax; shipping has a price as soon as a method is chosen and there is something to ship. Coupons take
 * their amount off the first line.
 */
export const quoteOf = (
  { currency, lines, shippingMethod, coupons: codes }: QuoteRequest,
  known: ReadonlyMap<string, SampleCoupon> = new Map(),
  isUsedUp: (coupon: SampleCoupon) => boolean = () => false,
): Quote => {
  const given = codes.map((code) => {
    const coupon = known.get(couponKey(code));
    const reason =
      coupon === undefined ? UNKNOWN_COUPON : isUsedUp(coupon) ? USED_UP : coupon.beaten ? BEATEN : undefined;
    return { code, coupon, reason };
  });
  const applied = given.flatMap(({ coupon, reason }) => (coupon === undefined || reason !== undefined ? [] : [coupon]));
  const discount = applied.reduce((sum, coupon) => sum + coupon.amount, 0);
  const subtotal = lines.reduce((sum, line) => sum + line.unitPrice * line.quantity, 0);
  const ships = shippingMethod !== null && lines.some((line) => line.requiresShipping);
  const shipping = ships ? SHIPPING : 0;
  const taxOf = (amount: number): number => Math.round(amount / 6);
  const taxIncluded = lines.reduce((sum, line) => sum + taxOf(line.unitPrice * line.quantity), taxOf(shipping));
  const note = { tr: '', en: '' };
  return {
    currency,
    lines: lines.map(({ lineId, sku, quantity, unitPrice }, index) => ({
      lineId,
      sku,
      quantity,
      unitPrice,
      subtotal: unitPrice * quantity,
      discount: index === 0 ? discount : 0,
      discounts: index === 0 ? applied.map(({ promotionId, amount }) => ({ rule: promotionId, amount })) : [],
      tax: { rate: 2_000, amount: taxOf(unitPrice * quantity), included: true },
      total: unitPrice * quantity - (index === 0 ? discount : 0),
    })),
    subtotal,
    discount,
    shipping,
    shippingMethod: ships
      ? {
          id: 'ship_1',
          code: shippingMethod,
          name: 'Standard',
          carrier: null,
          kind: 'standard',
          minDays: 1,
          maxDays: 3,
          deliveryWindow: { tr: '1-3 iş günü içinde teslim', en: 'Delivered in 1-3 business days' },
          amount: shipping,
          discount: 0,
          tax: { rate: 2_000, amount: taxOf(shipping), included: true },
        }
      : null,
    fees: [],
    feesTotal: 0,
    extras: [],
    tax: [],
    taxTotal: taxIncluded,
    taxIncluded,
    total: subtotal - discount + shipping,
    breakdown: [
      { rule: 'items', kind: 'items', target: 'order', amount: subtotal, note },
      ...applied.map(({ promotionId, amount }) => ({
        rule: promotionId,
        kind: 'discount' as const,
        target: 'order',
        amount: -amount,
        note,
      })),
      { rule: 'shipping', kind: 'shipping', target: 'shipping', amount: shipping, note },
    ],
    considered: groupConsidered(
      given.map(({ code, reason }) => ({
        rule: code,
        kind: 'coupon',
        applied: reason === undefined,
        ...(reason === undefined ? {} : { reason: { code: reason.code } }),
      })),
    ),
    coupons: given.map(({ code, coupon, reason }) => ({
      code: coupon?.code ?? code,
      applied: reason === undefined,
      promotionId: coupon?.promotionId ?? null,
      amount: reason === undefined ? (coupon?.amount ?? 0) : 0,
      ...(reason === undefined ? {} : { reason }),
    })),
    uses: applied.map(({ id, code, promotionId }) => ({ promotionId, couponId: id, code })),
    unknown: [],
    problems: given.flatMap(({ reason }) => {
      const code = reason === undefined ? null : couponProblem(reason.code);
      return reason === undefined || code === null ? [] : [{ ...reason, code }];
    }),
    expiresAt: STAMP,
  };
};
