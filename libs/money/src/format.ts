import { exponentOf } from './currency.ts';
import { decimalText } from './decimal.ts';

/** How one language writes one currency, read off `Intl` once. */
type Pattern = {
  readonly exponent: number;
  /** What stands before and after the number, at zero and above, and below zero. */
  readonly positive: readonly [before: string, after: string];
  readonly negative: readonly [before: string, after: string];
  readonly decimal: string;
  readonly group: string;
  /** Digits of the last group, and of those before it (India: 3 and 2). */
  readonly lastGroup: number;
  readonly otherGroups: number;
  /** The fewest digits of the integer that are grouped (Spanish and Polish leave 1234 as it is). */
  readonly groupedFrom: number;
};
type Format = (amount: number) => string;

const FALLBACK_LANGUAGE = 'en';
/** More languages and currencies than any shop has; a bound, because languages come from outside. */
const MOST_FORMATS = 1_000;
const SAMPLES = [
  0, 1, 9, 10, 99, 100, 1_234, 12_345, 123_456, 1_234_567, 12_345_678, 987_654_321, 9_007_199_254_740_991,
];

/** Unknown languages would else fall to that of the machine. */
const supported = (language: string): string => {
  try {
    return Intl.NumberFormat.supportedLocalesOf(language)[0] ?? FALLBACK_LANGUAGE;
  } catch {
    return FALLBACK_LANGUAGE; // not a language tag at all
  }
};

const intlFormat = (currency: string, language: string): Intl.NumberFormat => {
  const digits = exponentOf(currency);
  return new Intl.NumberFormat(supported(language), {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
};

const around = (parts: readonly Intl.NumberFormatPart[]): readonly [string, string] => {
  const isNumber = ({ type }: Intl.NumberFormatPart): boolean => type === 'integer' || type === 'fraction';
  const first = parts.findIndex(isNumber);
  const last = parts.findLastIndex(isNumber);
  const text = (some: readonly Intl.NumberFormatPart[]): string => some.map(({ value }) => value).join('');
  return [text(parts.slice(0, first)), text(parts.slice(last + 1))];
};

const readPattern = (intl: Intl.NumberFormat, exponent: number): Pattern => {
  const parts = intl.formatToParts(1_234_567_890);
  const groups = parts.filter(({ type }) => type === 'integer').map(({ value }) => value.length);
  const value = (type: Intl.NumberFormatPartTypes): string => parts.find((part) => part.type === type)?.value ?? '';
  const isGrouped = (number: number): boolean => intl.formatToParts(number).some(({ type }) => type === 'group');
  const lastGroup = groups.at(-1) ?? 10;
  return {
    exponent,
    positive: around(parts),
    negative: around(intl.formatToParts(-1)),
    decimal: value('decimal'),
    group: value('group'),
    lastGroup,
    otherGroups: groups.at(-2) ?? lastGroup,
    groupedFrom: isGrouped(1_234) ? lastGroup + 1 : lastGroup + 2,
  };
};

const grouped = (digits: string, { group, lastGroup, otherGroups }: Pattern): string => {
  let end = digits.length - lastGroup;
  let text = digits.slice(end);
  while (end > 0) {
    text = digits.slice(Math.max(0, end - otherGroups), end) + group + text;
    end -= otherGroups;
  }
  return text;
};

const formatBy = (pattern: Pattern): Format => {
  const { exponent, groupedFrom, decimal } = pattern;
  return (amount) => {
    const [before, after] = amount < 0 ? pattern.negative : pattern.positive;
    const digits = String(amount < 0 ? -amount : amount).padStart(exponent + 1, '0');
    const point = digits.length - exponent;
    const whole = point === digits.length ? digits : digits.slice(0, point);
    const integer = point < groupedFrom ? whole : grouped(whole, pattern);
    return exponent === 0 ? before + integer + after : before + integer + decimal + digits.slice(point) + after;
  };
};

/**
 * Formatting by hand takes a fraction of `Intl`'s time, but is used only where it says the same as `Intl` about samples
 * of every length and both signs: languages with digits of their own and whatever else is special stay with `Intl`.
 */
const makeFormat = (currency: string, language: string): Format => {
  const intl = intlFormat(currency, language);
  // As text, because a float cannot hold every amount of 16 digits with its decimals.
  const byIntl: Format = (amount) => intl.format(decimalText(amount, currency));
  const byHand = formatBy(readPattern(intl, exponentOf(currency)));
  const isSame = (amount: number): boolean => byHand(amount) === byIntl(amount);
  return SAMPLES.every((amount) => isSame(amount) && isSame(-amount)) ? byHand : byIntl;
};

const formats = new Map<string, Map<string, Format>>();
let formatCount = 0;

const formatOf = (currency: string, language: string): Format => {
  const known = formats.get(language)?.get(currency);
  if (known !== undefined) return known;
  const made = makeFormat(currency, language);
  if (formatCount >= MOST_FORMATS) {
    formats.clear();
    formatCount = 0;
  }
  const byCurrency = formats.get(language) ?? new Map<string, Format>();
  formats.set(language, byCurrency.set(currency, made));
  formatCount += 1;
  return made;
};

/**
 * An amount in minor units as people of a language read it: 129990 TRY in `tr` is `₺1.299,90`. As `Intl` writes it, with
 * the decimals of ISO 4217; a language that `Intl` does not know reads English. Throws a RangeError for an unknown
 * currency or an amount that is not a safe integer.
 */
export const formatMoney = (amount: number, currency: string, language: string): string => {
  if (!Number.isSafeInteger(amount)) throw new RangeError(`${amount} is not an amount in minor units`);
  return formatOf(currency, language)(amount);
};

/** An amount as the API shows it: minor units, the currency, and the same as text. */
export type Money = { readonly amount: number; readonly currency: string; readonly formatted: string };

/** An amount in minor units with its currency and its text in a language. */
export const money = (amount: number, currency: string, language: string): Money => ({
  amount,
  currency,
  formatted: formatMoney(amount, currency, language),
});
