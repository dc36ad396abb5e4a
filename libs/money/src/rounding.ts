const BASIS = 10_000;

/** `numerator / denominator`, halves away from zero, exact. Throws a RangeError for a denominator of 0. */
export const divideHalfAwayFromZero = (numerator: bigint, denominator: bigint): bigint => {
  const negative = numerator < 0n !== denominator < 0n;
  const top = numerator < 0n ? -numerator : numerator;
  const bottom = denominator < 0n ? -denominator : denominator;
  const rounded = (2n * top + bottom) / (2n * bottom);
  return negative ? -rounded : rounded;
};

/**
 * `amount * numerator / denominator` in minor units, halves away from zero, exact; `numerator >= 0`, `denominator > 0`.
 * Throws a RangeError when the answer is not a safe integer.
 *
 * Small ratios (every plain tax rate) need no BigInt: with `amount = whole * denominator + rest` the answer is
 * `whole * numerator + rest * numerator / denominator`; `amount - rest` divides evenly, so the float division is exact,
 * and the products that are rounded stay below `2 * numerator * denominator + denominator`, which is safe.
 */
export const proportion = (amount: number, numerator: number, denominator: number): number => {
  const size = Math.abs(amount);
  let result: number;
  if (2 * numerator * denominator + denominator <= Number.MAX_SAFE_INTEGER) {
    const rest = size % denominator;
    const doubled = 2 * rest * numerator + denominator;
    result = ((size - rest) / denominator) * numerator + (doubled - (doubled % (2 * denominator))) / (2 * denominator);
  } else {
    result = Number(divideHalfAwayFromZero(BigInt(size) * BigInt(numerator), BigInt(denominator)));
  }
  if (!Number.isSafeInteger(result)) throw new RangeError(`${amount} * ${numerator} / ${denominator} is not safe`);
  return amount < 0 && result !== 0 ? -result : result;
};

/** `amount * basisPoints / 10000` in minor units, halves away from zero, exact: 20 % of 1.299,90 is `portion(129990, 2000)`. */
export const portion = (amount: number, basisPoints: number): number => proportion(amount, basisPoints, BASIS);

/**
 * The tax inside a gross amount: `gross * basisPoints / (10000 + basisPoints)` in minor units, halves away from zero,
 * exact. 20 % inside 1.299,90 is 216,65.
 */
export const includedTax = (gross: number, basisPoints: number): number =>
  proportion(gross, basisPoints, BASIS + basisPoints);
