import { invalid, ok, type Result, type Texts } from '@kervan/contracts';

/** The columns of Shopify's product format that mean something here, with the names its newer template gives them. */
const COLUMNS = {
  Handle: ['url handle'],
  Title: [],
  'Body (HTML)': ['description'],
  Vendor: [],
  'Product Category': [],
  Type: [],
  Tags: [],
  Published: ['published on online store'],
  Status: [],
  'Option1 Name': [],
  'Option1 Value': [],
  'Option2 Name': [],
  'Option2 Value': [],
  'Option3 Name': [],
  'Option3 Value': [],
  'Variant SKU': ['sku'],
  'Variant Grams': ['weight value (grams)'],
  'Variant Weight': [],
  'Variant Weight Unit': ['weight unit for display'],
  'Variant Inventory Qty': ['inventory quantity'],
  'Variant Inventory Policy': ['continue selling when out of stock'],
  'Variant Price': ['price'],
  'Variant Compare At Price': ['compare-at price'],
  'Variant Requires Shipping': ['requires shipping'],
  'Variant Taxable': ['charge tax'],
  'Variant Tax Code': ['tax code'],
  'Variant Barcode': ['barcode'],
  'Variant Image': ['variant image url'],
  'Image Src': ['product image url'],
  'Image Position': [],
  'Image Alt Text': [],
  'Gift Card': [],
  'SEO Title': [],
  'SEO Description': [],
  'Google Shopping / Gender': [],
  'Google Shopping / Age Group': [],
  'Google Shopping / Condition': [],
} as const;
export type Column = keyof typeof COLUMNS;

const isColumn = (name: string): name is Column => Object.hasOwn(COLUMNS, name);

/** Column by name in lower case. */
const NAMES = new Map<string, Column>(
  Object.entries(COLUMNS).flatMap(([column, others]) =>
    isColumn(column) ? [column.toLowerCase(), ...others].map((name): [string, Column] => [name, column]) : [],
  ),
);

/** More than any shop has: some fifty, and one for each field of its own. */
const MOST_COLUMNS = 500;

const EXTRA_OPTION = /^option(?:[4-9]|[1-9][0-9]+) value$/;

/** The header of a file: where each column stands. */
export type Header = {
  readonly count: number;
  readonly places: ReadonlyMap<Column, number>;
  /** Value columns of a fourth option and beyond, which no product has. */
  readonly extraOptions: readonly { readonly name: string; readonly place: number }[];
};

/** Reads the header; column names in any case. invalid_input when the file is not one of products. */
export const readHeader = (cells: readonly string[]): Result<Header> => {
  if (cells.length > MOST_COLUMNS)
    return notProducts('too_many', {
      tr: `${MOST_COLUMNS} sütundan fazlası var`,
      en: `it has more than ${MOST_COLUMNS} columns`,
    });
  const places = new Map<Column, number>();
  const extraOptions: { name: string; place: number }[] = [];
  for (const [place, cell] of cells.entries()) {
    const name = cell.trim();
    const column = NAMES.get(name.toLowerCase());
    if (EXTRA_OPTION.test(name.toLowerCase())) extraOptions.push({ name, place });
    if (column === undefined) continue;
    if (places.has(column))
      return notProducts('duplicate_column', {
        tr: `“${column}” sütunu iki kez var`,
        en: `the column “${column}” is there twice`,
      });
    places.set(column, place);
  }
  if (!places.has('Handle'))
    return notProducts('no_handle', { tr: '“Handle” sütunu yok', en: 'there is no column “Handle”' });
  if (!places.has('Title') && !places.has('Variant Price')) {
    return notProducts('no_products', {
      tr: 'ne “Title” ne de “Variant Price” sütunu var',
      en: 'there is neither a column “Title” nor “Variant Price”',
    });
  }
  return ok({ count: cells.length, places, extraOptions });
};

/** The refusal of a whole file. */
export const notProducts = (code: string, why: Texts): ReturnType<typeof invalid> =>
  invalid([
    {
      path: 'file',
      code,
      message: { tr: `bu bir ürün CSV’si değil: ${why.tr}`, en: `this is no CSV of products: ${why.en}` },
    },
  ]);
