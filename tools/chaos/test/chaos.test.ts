import { describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY } from '@kervan/testing/servers';

/** A run as somebody types it. */
const chaos = (...args: string[]): Promise<{ code: number; output: string }> => {
  const data = mkdtempSync(join(tmpdir(), 'kervan-chaos-test-'));
  const main = join(REPOSITORY, 'tools', 'chaos', 'src', 'main.ts');
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args, '--data', data], { cwd: data }, (error, stdout, stderr) => {
      rmSync(data, { recursive: true, force: true });
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: `${stdout}${stderr}` });
    });
  });
};

describe('a short run of a fixed seed', () => {
  test('breaks things, and nothing is lost', async () => {
    const { code, output } = await chaos('--seed', '7', '--minutes', '0.5', '--round', '30', '--buyers', '6');
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toMatch(/seed 7: 1 rounds, 0 violations/);
    expect(output).toMatch(/\d+ orders \(.*confirmed/);
  }, 300_000);
});
