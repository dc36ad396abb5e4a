import { watch } from '@kervan/bus';
import type { Entry } from '@kervan/bus';
import type { Directory } from './access/directory.ts';

/** What the gateway hears on the bus. What it answers over HTTP stands in routes.ts. */
export const surface = (directory: Directory): Entry[] => [
  // Every copy forgets what it knows of shops and keys when account-svc says that something has changed,
  // and when it may have said so while the connection was away.
  watch('account', directory.forget, directory.forget),
];
