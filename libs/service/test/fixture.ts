/** A service for tests: keeps one collection, answers one call slowly, runs one job. Started as a process of its own. */
import { answer } from '@kervan/bus';
import { ok, pricingRpc } from '@kervan/contracts';
import { defineCollection } from '@kervan/store';
import { z } from 'zod';
import { fastify } from 'fastify';
import { closeGently, defineEnvironment, healthRoutes, job, runService } from '../src/index.ts';

const notes = defineCollection({
  name: 'notes',
  schema: z.object({
    _id: z.string(),
    tenant: z.string(),
    version: z.number(),
    createdAt: z.date(),
    updatedAt: z.date(),
    text: z.string(),
  }),
  outbox: 'pricing',
  indexes: [{ key: { text: 1 } }],
});

await runService({
  name: 'pricing-svc',
  environment: defineEnvironment({
    SLOW_MS: z.coerce.number().int().min(0).default(0),
    MODE: z.enum(['good', 'bug']).default('good'),
  }),
  ownHttp: process.env['OWN_HTTP'] === 'yes',
  collections: [notes],
  start: async ({ env, log, store, clock, health, metrics }) => {
    const app = fastify({ forceCloseConnections: 'idle', return503OnClosing: false });
    closeGently(app, health);
    app.register(healthRoutes(health, metrics));
    app.get('/own', () => 'own');
    app.get('/slow', async () => {
      log.info('asked over HTTP');
      await new Promise((resolve) => setTimeout(resolve, env.SLOW_MS));
      return 'slow';
    });
    if (process.env['OWN_HTTP'] === 'yes') await app.listen({ port: env.PORT, host: '127.0.0.1' });
    const kept = store.collection(notes);
    if (env.MODE === 'bug')
      setTimeout(() => {
        throw new Error('a bug');
      }, 50);
    return {
      entries: [
        answer(pricingRpc.deleteTaxRate, async ({ id }, { tenant }) => {
          log.info({ secret: 'never shown', nested: { email: 'never@shown' } }, 'asked');
          await new Promise((resolve) => setTimeout(resolve, env.SLOW_MS));
          await kept.insert({ _id: id, tenant, text: 'kept' });
          return ok({ id });
        }),
      ],
      jobs: [
        job({
          name: 'tick',
          everySeconds: 0.1,
          lease: true,
          run: async () => {
            await kept.insert({ _id: `tick-${clock().getTime()}`, tenant: 'jobs', text: 'tick' });
          },
        }),
      ],
      stopIntake: () => app.close(),
      stop: async () => log.info('own stop'),
    };
  },
});
