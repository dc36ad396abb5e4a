import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { reportText } from './report.ts';
import { openPricedShop } from './pricing.ts';
import {
  addToCart,
  addToFullCart,
  journey,
  listProducts,
  quote,
  runRound,
  type RoundResult,
  type Work,
} from './rounds.ts';
import { newCart, openShop, stockUp, type Shop } from './shop.ts';
import { readPids, readStack } from './stack.ts';

const { values } = parseArgs({
  options: {
    buyers: { type: 'string', default: '1,8,32' },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: 'journey,add-to-cart,full-cart,product-list,quote' },
    lines: { type: 'string', default: '1,50,200' },
    data: { type: 'string', default: process.env['KERVAN_DATA'] ?? '.data' },
  },
});

/** Buyers at once where one number tells enough. */
const CART_BUYERS = 8;
/** A service that has just started compiles its code while it works: a quote then costs a third more. */
const WARM_UP_S = 10;

const stack = readStack(values.data);
const seconds = Number(values.seconds);
const buyersAtOnce = values.buyers.split(',').map(Number);
const rounds: RoundResult[] = [];

const measure = async (name: string, buyers: number, work: (shop: Shop) => Promise<Work>): Promise<void> => {
  const shop = openShop(stack, buyers);
  const pids = { ...readPids(stack.dataFolder), bench: process.pid };
  try {
    const unit = await work(shop);
    // A round before the counted one: connections open, code compiled, caches filled.
    await runRound(name, { buyers, seconds: Math.min(WARM_UP_S, seconds), pids }, unit);
    const result = await runRound(name, { buyers, seconds, pids }, unit);
    rounds.push(result);
    console.log(`${reportText([result])}\n`);
  } finally {
    await shop.close();
  }
};

const wanted = new Set(values.rounds.split(','));
const setup = openShop(stack, 1);
const variants = await stockUp(setup, stack);
await newCart(setup);
await setup.close();

if (wanted.has('journey')) {
  for (const buyers of buyersAtOnce) await measure('journey', buyers, async (shop) => journey(shop, variants));
}
if (wanted.has('add-to-cart')) await measure('add-to-cart', CART_BUYERS, async (shop) => addToCart(shop, variants));
if (wanted.has('full-cart') || wanted.has('quote')) {
  const admin = openShop(stack, 1);
  const priced = await openPricedShop(admin, stack);
  await admin.close();
  if (wanted.has('full-cart')) {
    await measure('full-cart', CART_BUYERS, async (shop) => addToFullCart(shop, priced, CART_BUYERS));
  }
  for (const lines of wanted.has('quote') ? values.lines.split(',').map(Number) : []) {
    for (const buyers of buyersAtOnce) {
      await measure(`quote-${lines}`, buyers, async (shop) => quote(shop, priced, lines));
    }
  }
}
if (wanted.has('product-list')) await measure('product-list', 8, async (shop) => listProducts(shop));

mkdirSync('bench-results', { recursive: true });
const file = join('bench-results', `${new Date().toISOString().replaceAll(':', '-')}.json`);
const machine = { cores: cpus().length, model: cpus()[0]?.model ?? 'unknown', node: process.version };
writeFileSync(file, `${JSON.stringify({ machine, rounds }, null, 2)}\n`);
console.log(`Written to ${file}`);
