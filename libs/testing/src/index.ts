export { testDatabase } from './database.ts';
export { eventually } from './eventually.ts';
export { type Backends, startBackends } from './servers/backends.ts';
export { type Mongo, type MongoOptions, startMongo } from './servers/mongo.ts';
export { type BusSeeds, type Nats, type NatsOptions, startNats } from './servers/nats.ts';
export { type Stack, type StackOptions, startStack } from './stack/stack.ts';
export { checkInvariants, violationText, type Violation } from './invariants/index.ts';
export { stub } from './stub.ts';
export { startStripeFake, type StripeFake } from './stripe-fake/index.ts';
