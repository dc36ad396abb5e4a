import { MongoClient } from 'mongodb';

/**
 * Makes the database refuse every write of one document, and of no other, until the function it answers is called: a
 * fault that is nobody's outage.
 */
export const refuseWrites = async (
  uri: string,
  { database, collection, id }: { readonly database: string; readonly collection: string; readonly id: string },
): Promise<() => Promise<void>> => {
  const allowOnly = async (validator: object): Promise<void> => {
    const client = await MongoClient.connect(uri);
    try {
      await client.db(database).command({ collMod: collection, validator });
    } finally {
      await client.close();
    }
  };
  await allowOnly({ _id: { $ne: id } });
  return () => allowOnly({});
};
