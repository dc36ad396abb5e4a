import { hash } from 'node:crypto';
import type { Text } from '@kervan/contracts';

/** Letters that Unicode does not take apart into a plain letter and a mark. */
const PLAIN: Readonly<Record<string, string>> = {
  ı: 'i',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  þ: 'th',
};

/** A text in small plain letters, marks taken off: `Şık GÖMLEK` and `sik gomlek` are the same. For sorting and slugs. */
export const fold = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[ıßæœøđðłþ]/g, (letter) => PLAIN[letter] ?? letter);

/** Eight characters that stand for a text: the same for the same text, different ones for (almost) all others. */
export const fingerprint = (text: string): string => hash('sha256', text).slice(0, 8);

/**
 * A slug of a text: `Kırmızı Elbise!` is `kirmizi-elbise`. At most `most` characters; what is cut off, or has no Latin
 * letter at all, is stood for by a fingerprint, so that two long or foreign texts do not fall together.
 */
export const slugOf = (text: string, most = 120): string => {
  const slug = fold(text)
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  if (slug === '') return `x-${fingerprint(text)}`;
  if (slug.length <= most) return slug;
  return `${slug.slice(0, most - 9).replace(/-$/, '')}-${fingerprint(text)}`;
};

/** One string of a text in several languages: Turkish, else English, else whichever comes first. */
export const oneOf = (text: Text): string =>
  typeof text === 'string' ? text : (text['tr'] ?? text['en'] ?? Object.values(text)[0] ?? '');
