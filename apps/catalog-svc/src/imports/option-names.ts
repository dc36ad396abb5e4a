import type { OptionValue, ProductDocument, ProductFacts } from '../products/product.ts';
import type { ImportRow } from './row.ts';

type Names = readonly (string | undefined)[];

/** The name and value by which the format says that a product has no options. */
const NO_OPTION = { name: 'title', value: 'default title' } as const;

/** The names of a product's options by their place: as these rows say, else as earlier ones did, else as they are. */
export const nameOptions = (existing: ProductDocument['options'], rows: readonly ImportRow[], earlier: Names): Names =>
  [0, 1, 2].map(
    (place) =>
      rows.map(({ optionNames }) => optionNames[place]).find((name) => name !== undefined) ??
      earlier[place] ??
      existing[place]?.name,
  );

/** The options of a row. A value whose option has no name gets the name of its place. */
export const optionsOfRow = (values: readonly string[], names: Names): OptionValue[] => {
  const options = values.flatMap((value, place) =>
    value === '' ? [] : [{ name: names[place] ?? `Option${place + 1}`, value }],
  );
  const [only, ...more] = options;
  return only !== undefined && more.length === 0 && isNoOption(only, names[0]) ? [] : options;
};

const isNoOption = ({ value }: OptionValue, name: string | undefined): boolean =>
  value.toLowerCase() === NO_OPTION.value && (name === undefined || name.toLowerCase() === NO_OPTION.name);

/** A product whose options have the names that the file gives their places; its variants follow. */
export const renameOptions = (facts: ProductFacts, names: Names): ProductFacts => {
  const renamed = new Map<string, string>();
  facts.options.forEach(({ name }, place) => {
    const given = names[place];
    if (given !== undefined && given !== name && !isMarker(given)) renamed.set(name, given);
  });
  // Names that change places are not a renaming: they would fall together on the way.
  if (renamed.size === 0 || facts.options.some(({ name }) => [...renamed.values()].includes(name))) return facts;
  const nameNow = (name: string): string => renamed.get(name) ?? name;
  return {
    ...facts,
    options: facts.options.map((option) => ({ ...option, name: nameNow(option.name) })),
    variants: facts.variants.map((variant) => ({
      ...variant,
      options: variant.options.map(({ name, value }) => ({ name: nameNow(name), value })),
    })),
  };
};

const isMarker = (name: string): boolean => name.toLowerCase() === NO_OPTION.name;
