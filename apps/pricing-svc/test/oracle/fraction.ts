/** An exact number that is not negative; nothing is rounded before `round` says so. */
export type Fraction = { readonly top: bigint; readonly bottom: bigint };

export const fraction = (top: bigint, bottom = 1n): Fraction => ({ top, bottom });
export const add = (a: Fraction, b: Fraction): Fraction =>
  fraction(a.top * b.bottom + b.top * a.bottom, a.bottom * b.bottom);
export const times = (a: Fraction, b: Fraction): Fraction => fraction(a.top * b.top, a.bottom * b.bottom);
export const over = (a: Fraction, b: Fraction): Fraction => fraction(a.top * b.bottom, a.bottom * b.top);
/** Basis points as a part of one. */
export const percent = (basisPoints: number): Fraction => fraction(BigInt(basisPoints), 10_000n);
export const total = (all: readonly Fraction[]): Fraction => all.reduce(add, fraction(0n));
export const floor = ({ top, bottom }: Fraction): bigint => top / bottom;
export const round = (value: Fraction): bigint => floor(add(value, fraction(1n, 2n)));
const isLess = (a: Fraction, b: Fraction): boolean => a.top * b.bottom < b.top * a.bottom;

export const sum = (all: readonly bigint[]): bigint => all.reduce((one, other) => one + other, 0n);
export const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/**
 * `amount` split in proportion: everybody's part rounded down, then a unit each to whoever lost most, the earlier one first
 * among equals. All weights 0: nobody gets anything.
 */
export const split = (amount: bigint, weights: readonly Fraction[]): readonly bigint[] => {
  const all = total(weights);
  if (all.top === 0n) return weights.map(() => 0n);
  const parts = weights.map((weight, at) => {
    const exact = over(times(fraction(amount), weight), all);
    return { at, whole: floor(exact), lost: add(exact, fraction(-floor(exact))) };
  });
  const left = amount - sum(parts.map(({ whole }) => whole));
  const byLoss = parts.toSorted((a, b) => (isLess(b.lost, a.lost) ? -1 : isLess(a.lost, b.lost) ? 1 : a.at - b.at));
  const lucky = new Set(byLoss.slice(0, Number(left)).map(({ at }) => at));
  return parts.map(({ at, whole }) => whole + (lucky.has(at) ? 1n : 0n));
};
