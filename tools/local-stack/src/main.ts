import { rmSync } from 'node:fs';
import { SERVICE_NAMES } from '@kervan/contracts';
import { isSetupError } from '@kervan/testing/servers';
import { dataFolder, prepare } from './data-folder.ts';
import { takeLock, untilLeftoversGone } from './lock.ts';
import { readOptions } from './options.ts';
import { progress } from './progress.ts';
import { running } from './running.ts';
import { requireFreePorts } from './services.ts';
import { startAll, startOnly } from './stack.ts';
import { onStop } from './stop.ts';

const say = progress();
const complain = (error: unknown) => {
  console.error(isSetupError(error) ? `\n${error.message}` : error);
  process.exitCode = 1;
};

try {
  const options = readOptions(process.argv.slice(2), process.env);
  const data = dataFolder(options.data);
  const unlock = await takeLock(data);
  // Of a run that was killed: whoever waits for this file waits for this run.
  rmSync(data.dev, { force: true });
  const stack = running(data, say);
  const stop = onStop({
    say,
    stop: async () => {
      await stack.stop();
      for (const file of [data.dev, data.pids]) rmSync(file, { force: true });
      unlock();
    },
    kill: stack.kill,
  });
  try {
    await untilLeftoversGone(data);
    await requireFreePorts(options.only ?? SERVICE_NAMES, options.port);
    prepare(data);
    const parts = { options, data, running: stack, say };
    await (options.only === null ? startAll(parts) : startOnly(parts, options.only));
  } catch (error) {
    // A stop that was asked for makes the start fail: that is no news.
    if (!stop.asked()) complain(error);
    await stop.now();
  }
} catch (error) {
  complain(error);
}
