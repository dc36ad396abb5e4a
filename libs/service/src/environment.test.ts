import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineEnvironment, readEnvironment } from './environment.ts';

const schema = defineEnvironment({ RESERVATION_TTL_S: z.coerce.number().int().min(1).default(900) });
const read = (source: Record<string, string>, needsDatabase = false) =>
  readEnvironment(schema, source, { service: 'order-svc', needsDatabase });

describe('the environment of a service', () => {
  it('has defaults, and empty variables count as not set', () => {
    expect(read({ RESERVATION_TTL_S: '', PORT: '' })).toMatchObject({
      ok: true,
      env: { RESERVATION_TTL_S: 900, PORT: 8080, LOG_LEVEL: 'info', NATS_URL: 'nats://127.0.0.1:4222' },
    });
  });

  it('prefers the database of the service itself', () => {
    const reading = read({ MONGODB_URI: 'mongodb://all', MONGODB_URI_ORDER_SVC: 'mongodb://own' }, true);
    expect(reading).toMatchObject({ ok: true, env: { MONGODB_URI: 'mongodb://own' } });
  });

  it('names every wrong variable and never says its value', () => {
    const reading = read({
      RESERVATION_TTL_S: 'value-1',
      LOG_LEVEL: 'value-2',
      NATS_NKEY_SEED: 'value-3',
      MONGODB_URI_ORDER_SVC: 'value-4',
      PORT: '70000',
    });
    expect(reading.ok).toBe(false);
    const lines = reading.ok ? [] : reading.wrong;
    expect(lines.map((line) => line.split(':', 1)[0])).toEqual([
      'LOG_LEVEL',
      'PORT',
      'NATS_NKEY_SEED',
      'MONGODB_URI_ORDER_SVC',
      'RESERVATION_TTL_S',
    ]);
    expect(lines.join()).not.toMatch(/value-|70000/);
  });

  it('lets test points be turned on anywhere but in production', () => {
    expect(read({ TEST_POINTS: '/somewhere' }).ok).toBe(true);
    expect(read({ TEST_POINTS: '/somewhere', NODE_ENV: 'production' })).toEqual({
      ok: false,
      wrong: ['TEST_POINTS: lets others kill the process, which NODE_ENV=production refuses'],
    });
  });

  it('misses the database only where one is needed', () => {
    expect(read({}, true)).toEqual({ ok: false, wrong: ['MONGODB_URI: is missing'] });
    expect(read({}, false).ok).toBe(true);
  });
});
