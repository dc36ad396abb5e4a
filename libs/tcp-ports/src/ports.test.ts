import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { freePort, freePorts, isListening, isPortFree } from './ports.ts';

const listen = (port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });

test('a free port is free until someone listens there, on whichever address', async () => {
  const port = await freePort();
  expect(await isPortFree(port)).toBe(true);
  expect(await isListening(port)).toBe(false);
  const server = await listen(port);
  expect(await isPortFree(port)).toBe(false);
  expect(await isListening(port)).toBe(true);
  server.close();
});

test('no port is handed out twice, asked side by side or not', async () => {
  const sideBySide = await Promise.all(Array.from({ length: 100 }, freePort));
  const ports = [...sideBySide, await freePort()];
  expect(new Set(ports).size).toBe(101);
});

test('several follow each other, and none of them is handed out again', async () => {
  const firsts = await Promise.all([freePorts(32), freePorts(8), freePorts(20), freePorts(8)]);
  const counts = [32, 8, 20, 8];
  const ports = firsts.flatMap((first, index) => Array.from({ length: counts[index] ?? 0 }, (_, step) => first + step));
  ports.push(await freePort());
  expect(new Set(ports).size).toBe(69);
  for (const port of ports) expect(await isPortFree(port)).toBe(true);
});

test('a port on which a stranger listens is passed over', async () => {
  const port = await freePort();
  const strangers = await Promise.all([listen(port + 1), listen(port + 2)].map((each) => each.catch(() => null)));
  const next = await freePort();
  expect([port + 1, port + 2]).not.toContain(next);
  for (const stranger of strangers) stranger?.close();
});

test('processes side by side are given different ports, though none listens on them yet', async () => {
  const script = `
    const { freePort } = await import(${JSON.stringify(join(import.meta.dirname, 'ports.ts'))});
    const ports = [];
    for (let step = 0; step < 40; step += 1) ports.push(await freePort());
    process.stdin.once('data', () => process.exit(0));
    process.stdout.write(ports.join(' '));
  `;
  const given = await Promise.all(
    Array.from({ length: 6 }, async () => {
      const running = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { timeout: 60_000 });
      const { child } = running;
      const line = await new Promise<string>((resolve, reject) => {
        child.stdout?.once('data', (chunk: Buffer | string) => resolve(String(chunk)));
        child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
      });
      return { end: () => void child.stdin?.write('end\n'), running, ports: line.split(' ').map(Number) };
    }),
  );
  for (const { end, running } of given) {
    end();
    await running;
  }
  const all = given.flatMap(({ ports }) => ports);
  expect(all).toHaveLength(240);
  expect(new Set(all).size).toBe(240);
});
