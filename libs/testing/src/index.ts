export { testDatabase } from './database.ts';
export { eventually } from './eventually.ts';
export { type Mongo, type MongoOptions, startMongo } from './servers/mongo.ts';
