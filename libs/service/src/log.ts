import { pino } from 'pino';
import type { Logger } from 'pino';

/** The logger of a service: JSON lines on standard output. */
export type Log = Logger;

/** What never stands in a log, wherever an object that carries it is logged by mistake. */
const SECRETS = [
  'authorization',
  'cookie',
  'secret',
  'clientSecret',
  'apiKey',
  'password',
  'token',
  'credentials',
  'card',
  'email',
  'phone',
  'shippingAddress',
  'billingAddress',
];

/**
 * Makes the service's logger. Synchronous on purpose: a line written just before an exit is there, and at the level
 * we run with there are few lines. The values of `SECRETS` are replaced at the top and one level down.
 */
export const createLog = (service: string, level: string): Log =>
  pino({
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
  });
