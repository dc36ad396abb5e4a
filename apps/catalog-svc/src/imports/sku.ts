import { fingerprint, slugOf } from '../text/slug.ts';

const MOST_CHARACTERS = 64;

/**
 * The SKUs a variant without one may get, best first: of the product's slug and the option values
 * (`classic-varsity-top-small`), and the same with a fingerprint for when somebody else has the first. They follow from
 * the file alone, so the same row gets the same one every time.
 */
export const derivedSkus = (slug: string, values: readonly string[]): readonly [string, string] => {
  const name = [slug, ...values.map((value) => slugOf(value, MOST_CHARACTERS))].join('-');
  const exact = `-${fingerprint(JSON.stringify([slug, ...values]))}`;
  const marked = `${name.slice(0, MOST_CHARACTERS - exact.length).replace(/-$/, '')}${exact}`;
  return name.length <= MOST_CHARACTERS ? [name, marked] : [marked, marked];
};
