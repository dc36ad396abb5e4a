/** Chance that can be had again: the same seed gives the same draws. */
export type Random = {
  /** From 0 up to, not including, 1. */
  readonly real: () => number;
  /** True so often: 0 never, 1 always. */
  readonly chance: (share: number) => boolean;
  /** A whole number, both ends included. */
  readonly between: (from: number, to: number) => number;
  /** One of these, which must not be none. */
  readonly pick: <Item>(items: readonly Item[]) => Item;
  /** These in another order. */
  readonly shuffle: <Item>(items: readonly Item[]) => Item[];
  /** Draws of its own by a name: the same ones whatever has been drawn here before. */
  readonly fork: (name: string) => Random;
};

/** A generator from a seed (splitmix32: a few instructions a draw, and far more than enough for buyers). */
export const createRandom = (seed: number): Random => {
  let state = mix(seed);
  const real = (): number => {
    state = (state + 0x9e3779b9) | 0;
    return mix(state) / 0x1_0000_0000;
  };
  const between = (from: number, to: number): number => from + Math.floor(real() * (to - from + 1));
  const pick = <Item>(items: readonly Item[]): Item => {
    const [item] = items.slice(between(0, items.length - 1));
    if (item === undefined) throw new Error('there is nothing to pick from');
    return item;
  };
  return {
    real,
    chance: (share) => real() < share,
    between,
    pick,
    shuffle: (items) =>
      items
        .map((item) => ({ item, place: real() }))
        .sort((left, right) => left.place - right.place)
        .map(({ item }) => item),
    fork: (name) => createRandom(mix(seed) ^ hash(name)),
  };
};

/** Spreads a number over 32 bits, without a sign. */
const mix = (value: number): number => {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
};

/** FNV-1a. */
const hash = (text: string): number => {
  let sum = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) sum = Math.imul(sum ^ text.charCodeAt(index), 0x01000193);
  return sum;
};
