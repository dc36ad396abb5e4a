import { type Mongo, startMongo } from './mongo.ts';
import { type Nats, startNats } from './nats.ts';

export type Backends = { readonly mongo: Mongo; readonly nats: Nats; stop(): Promise<void> };

/** MongoDB and NATS side by side; when one cannot start, the other is stopped again. */
export const startBackends = async (): Promise<Backends> => {
  const [mongo, nats] = await Promise.allSettled([startMongo(), startNats()]);
  if (mongo.status === 'fulfilled' && nats.status === 'fulfilled') {
    const stop = async () => {
      await Promise.all([mongo.value.stop(), nats.value.stop()]);
    };
    return { mongo: mongo.value, nats: nats.value, stop };
  }
  if (mongo.status === 'fulfilled') await mongo.value.stop();
  if (nats.status === 'fulfilled') await nats.value.stop();
  throw mongo.status === 'rejected' ? mongo.reason : nats.status === 'rejected' ? nats.reason : undefined;
};
