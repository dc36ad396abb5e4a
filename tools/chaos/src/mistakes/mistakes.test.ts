import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '@kervan/testing/servers';
import { readOptions } from '../options.ts';
import { MISTAKES } from './mistakes.ts';
import { changed } from './scratch.ts';

describe('every deliberate mistake', () => {
  test.each(MISTAKES.map((mistake) => [mistake.name, mistake] as const))('%s can still be made', (_name, { edits }) => {
    const texts = new Map<string, string>();
    for (const edit of edits) {
      const text = texts.get(edit.file) ?? readFileSync(join(REPOSITORY, edit.file), 'utf8');
      const next = changed(text, edit);
      expect(next).not.toBe(text);
      texts.set(edit.file, next);
    }
  });

  test.each(MISTAKES.map((mistake) => [mistake.name, mistake] as const))('%s has a run', (_name, { run }) => {
    expect(readOptions(run).faults.length).toBeGreaterThan(0);
  });
});
