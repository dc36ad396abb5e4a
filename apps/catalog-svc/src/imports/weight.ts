import { plainDecimal } from './decimal.ts';

/** Billionths of a gram in a unit; pound and ounce as the international avoirdupois ones are defined. */
const UNITS: Readonly<Record<string, bigint>> = {
  g: 1_000_000_000n,
  kg: 1_000_000_000_000n,
  lb: 453_592_370_000n,
  oz: 28_349_523_125n,
};

/** Whether a text names a unit of weight. */
export const isWeightUnit = (unit: string): boolean => Object.hasOwn(UNITS, unit.toLowerCase());

const DECIMAL = /^([0-9]{1,9})(?:\.([0-9]{1,9}))?$/;

/** A weight in whole grams, rounded half up; `null` when the text is not a number of nine digits at most. */
export const gramsOf = (text: string, unit: string): number | null => {
  const parts = DECIMAL.exec(plainDecimal(text.trim()) ?? '');
  const factor = UNITS[unit.toLowerCase()];
  if (parts === null || factor === undefined) return null;
  const [, integer = '', fraction = ''] = parts;
  const scale = 1_000_000_000n * 10n ** BigInt(fraction.length);
  return Number((2n * BigInt(integer + fraction) * factor + scale) / (2n * scale));
};
