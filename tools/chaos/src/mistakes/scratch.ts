import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { REPOSITORY } from '@kervan/testing/servers';
import type { Edit } from './mistakes.ts';

/** The text of a file with one place changed. Throws when that place is not there exactly once. */
export const changed = (text: string, { file, find, replace }: Edit): string => {
  const times = text.split(find).length - 1;
  if (times !== 1) throw new Error(`${file} has ${times} places like: ${find}`);
  return text.replace(find, () => replace);
};

/** Our packages by their folder below the repository. */
const OURS = ['apps', 'libs', 'tools'] as const;

/**
 * A copy of the repository in which something can be broken: its own code, the installed packages by links. `remove`
 * deletes it.
 */
export const scratchCopy = (edits: readonly Edit[]): { readonly folder: string; readonly remove: () => void } => {
  const folder = mkdtempSync(join(tmpdir(), 'kervan-mistake-'));
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: REPOSITORY,
    encoding: 'utf8',
  });
  const isThere = (file: string): boolean => file !== '' && existsSync(join(REPOSITORY, file));
  for (const file of listed.split('\0').filter(isThere)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(REPOSITORY, file), join(folder, file));
  }
  linkPackages(folder);
  for (const edit of edits) {
    const path = join(folder, edit.file);
    writeFileSync(path, changed(readFileSync(path, 'utf8'), edit));
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
};

/** Installed packages are the repository's own; ours are those of the copy. */
const linkPackages = (folder: string): void => {
  const link = (from: string, to: string): void => {
    for (const name of readdirSync(from)) {
      if (name === '@kervan') continue;
      symlinkSync(join(from, name), join(to, name));
    }
  };
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '@kervan'), { recursive: true });
  link(join(REPOSITORY, 'node_modules'), modules);
  mkdirSync(join(folder, '.cache'));
  symlinkSync(join(REPOSITORY, '.cache', 'bin'), join(folder, '.cache', 'bin'));
  for (const kind of OURS) {
    for (const name of readdirSync(join(folder, kind))) {
      symlinkSync(join(folder, kind, name), join(modules, '@kervan', name));
      const own = join(REPOSITORY, kind, name, 'node_modules');
      try {
        readdirSync(own);
      } catch {
        continue;
      }
      mkdirSync(join(folder, kind, name, 'node_modules'));
      link(own, join(folder, kind, name, 'node_modules'));
    }
  }
};
