import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { SERVICE_NAMES } from '@kervan/contracts';
import { REPOSITORY } from '@kervan/testing/servers';
import { portOf, readOptions } from './options.ts';

test('without anything: port 3000, data in .data of the repository, every service', () => {
  expect(readOptions([], {})).toEqual({
    data: join(REPOSITORY, '.data'),
    port: 3000,
    mongoPort: undefined,
    natsPort: undefined,
    only: null,
  });
});

test('what the environment says', () => {
  const environment = { KERVAN_DATA: '/tmp/x', KERVAN_PORT: '4000', KERVAN_MONGO_PORT: '27017', KERVAN_NATS_PORT: '' };
  expect(readOptions([], environment)).toMatchObject({
    data: '/tmp/x',
    port: 4000,
    mongoPort: 27017,
    natsPort: undefined,
  });
});

test.each(['0', '65535', 'many', '3000.5'])('KERVAN_PORT=%s is refused by name', (port) => {
  expect(() => readOptions([], { KERVAN_PORT: port })).toThrow(/^KERVAN_PORT cannot be used/);
});

test.each([[['--only', 'order-svc,gateway']], [['--only=order-svc,gateway']]])('%j starts these alone', (args) => {
  expect(readOptions(args, {}).only).toEqual(['order-svc', 'gateway']);
});

test.each([[['--only']], [['--only', 'order']], [['--only', 'order-svc', 'gateway']], [['--all']]])(
  '%j is refused with the usage',
  (args) => {
    expect(() => readOptions(args, {})).toThrow(/^Usage: npm start/);
  },
);

test('the gateway has the first port, payment-svc the next, every other one its own', () => {
  expect(portOf('gateway', 3000)).toBe(3000);
  expect(portOf('payment-svc', 3000)).toBe(3001);
  const ports = SERVICE_NAMES.map((name) => portOf(name, 3000)).sort();
  expect(ports).toEqual(SERVICE_NAMES.map((_, index) => 3000 + index));
});
