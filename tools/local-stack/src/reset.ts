import { isSetupError, setupError } from '@kervan/testing/servers';
import { dataFolder, removeData } from './data-folder.ts';
import { holderOf, untilLeftoversGone } from './lock.ts';
import { readOptions } from './options.ts';

try {
  const data = dataFolder(readOptions([], process.env).data);
  const holder = holderOf(data);
  if (holder !== undefined) throw setupError(`A local stack runs on ${data.path} (process ${holder}): stop it first.`);
  await untilLeftoversGone(data);
  removeData(data);
  console.log(`The local data in ${data.path} is gone.`);
} catch (error) {
  console.error(isSetupError(error) ? error.message : error);
  process.exitCode = 1;
}
