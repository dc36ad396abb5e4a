import { SERVICE_NAMES } from '@kervan/contracts';
import { MongoClient } from 'mongodb';
import { z } from 'zod';

const Hashes = z.object({ collections: z.record(z.string(), z.string()) });

/** What changes by itself while nobody does anything. */
const RESTLESS = new Set(['leases', 'inbox']);

/**
 * A hash of each collection of the services (`order_svc.orders`), for tests that ask whether anything was written.
 * Collections named in `except` are left out, and those that jobs write to by themselves.
 */
export const hashContent = async (
  mongoUri: string,
  except: readonly string[] = [],
): Promise<Record<string, string>> => {
  const client = new MongoClient(mongoUri, { serverSelectionTimeoutMS: 5_000 });
  const ignored = new Set(except);
  try {
    await client.connect();
    const found: Record<string, string> = {};
    for (const name of SERVICE_NAMES.map((service) => service.replaceAll('-', '_'))) {
      const { collections } = Hashes.parse(await client.db(name).command({ dbHash: 1 }));
      for (const [collection, hash] of Object.entries(collections)) {
        const place = `${name}.${collection}`;
        if (!RESTLESS.has(collection) && !ignored.has(place)) found[place] = hash;
      }
    }
    return found;
  } finally {
    await client.close();
  }
};
