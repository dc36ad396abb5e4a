import type { Changes } from '../src/changes.ts';

/** Makes changes to a document as the database does. Throws where it would refuse them, or fill up an array with nulls. */
export const applyChanges = (
  document: Readonly<Record<string, unknown>>,
  { set, unset }: Changes,
): Record<string, unknown> => {
  const paths = [...Object.keys(set), ...Object.keys(unset)];
  for (const [index, path] of paths.entries())
    if (paths.some((other, at) => at !== index && (other === path || other.startsWith(`${path}.`))))
      throw new Error(`a conflict at '${path}'`);
  const next = { ...document };
  for (const [path, value] of Object.entries(set)) {
    if (value === undefined) throw new Error(`'${path}' would be left out`);
    const [name = '', index] = path.split('.');
    if (index === undefined) next[name] = value;
    else {
      const array = next[name];
      if (!Array.isArray(array) || Number(index) >= array.length) throw new Error(`no element '${path}'`);
      next[name] = array.with(Number(index), value);
    }
  }
  for (const name of Object.keys(unset)) Reflect.deleteProperty(next, name);
  return asKept(next);
};

/** A document as the database keeps it: a field that is undefined is not there, an element that is undefined is null. */
export const asKept = (document: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(document).flatMap(([name, value]: [string, unknown]) => {
      if (value === undefined) return [];
      return [[name, Array.isArray(value) ? value.map((element: unknown) => element ?? null) : value]];
    }),
  );
