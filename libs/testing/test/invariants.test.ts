import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { checkInvariants, violationText } from '../src/invariants/index.ts';
import { type Mongo, startMongo } from '../src/servers/mongo.ts';

let mongo: Mongo;
let client: MongoClient;
beforeAll(async () => {
  mongo = await startMongo();
  client = await MongoClient.connect(mongo.uri);
});
afterAll(async () => {
  await client.close();
  await mongo.stop();
});

type Row = { _id: string; [field: string]: unknown };
const put = (database: string, collection: string, row: Row) =>
  client.db(database).collection<Row>(collection).insertOne(row);

test('what does not hold is found in the databases, with what was found', async () => {
  expect(violationText(await checkInvariants(mongo.uri))).toBe('');

  const shirt = { tenant: 'demo', sku: 'SHIRT' };
  await put('inventory_svc', 'stock', { _id: 'demo:SHIRT', ...shirt, onHand: 5, reserved: 0, backorder: false });
  await put('inventory_svc', 'ledger', { _id: 'led_1', ...shirt, onHandDelta: 7, reservedDelta: 0 });
  await put('inventory_svc', 'reservations', {
    _id: 'ord_gone',
    tenant: 'demo',
    status: 'committed',
    lines: [{ sku: 'SHIRT', quantity: 2 }],
  });
  await put('payment_svc', 'payments', {
    _id: 'pay_1',
    tenant: 'demo',
    orderId: 'ord_gone',
    status: 'paid',
    amount: 100,
    captured: 100,
    refunded: 40,
    mismatch: null,
  });
  await put('catalog_svc', 'products', {
    _id: 'prod_1',
    outbox: [
      { type: 'product.created', sent: true },
      { type: 'product.updated', sent: false },
    ],
  });
  expect(violationText(await checkInvariants(mongo.uri)).split('\n')).toEqual([
    'stock is the sum of its ledger: demo:SHIRT (stock 5/0, ledger 7/0)',
    'what is committed belongs to a confirmed order: ord_gone (order is missing)',
    'a capture belongs to a confirmed order or is refunded: pay_1 (keeps 60 of 100, order is missing)',
    'every event has been sent: prod_1 (product.updated in products)',
  ]);
});

test('a document that is not as it should be is a failure, not overlooked', async () => {
  await put('order_svc', 'orders', { _id: 'ord_1', tenant: 'demo', status: 'confirmed' });
  await expect(checkInvariants(mongo.uri)).rejects.toThrow('invalid_type');
});
