import type { FastifyInstance } from 'fastify';

const KIB = 1_024;
/** The most bytes of a body, by its kind. */
export const BODY_LIMITS = { json: 256 * KIB, csv: 10 * KIB * KIB } as const;

/** As JSON writes it. No text of ours has one, and no database key may. */
const NUL = '\\u0000';

const malformed = (): Error =>
  Object.assign(new Error('malformed JSON'), { code: 'FST_ERR_CTP_INVALID_JSON_BODY', statusCode: 400 });

/**
 * JSON is read whole and refused when it tries to reach a prototype; an empty body counts as none, as many clients
 * send the content type with every POST. CSV is handed on as it comes, unread.
 */
export const addBodyParsers = (app: FastifyInstance): void => {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = typeof body === 'string' ? body : body.toString('utf8');
    if (text === '') return done(null, undefined);
    if (text.includes(NUL)) return done(malformed(), undefined);
    return parseJson(request, text, done);
  });
  app.addContentTypeParser(['text/csv', 'application/csv'], (_request, payload, done) => done(null, payload));
};
