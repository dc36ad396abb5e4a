/** Prints what happens, with the seconds since the start in front. */
export type Say = (line: string) => void;

/** A printer whose clock starts now. */
export const progress = (print: (line: string) => void = console.log): Say => {
  const since = performance.now();
  return (line) => print(`${((performance.now() - since) / 1_000).toFixed(1).padStart(6)} s  ${line}`);
};

/** Two columns, the first as wide as its widest entry. */
export const table = (rows: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n');
};
