import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { anchorsOf, linksOf } from './markdown.ts';

/** The folder of the repository. */
export const REPOSITORY = join(import.meta.dirname, '../../..');

/** Files of the repository that match, as paths below it, in order. */
export const filesOf = (...patterns: string[]): string[] =>
  globSync(patterns, { cwd: REPOSITORY, exclude: ['**/node_modules/**'] }).sort();

/** The pages people read, as paths below the repository. */
export const pages = (): string[] => filesOf('*.md', 'docs/**/*.md', '{apps,libs,tools}/*/README.md');

/** The text of a file of the repository. */
export const readText = (path: string): string => readFileSync(join(REPOSITORY, path), 'utf8');

/** Writes a file of the repository. */
export const writeText = (path: string, text: string): void => writeFileSync(join(REPOSITORY, path), text);

const ELSEWHERE = /^(?:[a-z]+:|\/\/)/;

/** The links of a page that lead to no file of the repository, or to no heading of the page they lead to. */
export const brokenLinks = (path: string, text: string): string[] =>
  linksOf(text).filter((target) => !ELSEWHERE.test(target) && !leadsSomewhere(path, text, target));

const leadsSomewhere = (path: string, text: string, target: string): boolean => {
  const [file = '', anchor] = decodeURI(target).split('#', 2);
  const place = file === '' ? path : join(dirname(path), file);
  if (!existsSync(join(REPOSITORY, place))) return false;
  return anchor === undefined || anchorsOf(file === '' ? text : readText(place)).includes(anchor);
};
