import { z } from 'zod';
import type { createFake } from './fake.ts';
import type { Answer } from './error.ts';
import { confirmIntent, finishIntent } from './intents.ts';
import { closeDispute, finishRefund, openDispute, updateDispute } from './refunds.ts';

type Fake = ReturnType<typeof createFake>;

const Key = z.object({ key: z.string() });
const Control = z.object({
  delayMs: z.number().optional(),
  hold: z.boolean().optional(),
  drop: z.boolean().optional(),
  copies: z.number().int().optional(),
  reverse: z.boolean().optional(),
  types: z.array(z.string()).optional(),
});
const INPUT = {
  endpoint: Key.extend({ endpoint: z.object({ url: z.url(), secrets: z.array(z.string()) }).nullable() }),
  delivery: Key.extend({ control: Control }),
  flush: Key,
  send: Key.extend({
    event: z.object({
      id: z.string().optional(),
      type: z.string(),
      created: z.number().optional(),
      livemode: z.boolean().optional(),
      object: z.unknown(),
    }),
    timestamp: z.number().optional(),
  }),
  pay: z.object({ intent: z.string(), card: z.string().default('pm_card_visa') }),
  finish: z.object({ intent: z.string(), passed: z.boolean() }),
  finishRefund: z.object({ refund: z.string(), passed: z.boolean() }),
  dispute: z.object({ intent: z.string() }),
  updateDispute: z.object({ dispute: z.string(), status: z.string() }),
  closeDispute: z.object({ dispute: z.string(), status: z.enum(['won', 'lost']) }),
  fault: z.object({
    on: z.string(),
    does: z.enum(['error_after', 'error_before', 'lost', 'hang', 'slow', 'rate_limit']),
    times: z.number().int().optional(),
    delayMs: z.number().optional(),
  }),
  clearFaults: z.object({}),
  revoke: Key,
  idle: z.object({}),
  state: Key,
};

const done: Answer = { status: 200, body: {} };
const defined = <T extends object>(value: T) =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined));

/** Leads the fake over HTTP: `POST /_control/<what>` with JSON, for tests in other processes. */
export const runControl = async (fake: Fake, method: string, path: string, body: string): Promise<Answer> => {
  const name = path.slice(1);
  if (method !== 'POST' || !Object.hasOwn(INPUT, name)) return { status: 404, body: { known: Object.keys(INPUT) } };
  let input: unknown;
  try {
    input = JSON.parse(body === '' ? '{}' : body);
  } catch {
    return { status: 400, body: { message: 'not JSON' } };
  }
  try {
    return await control(fake, name, input);
  } catch (error) {
    return { status: 400, body: { message: error instanceof Error ? error.message : 'wrong input' } };
  }
};

const control = async (fake: Fake, name: string, input: unknown): Promise<Answer> => {
  switch (name) {
    case 'endpoint': {
      const { key, endpoint } = INPUT.endpoint.parse(input);
      fake.setEndpoint(key, endpoint);
      return done;
    }
    case 'delivery': {
      const { key, control: wanted } = INPUT.delivery.parse(input);
      fake.setDelivery(key, defined(wanted));
      return done;
    }
    case 'flush':
      await fake.shopOf(INPUT.flush.parse(input).key).deliveries.flush();
      return done;
    case 'send': {
      const { key, event, timestamp } = INPUT.send.parse(input);
      const { type, object, ...rest } = event;
      return { status: 200, body: await fake.send(key, { type, object, ...defined(rest) }, defined({ timestamp })) };
    }
    case 'pay': {
      const { intent, card } = INPUT.pay.parse(input);
      return confirmIntent(fake.ownerOf(intent), intent, { payment_method: card });
    }
    case 'finish': {
      const { intent, passed } = INPUT.finish.parse(input);
      return finishIntent(fake.ownerOf(intent), intent, passed);
    }
    case 'finishRefund': {
      const { refund, passed } = INPUT.finishRefund.parse(input);
      return finishRefund(fake.ownerOf(refund), refund, passed);
    }
    case 'dispute': {
      const { intent } = INPUT.dispute.parse(input);
      return openDispute(fake.ownerOf(intent), intent);
    }
    case 'updateDispute': {
      const { dispute, status } = INPUT.updateDispute.parse(input);
      return updateDispute(fake.ownerOf(dispute), dispute, status);
    }
    case 'closeDispute': {
      const { dispute, status } = INPUT.closeDispute.parse(input);
      return closeDispute(fake.ownerOf(dispute), dispute, status);
    }
    case 'fault': {
      const { on, does, times, delayMs } = INPUT.fault.parse(input);
      fake.fault({ on, does, ...defined({ times, delayMs }) });
      return done;
    }
    case 'revoke':
      fake.revoke(INPUT.revoke.parse(input).key);
      return done;
    case 'clearFaults':
      fake.clearFaults();
      return done;
    case 'idle':
      await fake.idle();
      return done;
    default: {
      const shop = fake.shopOf(INPUT.state.parse(input).key);
      const { intents, charges, refunds, disputes, deliveries } = shop;
      return {
        status: 200,
        body: {
          intents: [...intents.values()],
          charges: [...charges.values()],
          refunds: [...refunds.values()],
          disputes: [...disputes.values()],
          events: deliveries.events,
          deliveries: deliveries.made,
        },
      };
    }
  }
};
