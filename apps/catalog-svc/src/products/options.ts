import type { FieldProblem } from '@kervan/contracts';
import type { OptionValue, ProductDocument, VariantRecord } from './product.ts';

type ProductOptions = ProductDocument['options'];
/** The most options a product has. */
export const MOST_OPTIONS = 3;

/** Options given as name to value, in the order in which the product names them. */
export const optionPairs = (given: Readonly<Record<string, string>>, names: readonly string[]): OptionValue[] =>
  Object.entries(given)
    .map(([name, value]) => ({ name: name.trim(), value: value.trim() }))
    .sort((one, other) => places(names, one.name) - places(names, other.name));

const places = (names: readonly string[], name: string): number => {
  const place = names.indexOf(name);
  return place === -1 ? names.length : place;
};

/** A text that is the same for the same options. */
export const optionKey = (options: readonly OptionValue[]): string =>
  JSON.stringify(options.map(({ name, value }) => [name, value]));

/**
 * A product's options with all that its variants use: the declared ones first, in their order, then what only variants
 * name. A product that declares none has those of its variants.
 */
export const mergeOptions = (declared: ProductOptions, variants: readonly VariantRecord[]): ProductOptions => {
  const values = new Map(declared.map((option) => [option.name, new Set(option.values)]));
  for (const { options } of variants) {
    for (const { name, value } of options) {
      const known = values.get(name);
      if (known === undefined) values.set(name, new Set([value]));
      else known.add(value);
    }
  }
  return [...values].map(([name, used]) => ({ name, values: [...used] }));
};

/** What is wrong with a product's options: names twice, too many, names the product does not have, variants alike. */
export const problemsOfOptions = (declared: ProductOptions, variants: readonly VariantRecord[]): FieldProblem[] => {
  const names = new Set(declared.map(({ name }) => name));
  const problems: FieldProblem[] = [];
  if (names.size < declared.length) {
    problems.push({
      path: 'options',
      code: 'duplicate',
      message: { tr: 'her seçeneğin kendi adı olur', en: 'each option has a name of its own' },
    });
  }
  const used = new Set<string>();
  const seen = new Set<string>();
  variants.forEach(({ options }, index) => {
    for (const { name } of options) {
      used.add(name);
      if (names.size > 0 && !names.has(name)) {
        const path = `variants.${index}.options.${name}`;
        problems.push({
          path,
          code: 'unknown_option',
          message: { tr: 'ürünün bir seçeneği değil', en: 'is not an option of the product' },
        });
      }
    }
    if (options.length === 0) return;
    const key = optionKey(options);
    if (seen.has(key)) {
      const message = { tr: 'başka bir varyantın seçenekleri aynı', en: 'another variant has the same options' };
      problems.push({ path: `variants.${index}.options`, code: 'duplicate', message });
    }
    seen.add(key);
  });
  if (names.size === 0 && used.size > MOST_OPTIONS) {
    problems.push({
      path: 'variants',
      code: 'too_many_options',
      message: { tr: `en çok ${MOST_OPTIONS} seçenek olabilir`, en: `at most ${MOST_OPTIONS} options` },
    });
  }
  return problems;
};
