import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { startMongo } from './mongo.ts';

const folder = mkdtempSync(join(tmpdir(), 'kervan-mongo-test-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Inserts one document in a transaction, journaled and by a majority; answers how many there are. */
const addOne = async (uri: string): Promise<number> => {
  const client = new MongoClient(uri);
  try {
    const rows = client.db('test').collection('rows');
    const options = { writeConcern: { w: 'majority', journal: true } } as const;
    await client.withSession((session) => session.withTransaction(() => rows.insertOne({}, { session }), options));
    return await rows.countDocuments();
  } finally {
    await client.close();
  }
};

test('a second start on another port keeps the data, also after a kill', async () => {
  const first = await startMongo({ dbPath: folder });
  expect(await addOne(first.uri)).toBe(1);
  first.process?.signal('SIGKILL');
  await first.process?.exited;

  const second = await startMongo({ dbPath: folder });
  expect(second.uri).not.toBe(first.uri);
  expect(await addOne(second.uri)).toBe(2);
  await second.stop();
});
