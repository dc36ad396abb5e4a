import { transcode } from 'node:buffer';

/** From so many characters on the detour is worth it. */
const LARGE = 16 * 1024;

/**
 * A value as JSON, as it goes out. One ₺ makes a text two bytes a character inside, and turning a large one into UTF-8 takes
 * `transcode` a third of the time that `Buffer.from` takes. It may, because what `JSON.stringify` writes is well-formed.
 */
export const jsonBytes = (value: unknown): Buffer => {
  const text = JSON.stringify(value) ?? '';
  return text.length < LARGE ? Buffer.from(text) : transcode(Buffer.from(text, 'utf16le'), 'utf16le', 'utf8');
};
