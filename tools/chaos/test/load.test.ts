import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  check,
  eventually,
  HistoryEntry,
  startStack,
  startStripeFake,
  untilQuiet,
  violationText,
  type Stack,
  type StripeFake,
} from '@kervan/testing';
import { listOrders } from '@kervan/testing/shop';
import { openHistory, type History } from '../src/load/history.ts';
import { KINDS } from '../src/load/kinds.ts';
import { KIND_NAMES, startLoad } from '../src/load/load.ts';
import { createRandom } from '../src/load/random.ts';
import { prepareShops, type Shops } from '../src/load/shops.ts';

let stack: Stack;
let stripe: StripeFake;
let shops: Shops;
let folder: string;
let history: History;
const random = createRandom(4);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kervan-load-'));
  history = openHistory(join(folder, 'history.jsonl'));
  stripe = await startStripeFake();
  stack = await startStack({
    env: {
      STRIPE_API_BASE: stripe.url,
      RESERVATION_TTL_S: '4',
      RESERVATION_SWEEP_S: '0.3',
      RECONCILE_S: '1',
      LOG_LEVEL: 'error',
    },
  });
  shops = await prepareShops({ place: stack, stripe, random: random.fork('shops') });
}, 120_000);
afterAll(async () => {
  await stack.stop();
  await stripe.stop();
  rmSync(folder, { recursive: true });
}, 60_000);

const ENDED = new Set(['confirmed', 'expired', 'cancelled']);
/** Orders of all shops. */
const allOrders = async () => (await Promise.all(shops.shops.map((shop) => listOrders(shop)))).flat();

describe('buyers of every kind, while nothing is broken', () => {
  it('come again and again until they are stopped, and then go', async () => {
    const load = startLoad({ shops, random: random.fork('load'), history, buyers: 8, patienceMs: 60_000 });
    try {
      await eventually(
        () => {
          const { kinds } = load.counts();
          expect(KIND_NAMES.filter((name) => (kinds[name] ?? 0) < KINDS[name].weight)).toEqual([]);
        },
        { withinMs: 120_000, everyMs: 100 },
      );
    } finally {
      await load.stop();
    }
    const { begun, ended } = load.counts();
    expect(ended).toBe(begun);
    await history.close();
  }, 200_000);

  it('get an answer to every call, and it is written down', () => {
    const lines = readFileSync(join(folder, 'history.jsonl'), 'utf8').trimEnd().split('\n');
    const entries = lines.map((line) => HistoryEntry.parse(JSON.parse(line)));
    expect(entries).toEqual(history.entries());
    // Whoever clicks twice on a slow machine may be told that the first click is still at work.
    const unknown = entries.filter(({ outcome, code }) => outcome === 'unknown' && code !== 'idempotency_in_progress');
    expect(unknown).toEqual([]);
    expect(new Set(entries.map(({ call }) => call))).toEqual(
      new Set([
        'cart',
        'add',
        'coupon',
        'issueCoupon',
        'checkout',
        'retryPayment',
        'confirm',
        'pay',
        'step',
        'cancel',
        'track',
        'adjust',
        'list',
      ]),
    );
    const codes = new Set(entries.map(({ code }) => code));
    for (const code of [
      'out_of_stock',
      'coupon_exhausted',
      'total_changed',
      'cart_closed',
      'cart_empty',
      'cart_not_found',
      'card_declined',
      'idempotency_key_reused',
      'order_not_found',
    ])
      expect(codes).toContain(code);
    expect(lines.filter((line) => /_secret_|@|sk_test|4242424242424242/.test(line))).toEqual([]);
  });

  it('leave orders that have all ended, in every way there is, and nothing that a checker could say', async () => {
    const { mongo, nats } = stack.backends;
    const input = {
      mongoUri: mongo.uri,
      nats: { url: nats.url, seed: nats.seeds.setup },
      api: { gateway: stack.gateway, tenants: shops.tenants },
      providers: shops.accounts.map((account) => ({ ...account, apiBase: stripe.url })),
      history: history.entries(),
    };
    await untilQuiet(input, 60_000);
    const report = await check(input);
    expect(violationText(report.violations)).toBe('');
    expect(report.counts.history.ok).toBeGreaterThan(0);
    const orders = await allOrders();
    expect(new Set(orders.map(({ status }) => status))).toEqual(ENDED);
    expect(new Set(orders.map(({ payment }) => payment.provider))).toEqual(new Set(['stripe', 'sandbox']));
    expect(orders.flatMap(({ refunds }) => refunds).length).toBeGreaterThan(0);
    expect(report.counts.redemptions).toMatchObject({ redeemed: expect.any(Number), released: expect.any(Number) });
    expect(report.counts.redemptions['held']).toBeUndefined();
    const told = new Set(history.entries().map(({ orderNo }) => orderNo));
    const confirmed = orders.filter(({ status }) => status === 'confirmed');
    expect(confirmed.map(({ orderNo }) => orderNo).filter((orderNo) => !told.has(orderNo))).toEqual([]);
  }, 120_000);
});
