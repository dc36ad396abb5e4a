import { join, resolve } from 'node:path';

/** The repository this file stands in. */
export const REPOSITORY = resolve(import.meta.dirname, '../../../..');

/** Where downloaded programs are kept; ignored by git. */
export const BINARIES = join(REPOSITORY, '.cache', 'bin');
/** The programs that may lie there. */
export type ServerKind = 'mongod' | 'nats-server';
