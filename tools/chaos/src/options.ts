import { parseArgs } from 'node:util';
import { SERVICE_NAMES, type ServiceName } from '@kervan/contracts';
import { setupError } from '@kervan/testing/servers';
import { faultOf, FAULTS } from './faults.ts';

/** What a run is asked to do. */
export type Options = {
  readonly seed: number;
  readonly minutes: number;
  /** Names of `FAULTS`. */
  readonly faults: readonly string[];
  readonly buyers: number;
  /** How long the load runs until the system is left alone and checked, in seconds. */
  readonly roundSeconds: number;
  /** Where its data goes; a temporary folder when null. */
  readonly data: string | null;
  /** Stripe's webhooks never come, whatever else goes wrong. */
  readonly webhooks: boolean;
  /** Kills every service at every point, once for each of these seeds, instead of a run of faults. */
  readonly matrix: readonly number[] | null;
  /** The services the matrix kills. */
  readonly services: readonly ServiceName[];
};

const numberOf = (name: string, text: string): number => {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw setupError(`--${name} must be a number, not ${text}.`);
};

/** Reads the command line. Throws with one line when it does not make sense. */
export const readOptions = (args: readonly string[]): Options => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      minutes: { type: 'string', default: '2' },
      faults: { type: 'string', default: Object.keys(FAULTS).join(',') },
      buyers: { type: 'string', default: '8' },
      round: { type: 'string', default: '40' },
      data: { type: 'string' },
      webhooks: { type: 'string', default: 'come' },
      matrix: { type: 'string' },
      services: { type: 'string', default: SERVICE_NAMES.join(',') },
    },
  });
  const faults = values.faults.split(',');
  const unknown = faults.filter((name) => faultOf(name) === null);
  if (unknown.length > 0)
    throw setupError(`There is no fault ${unknown.join(', ')}: choose from ${Object.keys(FAULTS).join(', ')}.`);
  const services = values.services.split(',');
  const strangers = services.filter((name) => !SERVICE_NAMES.some((service) => service === name));
  if (strangers.length > 0)
    throw setupError(`There is no ${strangers.join(', ')}: choose from ${SERVICE_NAMES.join(', ')}.`);
  return {
    seed: values.seed === undefined ? Math.floor(Math.random() * 1_000_000) : numberOf('seed', values.seed),
    minutes: numberOf('minutes', values.minutes),
    faults,
    buyers: numberOf('buyers', values.buyers),
    roundSeconds: numberOf('round', values.round),
    data: values.data ?? null,
    webhooks: values.webhooks !== 'never',
    services: SERVICE_NAMES.filter((service) => services.includes(service)),
    matrix: values.matrix === undefined ? null : values.matrix.split(',').map((seed) => numberOf('matrix', seed)),
  };
};
