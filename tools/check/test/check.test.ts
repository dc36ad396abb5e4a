import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { type Mongo, startMongo } from '@kervan/testing';
import { REPOSITORY } from '@kervan/testing/servers';
import { MongoClient } from 'mongodb';

let mongo: Mongo;
beforeAll(async () => {
  mongo = await startMongo();
});
afterAll(async () => {
  await mongo.stop();
});

/** What the program says on both of its ways out, and how it ends. */
const run = (args: readonly string[], environment: Record<string, string>) =>
  new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    const main = join(REPOSITORY, 'tools/check/src/main.ts');
    const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, ...environment } });
    const said = { out: '', err: '' };
    child.stdout.on('data', (chunk) => (said.out += String(chunk)));
    child.stderr.on('data', (chunk) => (said.err += String(chunk)));
    child.on('close', (code) => resolve({ code, ...said }));
  });

test('where all holds it says of how much, where something does not it names it, and its exit code says which', async () => {
  const databases = { MONGODB_URI: mongo.uri };
  const sound = await run(['--within', '5'], databases);
  expect(sound).toMatchObject({ code: 0, err: '' });
  expect(sound.out.split('\n').slice(0, 1)).toEqual(['orders: none']);
  expect(sound.out).toContain('Everything holds.');

  const client = await MongoClient.connect(mongo.uri);
  const row = { tenant: 'demo', sku: 'SHIRT', onHand: 5, reserved: 0, backorder: false };
  await client.db('inventory_svc').collection('stock').insertOne(row);
  await client.close();
  const broken = await run(['--within', '0'], databases);
  expect(broken.code).toBe(1);
  expect(broken.err).toContain('Not quiet after 0 s');
  expect(broken.out).toContain('stock is the sum of its ledger: demo:SHIRT (stock 5/0, ledger 0/0) [demo]');
  expect(broken.out).toContain('1 violation.');
}, 60_000);

test('what cannot be looked at is not sound', async () => {
  const nobody = await run(['--within', '0'], { MONGODB_URI: 'mongodb://127.0.0.1:1/?directConnection=true' });
  expect(nobody.code).toBe(2);
  expect(nobody.err).toContain('It could not be looked at: ');
  const nowhere = await run(['--data', '/nowhere'], {});
  expect(nowhere).toEqual({ code: 2, out: '', err: '/nowhere/dev.json cannot be read.\n' });
}, 60_000);
