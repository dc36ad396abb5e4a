import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startMongo, testDatabase } from '@kervan/testing';
import mongoose, { Schema } from 'mongoose';
import { tenantFilter } from './filter.ts';
import { tenantPlugin } from './plugin.ts';

const schema = new Schema({ _id: String, price: Number }, { strict: false, autoIndex: false, autoCreate: false });
schema.index({ price: 1 });
schema.index({ expiresAt: 1 }, Object.assign({ expireAfterSeconds: 0 }, { acrossTenants: true }));
schema.plugin(tenantPlugin);

let stop: () => Promise<void>;
type Goods = { _id: string; tenant: string; price: number };
let goods: mongoose.Model<Goods>;

beforeAll(async () => {
  const server = await startMongo();
  const connection = await mongoose.createConnection(server.uri, { dbName: testDatabase('tenant') }).asPromise();
  connection.model('goods', schema);
  goods = connection.model<Goods>('goods');
  stop = async () => {
    await connection.close();
    await server.stop();
  };
  await goods.insertMany([
    { _id: 'a', tenant: 'one', price: 1 },
    { _id: 'b', tenant: 'two', price: 1 },
  ]);
});
afterAll(() => stop());

describe('the tenant plugin', () => {
  test('puts the tenant of the option into the filter', async () => {
    expect((await goods.find({}, null, { tenant: 'one' }).lean()).map(({ _id }) => _id)).toEqual(['a']);
    expect(await goods.findOne({ _id: 'b' }, null, { tenant: 'one' }).lean()).toBeNull();
    expect(await goods.countDocuments({}).setOptions({ tenant: 'two' })).toBe(1);
    expect(await goods.distinct('_id', { tenant: 'two' })).toEqual(['b']);
    await goods.updateMany({}, { $inc: { price: 1 } }).setOptions({ tenant: 'one' });
    expect((await goods.find({ price: 2 }, null, { acrossTenants: true }).lean()).map(({ _id }) => _id)).toEqual(['a']);
  });

  test.each<[string, () => PromiseLike<unknown>]>([
    ['find', () => goods.find({})],
    ['findOne', () => goods.findOne({ _id: 'a' })],
    ['find by an operator', () => goods.find({ tenant: { $ne: 'x' } })],
    ['find by another tenant', () => goods.find({ tenant: 'two' }, null, { tenant: 'one' })],
    ['countDocuments', () => goods.countDocuments({})],
    ['estimatedDocumentCount', () => goods.estimatedDocumentCount()],
    ['distinct', () => goods.distinct('price')],
    ['updateOne', () => goods.updateOne({ _id: 'a' }, { price: 5 })],
    ['updateMany', () => goods.updateMany({}, { price: 5 })],
    ['deleteOne', () => goods.deleteOne({ _id: 'a' })],
    ['deleteMany', () => goods.deleteMany({})],
    ['findOneAndUpdate', () => goods.findOneAndUpdate({ _id: 'a' }, { price: 5 })],
    ['findOneAndDelete', () => goods.findOneAndDelete({ _id: 'a' })],
    ['aggregate', () => goods.aggregate([{ $group: { _id: null } }])],
    ['insertMany', () => goods.insertMany([{ _id: 'c', price: 1 }])],
    ['create', () => goods.create({ _id: 'c', price: 1 })],
    ['bulkWrite', () => goods.bulkWrite([{ updateOne: { filter: { _id: 'a' }, update: { price: 5 } } }])],
  ])('%s without one tenant throws', async (_name, query) => {
    await expect((async () => query())()).rejects.toThrow(/tenant/);
  });

  test('a filter with a tenant, an aggregate that begins with one, and a job pass', async () => {
    expect(await goods.find({ tenant: 'one' }).lean()).toHaveLength(1);
    expect(await goods.aggregate([{ $match: { tenant: 'one' } }])).toHaveLength(1);
    expect(await goods.find({}, null, { acrossTenants: true }).lean()).toHaveLength(2);
  });

  test('puts the tenant first in every index that does not say otherwise', () => {
    expect(schema.indexes().map(([key]) => Object.keys(key))).toEqual([['tenant', 'price'], ['expiresAt']]);
    expect(schema.indexes().every(([, options]) => !('acrossTenants' in options))).toBe(true);
  });
});

test('a tenant filter has exactly one tenant', () => {
  expect(tenantFilter('one', { price: 1 })).toEqual({ price: 1, tenant: 'one' });
  expect(() => tenantFilter('', {})).toThrow('needs a tenant');
  expect(() => tenantFilter('one', { tenant: 'two' })).toThrow('names another tenant');
});
