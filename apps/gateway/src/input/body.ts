import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';

const KIB = 1_024;
/** The most bytes of a body, by its kind. */
export const BODY_LIMITS = { json: 256 * KIB, csv: 10 * KIB * KIB } as const;

/**
 * What JSON can write that is no text: NUL, which no database key may hold, and half a character, which no encoding
 * brings back as it was.
 */
const NO_TEXT = /\\u0000|\\ud[89ab][0-9a-f]{2}(?!\\ud[c-f][0-9a-f]{2})|(?<!\\ud[89ab][0-9a-f]{2})\\ud[c-f][0-9a-f]{2}/i;
/** An escaped backslash is no escape: without those, every backslash that is left begins one. */
const holdsNoText = (json: string): boolean => json.includes('\\u') && NO_TEXT.test(json.replaceAll('\\\\', ''));

/** Deeper than any input of ours is. What reads or writes values by recursion would fall over far deeper ones. */
const MOST_LEVELS = 64;
const BYTE = { quote: 0x22, backslash: 0x5c, openArray: 0x5b, closeArray: 0x5d, openObject: 0x7b, closeObject: 0x7d };

/** Whether arrays and objects are nested too deep; what is no JSON at all is found out later. */
const isTooDeep = (json: Buffer): boolean => {
  let levels = 0;
  let inText = false;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (inText) {
      if (byte === BYTE.backslash) at++;
      else if (byte === BYTE.quote) inText = false;
    } else if (byte === BYTE.quote) inText = true;
    else if (byte === BYTE.openObject || byte === BYTE.openArray) {
      if (++levels > MOST_LEVELS) return true;
    } else if (byte === BYTE.closeObject || byte === BYTE.closeArray) levels--;
  }
  return false;
};

const malformed = (): Error =>
  Object.assign(new Error('malformed JSON'), { code: 'FST_ERR_CTP_INVALID_JSON_BODY', statusCode: 400 });

/**
 * JSON is read whole and refused when it is not UTF-8, is nested absurdly deep, holds what is no text, or tries to reach
 * a prototype; an empty body counts as none, as many clients send the content type with every POST. CSV is handed on as
 * it comes, unread.
 */
export const addBodyParsers = (app: FastifyInstance): void => {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body);
    if (bytes.length === 0) return done(null, undefined);
    if (!isUtf8(bytes) || isTooDeep(bytes)) return done(malformed(), undefined);
    const text = bytes.toString('utf8');
    if (holdsNoText(text)) return done(malformed(), undefined);
    return parseJson(request, text, done);
  });
  app.addContentTypeParser(['text/csv', 'application/csv'], (_request, payload, done) => done(null, payload));
};
