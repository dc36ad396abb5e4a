import { resolveServer } from './libs/testing/src/servers/index.ts';

/** Brings MongoDB and NATS to a new machine before the first test: two workers would else race each other to them. */
export default async () => {
  await resolveServer('mongod');
  await resolveServer('nats-server');
};
