import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId, pricingRpc, type Result } from '@kervan/contracts';
import { cancelCheckout, confirmCheckout, retryPayment } from '../src/checkout/checkout.handlers.ts';
import { expireDrafts, recoverDrafts, reconcileDrafts, releaseCarts } from '../src/checkout/jobs.ts';
import { settle } from '../src/order/settle.ts';
import { checkout, lifeOf, payFor, readyCart, startWorld, TTL_S, valueOf, type Deps, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world.stop();
});

/** No flow takes more steps than this; it keeps a test that goes wrong from going on. */
const MOST_STEPS = 60;
const NEVER_STOPPED = new AbortController().signal;

/** Everything the jobs do, as a process does it that has come up after the crash. */
const runJobs = async (deps: Deps): Promise<void> => {
  await expireDrafts(deps, NEVER_STOPPED);
  await recoverDrafts(deps, NEVER_STOPPED);
  await reconcileDrafts(deps, NEVER_STOPPED);
  await releaseCarts(deps, NEVER_STOPPED);
};

/**
 * Lets the work be done by a process that dies before its first step, by another one that dies before its second, and so
 * on until one lives to the end; after each, what follows must hold. Each gets a stage of its own.
 */
const atEveryStep = async <Stage>(
  setUp: () => Promise<Stage>,
  work: (deps: Deps, stage: Stage) => Promise<unknown>,
  afterwards: (stage: Stage, step: number) => Promise<void>,
): Promise<number> => {
  for (let step = 1; step <= MOST_STEPS; step++) {
    const stage = await setUp();
    const life = lifeOf(step);
    const ended = await Promise.race([life.ended, work(world.process(life), stage).then(() => 'lived')]);
    await afterwards(stage, step);
    await world.settleDown();
    expect(await world.faults()).toEqual([]);
    if (ended === 'lived') return step;
  }
  throw new Error(`no process lived through ${MOST_STEPS} steps`);
};

const ordersOf = (cartId: string) => world.orders({ cartId });
const onlyOrderOf = async (cartId: string) => {
  const [order, ...others] = await ordersOf(cartId);
  if (order === undefined || others.length > 0) throw new Error(`${others.length + 1} orders of one cart`);
  return order;
};
const paymentsOf = (orderId: string) =>
  [...world.neighbours.payments.values()].filter((payment) => payment.orderId === orderId);
const heard = (deps: Deps, { orderId }: { orderId: string }) => {
  const payment = paymentsOf(orderId)[0];
  if (payment === undefined) throw new Error('nothing was opened');
  return settle(deps, world.context(), payment);
};
const ready = async () => ({ cartId: await readyCart(world), key: newId('event') });
const drafted = async () => {
  const stage = await ready();
  const { order } = valueOf(await checkout(world, stage.cartId, stage));
  return { ...stage, orderNo: order.orderNo, orderId: (await onlyOrderOf(stage.cartId))._id };
};

describe('a checkout whose process dies before any of its steps', () => {
  it('is gone on with by the same key: one order, one payment, ready to be paid', async () => {
    const steps = await atEveryStep(
      ready,
      (deps, { cartId, key }) => checkout(world, cartId, { key, deps }),
      async ({ cartId, key }) => {
        world.pass(11);
        const answer = valueOf(await checkout(world, cartId, { key }));
        const order = await onlyOrderOf(cartId);
        expect(answer).toMatchObject({ order: { orderNo: order.orderNo, status: 'draft' } });
        expect(answer.payment.clientSecret).toBe(`secret of ${paymentsOf(order._id)[0]?.id ?? ''}`);
        expect(paymentsOf(order._id)).toHaveLength(1);
        expect(await world.cart(cartId)).toMatchObject({ status: 'checkout', orderId: order._id });
        payFor(world, order._id);
      },
    );
    expect(steps).toBeGreaterThan(8);
  });

  it('is gone on with by the jobs, or undone, when nobody comes back', async () => {
    await atEveryStep(
      ready,
      (deps, { cartId, key }) => checkout(world, cartId, { key, deps }),
      async ({ cartId }) => {
        world.pass(61);
        await runJobs(world.process());
        const [order] = await ordersOf(cartId);
        if (order === undefined) expect(await world.cart(cartId)).toMatchObject({ status: 'open', orderId: null });
        else expect(order).toMatchObject({ status: 'draft', saga: { step: 'opened' } });

        world.pass(TTL_S);
        await runJobs(world.process());
        await world.settleDown();
        expect(await world.cart(cartId)).toMatchObject({ status: 'open' });
        for (const { _id, status } of await ordersOf(cartId)) {
          expect(status).toBe('expired');
          expect(paymentsOf(_id).map((payment) => payment.status)).toEqual(['cancelled']);
        }
      },
    );
  });

  it('leaves a cart that another key can order once it is free', async () => {
    await atEveryStep(
      ready,
      (deps, { cartId, key }) => checkout(world, cartId, { key, deps }),
      async ({ cartId }) => {
        world.pass(TTL_S + 61);
        await runJobs(world.process());
        const answer = valueOf(await checkout(world, cartId));
        expect(answer.order.status).toBe('draft');
        const live = (await ordersOf(cartId)).filter((order) => order.status === 'draft');
        expect(live.map((order) => order.orderNo)).toEqual([answer.order.orderNo]);
      },
    );
  });
});

describe('a checkout of goods that are gone, whose process dies before any of its steps', () => {
  it('leaves no draft, and a cart its buyer can change', async () => {
    const setUp = async () => {
      const variantId = newId('variant');
      world.neighbours.sell(variantId);
      world.neighbours.onHand.set(`SKU-${variantId}`, 0);
      return { cartId: await readyCart(world, [variantId]), key: newId('event') };
    };
    await atEveryStep(
      setUp,
      (deps, { cartId, key }) => checkout(world, cartId, { key, deps }),
      async ({ cartId, key }) => {
        world.pass(11);
        expect(await checkout(world, cartId, { key })).toMatchObject({ ok: false, error: { code: 'out_of_stock' } });
        expect((await ordersOf(cartId)).map((order) => order.status)).not.toContain('draft');
        expect(await world.cart(cartId)).toMatchObject({ status: 'open' });
      },
    );
  });
});

describe('the news of a payment, whose process dies before any of its steps', () => {
  const paid = async () => {
    const stage = await drafted();
    payFor(world, stage.orderId);
    return stage;
  };

  it('confirms when it comes again', async () => {
    await atEveryStep(paid, heard, async ({ orderId, cartId }) => {
      valueOf(await heard(world.process(), { orderId }));
      world.pass(61);
      await runJobs(world.process());
      expect(await onlyOrderOf(cartId)).toMatchObject({ status: 'confirmed' });
      expect(await world.cart(cartId)).toMatchObject({ status: 'completed' });
    });
  });

  it('is asked for when it never comes again', async () => {
    await atEveryStep(paid, heard, async ({ cartId }) => {
      world.pass(61);
      await runJobs(world.process());
      expect(await onlyOrderOf(cartId)).toMatchObject({ status: 'confirmed' });
      expect(await world.cart(cartId)).toMatchObject({ status: 'completed' });
    });
  });

  it('that comes late confirms with the goods taken again, or gives the money back', async () => {
    for (const left of [1, 0]) {
      const late = async () => {
        const variantId = newId('variant');
        const sku = world.neighbours.sell(variantId).sku;
        world.neighbours.onHand.set(sku, 1);
        const cartId = await readyCart(world, [variantId]);
        valueOf(await checkout(world, cartId));
        const { _id: orderId } = await onlyOrderOf(cartId);
        world.pass(TTL_S + 1);
        await expireDrafts(world.process(), NEVER_STOPPED);
        await world.settleDown();
        world.neighbours.onHand.set(sku, left);
        payFor(world, orderId);
        return { cartId, orderId };
      };
      await atEveryStep(late, heard, async ({ orderId, cartId }) => {
        valueOf(await heard(world.process(), { orderId }));
        await world.settleDown();
        const order = await onlyOrderOf(cartId);
        expect(order.status).toBe(left === 1 ? 'confirmed' : 'expired');
        expect(order.refunds.map(({ status, amount }) => ({ status, amount }))).toEqual(
          left === 1 ? [] : [{ status: 'succeeded', amount: order.totals.total }],
        );
      });
    }
  });
});

describe('a coupon that is there once, whatever process dies before any of its steps,', () => {
  let count = 0;
  const couponed = async () => {
    const { code } = world.neighbours.issue(`ONCE-${(count += 1)}`, { maxUses: 1 });
    return { code, cartId: await readyCart(world, ['shirt'], code), key: newId('event') };
  };
  const drawn = async () => {
    const stage = await couponed();
    const { order } = valueOf(await checkout(world, stage.cartId, stage));
    return { ...stage, orderNo: order.orderNo, orderId: (await onlyOrderOf(stage.cartId))._id };
  };
  const isFree = async (code: string): Promise<void> => {
    await world.settleDown();
    expect(await world.faults()).toEqual([]);
    const cartId = await readyCart(world, ['shirt'], code);
    const { order } = valueOf(await checkout(world, cartId));
    valueOf(await cancelCheckout(world.process())({ orderNo: order.orderNo }, world.context()));
  };

  it('is held by the one order of a key', async () => {
    const steps = await atEveryStep(
      couponed,
      (deps, { cartId, key }) => checkout(world, cartId, { key, deps }),
      async ({ cartId, key }) => {
        world.pass(11);
        expect(valueOf(await checkout(world, cartId, { key })).order).toMatchObject({
          status: 'draft',
          amount: 13_990,
        });
        const { _id: orderId } = await onlyOrderOf(cartId);
        expect(world.neighbours.redemptions.get(orderId)).toMatchObject({ status: 'held' });
        payFor(world, orderId);
      },
    );
    expect(steps).toBeGreaterThan(9);
  });

  it('is free again when nobody comes back', async () => {
    await atEveryStep(
      couponed,
      (deps, { cartId, key }) => checkout(world, cartId, { key, deps }),
      async ({ code }) => {
        world.pass(61);
        await runJobs(world.process());
        world.pass(TTL_S);
        await runJobs(world.process());
        await isFree(code);
      },
    );
  });

  it('is free again when the buyer gives up', async () => {
    await atEveryStep(
      drawn,
      (deps, { orderNo }) => cancelCheckout(deps)({ orderNo }, world.context()),
      async ({ orderNo, code }) => {
        valueOf(await cancelCheckout(world.process())({ orderNo }, world.context()));
        await isFree(code);
      },
    );
  });

  it('is held by nobody whose order was taken back because it seemed used up', async () => {
    const lost = async () => {
      const stage = await couponed();
      world.neighbours.refuseNext(pricingRpc.holdUses, 'coupon_exhausted');
      return stage;
    };
    await atEveryStep(
      lost,
      (deps, { cartId, key }) => checkout(world, cartId, { key, deps }),
      async ({ cartId, key, code }) => {
        world.pass(11);
        const again = await checkout(world, cartId, { key });
        const live = (await ordersOf(cartId)).filter(({ status }) => status === 'draft');
        expect(live).toHaveLength(again.ok ? 1 : 0);
        if (!again.ok) expect(again.error.code).toBe('coupon_exhausted');
        for (const { orderNo } of live) valueOf(await cancelCheckout(world.process())({ orderNo }, world.context()));
        await isFree(code);
      },
    );
  });

  it.each([
    ['free', 'confirmed'],
    ['used up', 'expired'],
  ])('and whose order is paid after it has expired: when it is %s, the order is %s', async (standing, status) => {
    const late = async () => {
      const stage = await drawn();
      world.pass(TTL_S + 1);
      await expireDrafts(world.process(), NEVER_STOPPED);
      await world.settleDown();
      if (standing === 'used up') {
        const rival = await readyCart(world, ['shirt'], stage.code);
        valueOf(await checkout(world, rival));
        payFor(world, (await onlyOrderOf(rival))._id);
        await world.settleDown();
      }
      payFor(world, stage.orderId);
      return stage;
    };
    await atEveryStep(
      late,
      (deps, { orderId }) => heard(deps, { orderId }),
      async ({ orderId, cartId }) => {
        valueOf(await heard(world.process(), { orderId }));
        await world.settleDown();
        const order = await onlyOrderOf(cartId);
        expect(order.status).toBe(status);
        expect(order.refunds.map(({ status: refund, reason }) => [refund, reason])).toEqual(
          status === 'confirmed' ? [] : [['succeeded', 'coupon_exhausted']],
        );
        expect(world.neighbours.reservations.get(orderId)?.status).toBe(
          status === 'confirmed' ? 'committed' : 'released',
        );
      },
    );
  });
});

describe('the end of a draft, whose process dies before any of its steps', () => {
  const ended = async ({ cartId }: { cartId: string }): Promise<void> => {
    world.pass(61);
    await runJobs(world.process());
    await world.settleDown();
    expect(await world.cart(cartId)).toMatchObject({ status: 'open' });
  };

  it('when its time is over comes with the next round', async () => {
    const over = async () => {
      const stage = await drafted();
      world.pass(TTL_S + 1);
      return stage;
    };
    await atEveryStep(
      over,
      (deps) => expireDrafts(deps, NEVER_STOPPED),
      async (stage) => {
        await ended(stage);
        expect(await onlyOrderOf(stage.cartId)).toMatchObject({ status: 'expired' });
      },
    );
  });

  it('when its buyer gives up comes with the next try', async () => {
    await atEveryStep(
      drafted,
      (deps, { orderNo }) => cancelCheckout(deps)({ orderNo }, world.context()),
      async (stage) => {
        const again = await cancelCheckout(world.process())({ orderNo: stage.orderNo }, world.context());
        expect(valueOf(again).order.status).toBe('cancelled');
        await ended(stage);
      },
    );
  });

  it('lets its buyer order again at once, whatever the jobs do', async () => {
    await atEveryStep(
      drafted,
      (deps, { orderNo }) => cancelCheckout(deps)({ orderNo }, world.context()),
      async ({ orderNo, cartId }) => {
        const order = await onlyOrderOf(cartId);
        const again: Result<unknown> = await checkout(world, cartId);
        if (order.status === 'cancelled') valueOf(again);
        else expect(again).toMatchObject({ ok: false, error: { code: 'cart_closed' } });
        expect(order.orderNo).toBe(orderNo);
      },
    );
  });
});

describe('another payment, whose process dies before any of its steps', () => {
  const again = (deps: Deps, { orderNo, key }: { orderNo: string; key: string }) =>
    retryPayment(deps)(
      {
        orderNo,
        idempotencyKey: key,
        language: 'tr',
        payment: { provider: 'sandbox', method: 'card', installments: 1 },
      },
      world.context(),
    );

  it('is opened once under one key', async () => {
    await atEveryStep(drafted, again, async (stage) => {
      world.pass(11);
      const answer = valueOf(await again(world.process(), stage));
      expect(paymentsOf(stage.orderId).map((payment) => payment.attempt)).toEqual([1, 2]);
      expect(answer.payment.clientSecret).toBe(`secret of ${paymentsOf(stage.orderId)[1]?.id ?? ''}`);
      payFor(world, stage.orderId, 2);
      await world.settleDown();
      expect(await onlyOrderOf(stage.cartId)).toMatchObject({ status: 'confirmed', payment: { captured: 14_990 } });
    });
  });
});

describe('the buyer’s return, whose process dies before any of its steps', () => {
  it('comes to the same when the buyer comes back again', async () => {
    const paid = async () => {
      const stage = await drafted();
      payFor(world, stage.orderId);
      return stage;
    };
    const back = (deps: Deps, { orderNo }: { orderNo: string }) => confirmCheckout(deps)({ orderNo }, world.context());
    await atEveryStep(paid, back, async (stage) => {
      expect(valueOf(await back(world.process(), stage)).order.status).toBe('confirmed');
      world.pass(61);
      await runJobs(world.process());
      expect(await world.cart(stage.cartId)).toMatchObject({ status: 'completed' });
    });
  });
});
