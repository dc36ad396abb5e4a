import type { Stored } from './spec.ts';

/** What one write does to a document: to top-level fields, and to elements of arrays by their paths (`items.5`). */
export type Changes = { readonly set: Record<string, unknown>; readonly unset: Record<string, ''> };

/** What the store itself writes; `_id`, `tenant` and `createdAt` are never written again. */
const OURS = new Set(['_id', 'tenant', 'version', 'createdAt', 'updatedAt']);
const BOOKKEEPING = new Set(['outbox', 'eventSequence', 'prunedAt', 'schemaVersion']);

/** Throws for a field that cannot stand at the top of a document: a name MongoDB would read as an operator or a path. */
export const checkFieldName = (name: string): void => {
  if (name.startsWith('$') || name.includes('.') || name === '' || BOOKKEEPING.has(name)) {
    throw new TypeError(`a document cannot have the field '${name}'`);
  }
};

/** A top-level field as it was and as it is; undefined: not there. */
type ChangedField = { readonly name: string; readonly was: unknown; readonly is: unknown };

/**
 * The top-level fields in which `after` differs from `before`. Compared by identity: a decision makes its new document
 * from the old one, so what it did not touch is the very same value.
 */
const changedFields = (before: Stored, after: Stored): ChangedField[] => {
  if (after._id !== before._id || after.tenant !== before.tenant)
    throw new TypeError('a document keeps its id and tenant');
  const was = new Map<string, unknown>(Object.entries(before));
  const is = new Map<string, unknown>(Object.entries(after));
  const changed: ChangedField[] = [];
  for (const name of new Set([...is.keys(), ...was.keys()])) {
    const field = { name, was: was.get(name), is: is.get(name) };
    if (field.was === field.is || OURS.has(name)) continue;
    if (field.is !== undefined) checkFieldName(name);
    else if (BOOKKEEPING.has(name)) continue;
    changed.push(field);
  }
  return changed;
};

/**
 * Whether a decision that made `after` of `before` changes anything beside the stamps. Throws a TypeError for a field
 * that cannot stand in a document, and for another id or tenant.
 */
export const changesAnything = (before: Stored, after: Stored): boolean => changedFields(before, after).length > 0;

/**
 * What has to be written where `before` is kept, so that it becomes `after`. Of an array that keeps its length only the
 * elements that differ, as long as they are less than half of it: so this may only be written over the very version that
 * was read. Throws what `changesAnything` throws.
 */
export const changesBetween = (before: Stored, after: Stored): Changes => {
  const set: Record<string, unknown> = {};
  const unset: Record<string, ''> = {};
  for (const { name, was, is } of changedFields(before, after)) {
    if (is === undefined) unset[name] = '';
    else Object.assign(set, changedElements(name, was, is) ?? { [name]: is });
  }
  return { set, unset };
};

/** The elements in which a field differs, by their paths; null when it is to be set as a whole. */
const changedElements = (name: string, was: unknown, is: unknown): Record<string, unknown> | null => {
  if (!Array.isArray(was) || !Array.isArray(is) || was.length !== is.length) return null;
  const changed: [number, unknown][] = [...is.entries()].filter(([index, element]) => element !== was[index]);
  if (changed.length * 2 >= is.length) return null;
  // Undefined is kept as null inside of an array, but leaves out a path.
  if (changed.some(([, element]) => element === undefined)) return null;
  return Object.fromEntries(changed.map(([index, element]) => [`${name}.${index}`, element]));
};
