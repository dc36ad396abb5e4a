/** Why something in a file was refused, for the people who wrote it. `value` is what stood there. */
const REASONS = {
  broken_quotes: {
    en: () => 'a quote is not closed, or closed in the middle of a field: this line was skipped',
    tr: () => 'tırnak kapatılmamış veya alanın ortasında kapatılmış: bu satır atlandı',
  },
  wrong_column_count: {
    en: (value: string) => `has ${value} columns, the header has another number`,
    tr: (value: string) => `${value} sütunu var, başlıktaki sayı farklı`,
  },
  handle_missing: { en: () => 'the handle is missing', tr: () => 'handle boş' },
  handle_collision: {
    en: (value: string) => `another product of this file has the same address “${value}”`,
    tr: (value: string) => `bu dosyadaki başka bir ürünün adresi de “${value}”`,
  },
  empty_row: {
    en: () => 'the row has neither a product nor a variant nor a picture',
    tr: () => 'satırda ne ürün ne varyant ne de görsel var',
  },
  title_missing: { en: () => 'a new product needs a title', tr: () => 'yeni ürün için başlık gerekli' },
  price_missing: { en: () => 'a new variant needs a price', tr: () => 'yeni varyant için fiyat gerekli' },
  not_an_amount: {
    en: (value: string) => `“${value}” is not an amount of the currency`,
    tr: (value: string) => `“${value}” bu para biriminde bir tutar değil`,
  },
  not_a_number: {
    en: (value: string) => `“${value}” is not a number`,
    tr: (value: string) => `“${value}” bir sayı değil`,
  },
  negative: { en: (value: string) => `“${value}” is below zero`, tr: (value: string) => `“${value}” sıfırın altında` },
  too_large: { en: (value: string) => `“${value}” is too large`, tr: (value: string) => `“${value}” çok büyük` },
  not_yes_or_no: {
    en: (value: string) => `“${value}” is neither true nor false`,
    tr: (value: string) => `“${value}” ne true ne de false`,
  },
  unknown_value: {
    en: (value: string) => `“${value}” is not known here`,
    tr: (value: string) => `“${value}” burada bilinmiyor`,
  },
  too_long: {
    en: (value: string) => `is longer than ${value} characters`,
    tr: (value: string) => `${value} karakterden uzun`,
  },
  too_many: { en: (value: string) => `there are more than ${value}`, tr: (value: string) => `${value} adetten fazla` },
  too_many_rows: {
    en: (value: string) => `a file has at most ${value} rows: this one and those after it were not read`,
    tr: (value: string) => `bir dosyada en fazla ${value} satır olur: bu ve sonraki satırlar okunmadı`,
  },
  too_many_options: {
    en: () => 'a product has at most three options',
    tr: () => 'bir ürünün en fazla üç seçeneği olur',
  },
  bad_sku: { en: (value: string) => `“${value}” cannot be a SKU`, tr: (value: string) => `“${value}” bir SKU olamaz` },
  sku_twice: {
    en: (value: string) => `the SKU “${value}” stands in this file before`,
    tr: (value: string) => `“${value}” SKU’su bu dosyada daha önce var`,
  },
  sku_taken: {
    en: (value: string) => `another product has the SKU “${value}”`,
    tr: (value: string) => `“${value}” SKU’su başka bir ürünün`,
  },
  options_twice: {
    en: () => 'another variant of the product has the same options',
    tr: () => 'ürünün başka bir varyantı aynı seçeneklere sahip',
  },
  bad_address: {
    en: (value: string) => `“${value}” is not a web address`,
    tr: (value: string) => `“${value}” bir web adresi değil`,
  },
  not_written: {
    en: () => 'others kept changing the product: import the file once more',
    tr: () => 'ürün bu sırada hep değişti: dosyayı bir kez daha aktarın',
  },
} as const;
export type ReasonCode = keyof typeof REASONS;

/** Something in a row that was refused. */
export type RowProblem = {
  readonly line: number;
  readonly handle: string | null;
  readonly column: string | null;
  readonly code: ReasonCode;
  readonly value: string;
};

/** What of a refused cell is repeated in its reason, at most. In characters. */
const SHOWN = 60;

/** The reason as a text; English for languages that have none. */
export const reasonText = ({ code, value }: Pick<RowProblem, 'code' | 'value'>, language: string): string =>
  REASONS[code][language === 'tr' ? 'tr' : 'en'](value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value);
