export { hashContent } from './content.ts';
export { testDatabase } from './database.ts';
export { eventually } from './eventually.ts';
export { inTurns } from './in-turns.ts';
export { overhear, type Overheard } from './overhear.ts';
export { refuseWrites } from './refuse-writes.ts';
export { POISON } from './poison-mark.ts';
export { poison, type PoisonedBus, type Provoked, publishPoison } from './poison.ts';
export { type Backends, startBackends } from './servers/backends.ts';
export { type Mongo, type MongoOptions, startMongo } from './servers/mongo.ts';
export { type BusSeeds, type Nats, type NatsOptions, startNats } from './servers/nats.ts';
export { type Member, type Stack, type StackOptions, startStack } from './stack/stack.ts';
export {
  check,
  checkInvariants,
  HistoryEntry,
  underWay,
  untilQuiet,
  violationText,
  type CheckInput,
  type Counts,
  type Report,
  type Violation,
} from './checker/index.ts';
export { stub } from './stub.ts';
export { tallyResults } from './tally.ts';
export { eventBody, signatureOf, startStripeFake, type StripeFake } from './stripe-fake/index.ts';
