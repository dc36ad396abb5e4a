const MOST_REMEMBERED = 1_000;
const remembered = new Map<string, string>();

/**
 * The language of an answer: the best of the caller's `Accept-Language` (BCP 47 ranges with q values, looked up as RFC
 * 4647 says: `tr-TR` finds `tr`) that the shop has, else the shop's own. Headers repeat, so answers are remembered.
 */
export const negotiateLanguage = (
  header: string | undefined,
  available: readonly string[],
  fallback: string,
): string => {
  if (header === undefined || header === '' || header.length > 300) return fallback;
  const key = `${header}\n${available.join()}\n${fallback}`;
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const found = lookUp(rangesOf(header), available, fallback);
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  remembered.set(key, found);
  return found;
};

/** The ranges of the header, the most wanted first; equal wishes keep their order, `q=0` and nonsense fall out. */
const rangesOf = (header: string): string[] =>
  header
    .split(',')
    .map((part) => {
      const [range = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
      const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      return {
        range,
        quality: quality === undefined ? 1 : /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(quality) ? Number(quality) : 0,
      };
    })
    .filter(({ range, quality }) => quality > 0 && /^(?:\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*)$/.test(range))
    .sort((one, other) => other.quality - one.quality)
    .map(({ range }) => range);

const lookUp = (ranges: readonly string[], available: readonly string[], fallback: string): string => {
  for (const range of ranges) {
    if (range === '*') return fallback;
    for (let wanted = range; wanted !== ''; wanted = wanted.slice(0, Math.max(0, wanted.lastIndexOf('-')))) {
      const found = available.find((language) => language.toLowerCase() === wanted);
      if (found !== undefined) return found;
    }
  }
  return fallback;
};
