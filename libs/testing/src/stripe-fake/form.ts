/** A form as Stripe nests it: `metadata[orderId]=1`, `expand[]=a`, `expand[0]=a`. */
export type Form = { [name: string]: string | Form | string[] };

const NAME = /^([A-Za-z0-9_]+)((?:\[[A-Za-z0-9_-]*\])*)$/;

/** Parses a form-encoded body or query; null when a name cannot be read. */
export const parseForm = (text: string): Form | null => {
  const form: Form = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const match = NAME.exec(name);
    if (match?.[1] === undefined) return null;
    const path = [match[1], ...[...(match[2] ?? '').matchAll(/\[([^\]]*)\]/g)].map(([, key]) => key ?? '')];
    if (!put(form, path, value)) return null;
  }
  return form;
};

const put = (form: Form, path: readonly string[], value: string): boolean => {
  const [name, ...rest] = path;
  if (name === undefined) return false;
  const held = form[name];
  if (rest.length === 0) {
    form[name] = value;
    return true;
  }
  const isList = rest.length === 1 && /^\d*$/.test(rest[0] ?? '');
  if (isList) {
    if (held !== undefined && !Array.isArray(held)) return false;
    form[name] = [...(held ?? []), value];
    return true;
  }
  if (typeof held === 'string' || Array.isArray(held)) return false;
  const inner: Form = held ?? {};
  form[name] = inner;
  return put(inner, rest, value);
};

/** A field that is a plain text. */
export const textOf = (form: Form, name: string): string | undefined => {
  const value = form[name];
  return typeof value === 'string' ? value : undefined;
};

/** A field that is a map of plain texts. */
export const mapOf = (form: Form, name: string): Record<string, string> => {
  const value = form[name];
  if (typeof value !== 'object' || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
};
