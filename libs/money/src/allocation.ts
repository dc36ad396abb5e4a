/** The sum of integers. Throws a RangeError when it leaves the safe integers: a wrong total must never go on. */
export const sum = (values: Iterable<number>): number => {
  let total = 0;
  for (const value of values) {
    total += value;
    if (!Number.isSafeInteger(total)) throw new RangeError('a sum is not a safe integer');
  }
  return total;
};

/**
 * Splits `total` in proportion to integer `weights` so that the parts add up to it exactly: every part is rounded down
 * and the units left over go to the largest remainders, the earlier one first among equals. A negative total is split
 * like its positive twin. A weight of 0 gets nothing, unless the weights add up to 0: then all count the same. Throws a
 * RangeError when there is something to split and nobody to give it to.
 */
export const allocate = (total: number, weights: readonly number[]): number[] => {
  if (total < 0) return allocate(-total, weights).map((part) => (part === 0 ? 0 : -part));
  if (total === 0) return weights.map(() => 0);
  if (weights.length === 0) throw new RangeError('nobody to allocate to');
  if (weights.length === 1) return [total];
  const whole = sum(weights);
  if (whole === 0) return allocate(total, new Array<number>(weights.length).fill(1));
  if (whole < 0) return allocate(total, negated(weights));

  return weights.every((weight) => weight >= 0 && total * weight <= Number.MAX_SAFE_INTEGER)
    ? allocateSmall(total, weights, whole)
    : allocateLarge(total, weights, whole);
};

/** Every product is a safe integer, as in almost every cart: plain numbers are exact, and only numbers are sorted. */
const allocateSmall = (total: number, weights: readonly number[], whole: number): number[] => {
  const rests = new Float64Array(weights.length);
  let left = total;
  const parts = weights.map((weight, index) => {
    const product = total * weight;
    const rest = product % whole;
    const part = (product - rest) / whole;
    rests[index] = rest;
    left -= part;
    return part;
  });
  if (left === 0) return parts;
  // The smallest remainder that still gets a unit; of those that share it only so many, the earlier ones.
  const least = rests.toSorted()[rests.length - left] ?? 0;
  let ofLeast = left;
  for (const rest of rests) if (rest > least) ofLeast -= 1;
  return parts.map((part, index) => {
    const rest = rests[index] ?? 0;
    return rest > least || (rest === least && ofLeast-- > 0) ? part + 1 : part;
  });
};

const allocateLarge = (total: number, weights: readonly number[], whole: number): number[] => {
  const bottom = BigInt(whole);
  const remainders: { index: number; rest: bigint }[] = [];
  const parts = weights.map((weight, index) => {
    const product = BigInt(total) * BigInt(weight);
    // Brought to 0 <= rest < bottom, so that the part of a negative weight is rounded down like the others.
    const rest = ((product % bottom) + bottom) % bottom;
    remainders.push({ index, rest });
    return Number((product - rest) / bottom);
  });
  const left = total - sum(parts);
  remainders.sort((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest > b.rest ? -1 : 1));
  for (const { index } of remainders.slice(0, left)) parts[index] = (parts[index] ?? 0) + 1;
  return parts;
};

const negated = (weights: readonly number[]): number[] => weights.map((weight) => -weight);
