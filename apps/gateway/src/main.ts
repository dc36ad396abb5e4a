import { healthRoutes, runService } from '@kervan/service';
import { createAdmission } from './access/admission.ts';
import { createDirectory } from './access/directory.ts';
import { createLimit } from './access/limit.ts';
import { environment } from './config.ts';
import { routes } from './routes.ts';
import { createServer } from './server.ts';
import { surface } from './surface.ts';

await runService({
  name: 'gateway',
  environment,
  collections: [],
  ownHttp: true,
  start: async ({ env, log, bus, clock, health, metrics }) => {
    const now = () => clock().getTime();
    const limit = (most: number) => createLimit({ most, windowSeconds: env.RATE_LIMIT_WINDOW_S, now });
    const directory = createDirectory(bus, clock);
    const app = createServer(
      routes,
      {
        bus,
        directory,
        admit: createAdmission(directory, { platformKey: env.PLATFORM_KEY, now }),
        limits: {
          address: limit(env.RATE_LIMIT_ADDRESS),
          tenant: limit(env.RATE_LIMIT_TENANT),
          tracking: limit(env.RATE_LIMIT_TRACKING),
        },
        health,
        log,
      },
      env,
    );
    app.register(healthRoutes(health, metrics));
    log.info({ address: await app.listen({ port: env.PORT, host: env.HOST }) }, 'listening');
    return { entries: surface(directory), stopIntake: () => app.close() };
  },
});
