import { randomBytes } from 'node:crypto';

/** A database name nobody else uses, for one test file. */
export const testDatabase = (prefix = 'test'): string => `${prefix}_${randomBytes(6).toString('hex')}`;
