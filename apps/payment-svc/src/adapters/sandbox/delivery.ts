import { job, type Job, type Log } from '@kervan/service';
import { keep, type Store, write } from '@kervan/store';
import type { Pool } from 'undici';
import { deferred } from '../../deferred.ts';
import type { Settings } from '../../providers/settings.ts';
import { signatureHeader } from '../signature.ts';
import { SANDBOX_SIGNATURE, sandboxEventBody } from './event.ts';
import { deliveryFailed, settleSlow } from './intent.ts';
import type { SandboxIntent, SandboxWebhook } from './intent.ts';
import { sandboxCollection, type SandboxStore } from './sandbox.store.ts';

export type DeliveryDeps = {
  readonly store: Store;
  readonly intents: SandboxStore;
  readonly settings: Settings;
  /** Where webhooks go: `<base>/webhooks/sandbox/<tenant>`. Known once the port is. */
  readonly base: () => string;
  readonly clock: () => Date;
  readonly log: Log;
};

/** The sandbox's way of sending webhooks. */
export type Delivery = {
  /** Sends what lies in the intent, without being waited for. */
  readonly deliver: (intent: SandboxIntent) => void;
  /** Sends what was not delivered, and lets slow payments go through. */
  readonly sweep: Job;
  readonly stop: () => Promise<void>;
};

const CONNECTIONS = 16;
const PATIENCE_MS = 5_000;
/** Deliveries are taken down together, this long after the first of them. */
const TAKE_DOWN_MS = 250;
const SWEEP_SECONDS = 1;
const BATCH = 200;

type Delivered = { readonly tenant: string; readonly id: string; readonly webhookId: string };

/** Starts the delivery of webhooks: at once by whoever caused them, by the sweep when that failed. */
export const startDelivery = (deps: DeliveryDeps): Delivery => {
  const { store, intents, settings, base, clock, log } = deps;
  let pool: Promise<Pool> | undefined;
  const sending = new Set<Promise<void>>();
  const delivered = deferred<Delivered>({
    afterMs: TAKE_DOWN_MS,
    run: (items) => takeDown(store.raw(sandboxCollection), items),
    // They go out once more: whoever receives webhooks knows them by their ids.
    failed: (error, { length }) => log.warn({ err: error, webhooks: length }, 'deliveries were not taken down'),
  });

  const post = async (intent: SandboxIntent, webhook: SandboxWebhook): Promise<boolean> => {
    const own = await settings.one(intent.tenant, 'sandbox');
    const secret = own?.credentials['webhookSecret'];
    if (secret === undefined) return false;
    pool ??= openPool(base());
    const body = sandboxEventBody(intent, webhook);
    const { statusCode, body: answer } = await (
      await pool
    ).request({
      method: 'POST',
      path: `/webhooks/sandbox/${intent.tenant}`,
      headers: { 'content-type': 'application/json', [SANDBOX_SIGNATURE]: signatureHeader(secret, body, clock()) },
      body,
    });
    await answer.dump();
    return statusCode >= 200 && statusCode < 300;
  };

  const sendAll = async (intent: SandboxIntent): Promise<void> => {
    for (const webhook of intent.undelivered) {
      const isDelivered = await post(intent, webhook).catch(() => false);
      if (!isDelivered) {
        log.warn({ tenant: intent.tenant, orderId: intent.orderId, type: webhook.type }, 'webhook not delivered');
        await intents.update(intent.tenant, intent._id, (held) => write(deliveryFailed(held, clock()), null));
        return;
      }
      delivered.add({ tenant: intent.tenant, id: intent._id, webhookId: webhook.id });
    }
  };
  const deliver = (intent: SandboxIntent): void => {
    if (intent.undelivered.length === 0) return;
    const sent = sendAll(intent)
      .catch((error: unknown) => log.error({ err: error, tenant: intent.tenant }, 'webhooks were not sent'))
      .finally(() => sending.delete(sent));
    sending.add(sent);
  };

  /** A slow payment whose time has come goes through; whatever waits is sent. */
  const sweep = async (): Promise<void> => {
    const due = await intents.acrossTenants.find({ dueAt: { $lte: clock() } }, { sort: { dueAt: 1 }, limit: BATCH });
    await Promise.all(
      due.map(async ({ tenant, _id }) => {
        const settled = await intents.update(tenant, _id, (intent) => {
          const next = settleSlow(intent, clock());
          return next === intent ? keep(null) : write(next, null);
        });
        if (settled.ok) await sendAll(settled.document);
      }),
    );
  };
  return {
    deliver,
    sweep: job({ name: 'sandbox', everySeconds: SWEEP_SECONDS, run: sweep }),
    stop: async () => {
      await Promise.allSettled(sending);
      await delivered.flush();
      await (await pool)?.close();
    },
  };
};

/** The client is loaded with the first webhook: a service whose shops use no sandbox goes without. */
const openPool = async (base: string): Promise<Pool> => {
  const undici = await import('undici');
  return new undici.Pool(base, { connections: CONNECTIONS, headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS });
};

/** Takes delivered webhooks out of their intents, all in one command; an intent with none left is done. */
const takeDown = async (collection: ReturnType<Store['raw']>, delivered: readonly Delivered[]): Promise<void> => {
  const webhookIds = delivered.map(({ webhookId }) => webhookId);
  const left = { $filter: { input: '$undelivered', cond: { $not: [{ $in: ['$$this.id', webhookIds] }] } } };
  const isDone = { $eq: [{ $size: '$undelivered' }, 0] };
  await collection.updateMany(
    {
      tenant: { $in: [...new Set(delivered.map(({ tenant }) => tenant))] },
      _id: { $in: delivered.map(({ id }) => id) },
    },
    [{ $set: { undelivered: left } }, { $set: { failures: 0, dueAt: { $cond: [isDone, '$settleAt', '$dueAt'] } } }],
    { writeConcern: { w: 1, j: false } },
  );
};
