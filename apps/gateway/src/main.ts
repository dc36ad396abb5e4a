import { healthRoutes, runService } from '@kervan/service';
import { createAdmission } from './access/admission.ts';
import { createDirectory } from './access/directory.ts';
import { createLimit } from './access/limit.ts';
import { withSecurityHeaders } from './answer/headers.ts';
import { createRecent } from './answer/recent.ts';
import { environment } from './config.ts';
import { routes } from './routes.ts';
import { createServer } from './server.ts';
import { surface } from './surface.ts';

/** From how many addresses at once one order may be followed: its buyer's own, and whoever the number was sent to. */
const TRACKERS_OF_A_NUMBER = 10;

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
        recent: createRecent({ keepMs: 1_000, most: 500, mostBytes: 8_000_000, now }),
        admit: createAdmission(directory, { platformKey: env.PLATFORM_KEY, now }),
        limits: {
          address: limit(env.RATE_LIMIT_ADDRESS),
          tenant: limit(env.RATE_LIMIT_TENANT),
          tracking: limit(env.RATE_LIMIT_TRACKING),
          trackedNumber: limit(env.RATE_LIMIT_TRACKING * TRACKERS_OF_A_NUMBER),
        },
        health,
        log,
      },
      env,
    );
    app.register(withSecurityHeaders(healthRoutes(health, metrics)));
    log.info({ address: await app.listen({ port: env.PORT, host: env.HOST }) }, 'listening');
    return { entries: surface(directory), stopIntake: () => app.close() };
  },
});
