import type { FieldProblem } from '@kervan/contracts';

/** Settings lie in the tenant's document and travel with every look-up of it. */
const MOST_CHARACTERS = 16_384;

/**
 * What is wrong with settings beyond their shape. Unknown ones are kept as they are, so they must be small, and their
 * names must not be such that a database reads an operator or a path in them.
 */
export const problemsOfSettings = (settings: object): FieldProblem[] => {
  const bad = badNames(settings, 'settings');
  if (bad.length > 0) {
    return bad.map((path) => ({
      path,
      code: 'bad_name',
      message: { tr: 'adlarda nokta olmaz ve adlar $ ile başlamaz', en: 'names have no dots and do not start with $' },
    }));
  }
  return JSON.stringify(settings).length > MOST_CHARACTERS
    ? [
        {
          path: 'settings',
          code: 'too_big',
          message: {
            tr: `JSON olarak en çok ${MOST_CHARACTERS} karakter olabilir`,
            en: `must be at most ${MOST_CHARACTERS} characters of JSON`,
          },
        },
      ]
    : [];
};

const badNames = (value: unknown, path: string): string[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([name, inner]) =>
        /^\$|\.|\0|^$|^__proto__$/.test(name) ? [`${path}.${name}`] : badNames(inner, `${path}.${name}`),
      );
