import type { Stored } from './spec.ts';

/** What one write does to the top-level fields of a document. */
export type Changes = { readonly set: Record<string, unknown>; readonly unset: Record<string, ''> };

/** Changes that change nothing. */
export const NO_CHANGES: Changes = { set: {}, unset: {} };

/** What the store itself writes; `_id`, `tenant` and `createdAt` are never written again. */
const OURS = new Set(['_id', 'tenant', 'version', 'createdAt', 'updatedAt']);
const BOOKKEEPING = new Set(['outbox', 'eventSequence', 'prunedAt', 'schemaVersion']);

/** Throws for a field that cannot stand at the top of a document: a name MongoDB would read as an operator or a path. */
export const checkFieldName = (name: string): void => {
  if (name.startsWith('$') || name.includes('.') || name === '' || BOOKKEEPING.has(name)) {
    throw new TypeError(`a document cannot have the field '${name}'`);
  }
};

/**
 * The top-level fields in which `after` differs from what is kept. Compared by identity: a decision makes its new
 * document from the old one, so what it did not touch is the very same value. `null` when nothing differs.
 */
export const changesBetween = (before: Stored, after: Stored): Changes | null => {
  if (after._id !== before._id || after.tenant !== before.tenant)
    throw new TypeError('a document keeps its id and tenant');
  const set: Record<string, unknown> = {};
  const unset: Record<string, ''> = {};
  const was = new Map<string, unknown>(Object.entries(before));
  let changed = false;
  for (const [name, value] of Object.entries(after)) {
    if (value === undefined || OURS.has(name)) continue;
    if (was.get(name) === value) {
      was.delete(name);
      continue;
    }
    checkFieldName(name);
    set[name] = value;
    changed = true;
    was.delete(name);
  }
  for (const [name, value] of was) {
    if (value === undefined || OURS.has(name) || BOOKKEEPING.has(name)) continue;
    unset[name] = '';
    changed = true;
  }
  return changed ? { set, unset } : null;
};

/** Two changes of one document as one: what is said later wins. */
export const mergeChanges = (first: Changes, second: Changes): Changes => {
  const set = { ...first.set, ...second.set };
  const unset = { ...first.unset, ...second.unset };
  for (const name of Object.keys(second.unset)) Reflect.deleteProperty(set, name);
  for (const name of Object.keys(second.set)) Reflect.deleteProperty(unset, name);
  return { set, unset };
};
