import {
  DeadLetter,
  deadLetterPrefix,
  deadLetterRpc,
  fail,
  HEARING_SERVICES,
  ok,
  ReplayedDeadLetter,
  TOPOLOGY,
} from '@kervan/contracts';
import type { Result, ServiceName } from '@kervan/contracts';
import { z } from 'zod';
import { defineStepsRoute, input, pageView, presentPage } from '../route.ts';
import { ById, listQuery } from './inputs.ts';

const admin = { who: 'machine', area: 'Admin: dead letters' } as const;

/** Who keeps dead letters, in the order in which they are listed, and what each answers about its own. */
const keepers = HEARING_SERVICES.map((service) => {
  const { owner } = TOPOLOGY[service];
  return { service, owner, rpc: deadLetterRpc(owner) };
});
type Keeper = (typeof keepers)[number];
const { getDeadLetter, listDeadLetters, replayDeadLetter } = deadLetterRpc('order');

/** Whose letter an id names. */
const keeperOf = (id: string): Keeper | undefined =>
  keepers.find(({ owner }) => id.startsWith(deadLetterPrefix(owner)));

/** Where a list goes on: at a service, there where its own list does. */
const Place = z.tuple([z.enum(HEARING_SERVICES), z.string().optional()]);
const cursorAt = (service: ServiceName, cursor?: string): string =>
  Buffer.from(JSON.stringify([service, ...(cursor === undefined ? [] : [cursor])])).toString('base64url');
const placeAt = (cursor: string): z.infer<typeof Place> | null => {
  try {
    return Place.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch {
    return null;
  }
};

const answered = <T>(result: Result<T>) => (result.ok ? ok({ body: result.value, headers: {} }) : result);
const pageOf = (data: readonly DeadLetter[], nextCursor: string | null) =>
  answered(ok(presentPage({ data, nextCursor }, (letter) => letter)));

/** Events that a service could not handle, of all services that hear any. */
export const deadLetterRoutes = [
  defineStepsRoute({
    ...admin,
    permission: 'dead-letters:read',
    method: 'GET',
    path: '/admin/dead-letters',
    summary: 'List events that could not be handled',
    description: 'One service after the other, of each the oldest first. `body` is the message as it came.',
    timeoutMs: listDeadLetters.timeoutMs,
    input: input({ query: listQuery({ service: z.enum(HEARING_SERVICES).optional() }) }),
    run: async ({ query: { service, limit, cursor } }, _at, ask) => {
      const asked = keepers.filter((keeper) => service === undefined || keeper.service === service);
      const [from, within] = cursor === undefined ? [asked[0]?.service] : (placeAt(cursor) ?? []);
      const first = asked.findIndex((keeper) => keeper.service === from);
      if (first < 0) return fail('invalid_cursor');
      const data: DeadLetter[] = [];
      for (const [index, keeper] of asked.slice(first).entries()) {
        if (data.length === limit) return pageOf(data, cursorAt(keeper.service));
        const page = await ask(keeper.rpc.listDeadLetters, {
          limit: limit - data.length,
          ...(index === 0 && within !== undefined ? { cursor: within } : {}),
        });
        if (!page.ok) return page;
        data.push(...page.value.data);
        const { nextCursor } = page.value;
        if (nextCursor !== null) return pageOf(data, cursorAt(keeper.service, nextCursor));
      }
      return pageOf(data, null);
    },
    view: pageView(DeadLetter),
  }),
  defineStepsRoute({
    ...admin,
    permission: 'dead-letters:read',
    method: 'GET',
    path: '/admin/dead-letters/:id',
    summary: 'Read an event that could not be handled',
    timeoutMs: getDeadLetter.timeoutMs,
    input: input({ params: ById }),
    run: async ({ params }, _at, ask) => {
      const keeper = keeperOf(params.id);
      return keeper === undefined ? fail('not_found') : answered(await ask(keeper.rpc.getDeadLetter, params));
    },
    view: DeadLetter,
  }),
  defineStepsRoute({
    ...admin,
    permission: 'dead-letters:write',
    method: 'POST',
    path: '/admin/dead-letters/:id/replay',
    summary: 'Have an event handled once more',
    description:
      'By the service that could not: once it is done, the letter is gone. When it fails again it stays, and `cause` says why. Safe at any time.',
    errors: ['dead_letter_failed_again'],
    timeoutMs: replayDeadLetter.timeoutMs,
    input: input({ params: ById }),
    run: async ({ params }, _at, ask) => {
      const keeper = keeperOf(params.id);
      return keeper === undefined ? fail('not_found') : answered(await ask(keeper.rpc.replayDeadLetter, params));
    },
    view: ReplayedDeadLetter,
  }),
];
