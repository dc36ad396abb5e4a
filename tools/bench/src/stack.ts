import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const Dev = z.object({
  gateway: z.url(),
  payments: z.url(),
  tenant: z.string(),
  currency: z.string(),
  apiKey: z.string(),
  platformKey: z.string(),
});
const Pids = z.record(z.string(), z.number().int());

/** The running local stack: where to go and with which key. */
export type Stack = z.infer<typeof Dev> & { dataFolder: string };

/** Reads `dev.json` of the running stack; stops with one line when there is none. */
export const readStack = (dataFolder: string): Stack => {
  try {
    return { ...Dev.parse(JSON.parse(readFileSync(join(dataFolder, 'dev.json'), 'utf8'))), dataFolder };
  } catch {
    console.error(`No running stack in ${dataFolder}: run "npm start" in another terminal first.`);
    process.exit(1);
  }
};

/** The processes of the stack by name. */
export const readPids = (dataFolder: string): Record<string, number> =>
  Pids.parse(JSON.parse(readFileSync(join(dataFolder, 'pids.json'), 'utf8')));
