import { check, underWay, untilQuiet, type CheckInput, type Report } from '@kervan/testing';
import type { Stage } from './stage.ts';
import { TIMES } from './system.ts';

/** How long after a round every order has to have ended, beyond the time a draft may live, in milliseconds. */
const END_WITHIN_MS = 30_000;

/** What was found when all was quiet, and how long that took in milliseconds; null when it never got quiet. */
export type Verdict = Report & { readonly quietAfterMs: number | null };

const inputOf = ({ system, shops, history, scene }: Stage): CheckInput => ({
  mongoUri: system.mongoUri,
  nats: { url: system.natsUrl, seed: system.seeds.setup },
  api: { gateway: system.gateway, tenants: shops.tenants },
  providers: shops.accounts.map(({ secretKey, tenant }) => ({ apiBase: system.stripe.url, secretKey, tenant })),
  history: history.entries(),
  provoked: scene.provoked,
});

/** Heals whatever may still be broken, waits until all orders have ended and nothing is under way, and checks. */
export const settle = async (stage: Stage): Promise<Verdict> => {
  const { system, shops } = stage;
  for (const { database, bus } of system.services) {
    database.set({ kind: 'pass' });
    bus.set({ kind: 'pass' });
  }
  system.stripe.clearFaults();
  for (const { secretKey } of shops.accounts) system.stripe.delivery(secretKey, {});
  const servers = [system.mongod, system.nats, ...system.services];
  for (const server of servers) server.signal('SIGCONT');
  await Promise.all(servers.map((server) => server.up()));
  const since = Date.now();
  const input = inputOf(stage);
  const quiet = await untilQuiet(input, END_WITHIN_MS + TIMES.RESERVATION_TTL_S * 1_000);
  const quietAfterMs = quiet ? Date.now() - since : null;
  const left = quiet ? [] : await underWay(input);
  const { violations, counts } = await check(input);
  return { violations: [...left, ...violations], counts, quietAfterMs };
};
