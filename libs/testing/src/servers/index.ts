export {
  type BusSeeds,
  natsUrl,
  newSeeds,
  seedsFromEnvironment,
  seedVariable,
  setupBus,
  spawnNatsServer,
  startNatsContainer,
  untilNatsReady,
} from './nats.ts';
export { mongoUri, spawnMongod, startMongoContainer, untilMongodReady } from './mongo.ts';
export { describeExit, type ServerProcess, startProcess } from './process.ts';
export { REPOSITORY } from './repository.ts';
export { machine, type Probes, type Resolved, resolveServer } from './resolver.ts';
export { isSetupError, setupError } from './setup-error.ts';
export {
  compileServices,
  type ServiceSettings,
  type StackSecrets,
  startService,
  untilServiceReady,
} from '../stack/service-process.ts';
