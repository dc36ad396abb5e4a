import { problem, type Draft, type MergeContext } from './draft.ts';
import type { ImagePart, ImportRow } from './row.ts';

const MOST_MEDIA = 250;

/** A picture is known by its address. */
export const mergeImage = (draft: Draft, row: ImportRow, image: ImagePart, { makeId }: MergeContext): void => {
  const { media } = draft.facts;
  const known = media.find(({ url }) => url === image.url);
  if (known === undefined && media.length >= MOST_MEDIA) {
    draft.problems.push(problem(row, 'Image Src', 'too_many', String(MOST_MEDIA)));
    return;
  }
  const last = media.reduce((most, { position }) => Math.max(most, position), 0);
  const merged = {
    id: known?.id ?? makeId('media'),
    url: image.url,
    alt: image.alt ?? known?.alt ?? null,
    position: image.position ?? known?.position ?? Math.min(last + 1, 1_000),
  };
  if (known === undefined) draft.images++;
  const others = media.filter((each) => each !== known);
  // The sort is stable: an unchanged picture stays where it was.
  const at = known === undefined ? others.length : media.indexOf(known);
  draft.facts = {
    ...draft.facts,
    media: others.toSpliced(at, 0, merged).sort((one, other) => one.position - other.position),
  };
};

/** The id of a variant's own picture, which becomes one of the product's. */
export const pictureOf = (draft: Draft, row: ImportRow, url: string, context: MergeContext): string | undefined => {
  if (!draft.facts.media.some((each) => each.url === url)) {
    mergeImage(draft, row, { url, alt: undefined, position: undefined }, context);
  }
  return draft.facts.media.find((each) => each.url === url)?.id;
};
