import { Readable } from 'node:stream';
import { TextDecoder } from 'node:util';
import { catalogRpc, fail, ImportReport, ok } from '@kervan/contracts';
import type { Result } from '@kervan/contracts';
import { z } from 'zod';
import { BODY_LIMITS } from '../input/body.ts';
import { defineStepsRoute, input } from '../route.ts';
import type { Ask } from '../route.ts';

/** Characters a part holds: with quotes escaped and letters of three bytes still within a message of the bus. */
const PART_LENGTH = 150_000;

const Csv = z.instanceof(Readable);

/** A product file. It is passed on as it comes in, part by part, so that it is never in memory as a whole. */
export const importRoutes = [
  defineStepsRoute({
    who: 'machine',
    area: 'Admin: catalogue',
    permission: 'catalog:write',
    goods: 'changed',
    method: 'POST',
    path: '/admin/imports/products',
    summary: "Import products from Shopify's CSV",
    description:
      'The body is the file itself (`text/csv`). Products are found by handle, variants by SKU, so the same file may ' +
      'be sent again. The answer lists every row that was refused; the others are in.',
    consumes: 'csv',
    input: input({ body: Csv }),
    timeoutMs: catalogRpc.runImport.timeoutMs + 60_000,
    run: async ({ body }, { tenant }, ask) => {
      const started = await ask(catalogRpc.startImport, { defaultCurrency: tenant.defaultCurrency });
      if (!started.ok) return started;
      const { importId } = started.value;
      const passed = await passOn(body, importId, ask);
      if (!passed.ok) return passed;
      const report = await ask(catalogRpc.runImport, { importId });
      return report.ok ? ok({ body: report.value, headers: {} }) : report;
    },
    view: ImportReport,
  }),
];

const NOT_UTF8 = fail('invalid_input', {
  errors: [
    {
      path: 'file',
      code: 'not_utf8',
      message: { tr: 'dosya UTF-8 olarak kaydedilmeli', en: 'the file must be saved as UTF-8' },
    },
  ],
});

/** The next piece of the text, or without bytes its end; null when the bytes are no UTF-8. */
const decode = (decoder: TextDecoder, bytes?: Buffer): string | null => {
  try {
    return decoder.decode(bytes, { stream: bytes !== undefined });
  } catch {
    return null;
  }
};

/** Whether it is the first half of a surrogate pair. */
const isFirstHalf = (unit: number): boolean => unit >= 0xd8_00 && unit <= 0xdb_ff;

/** Sends the stream in parts, each after the one before has arrived. Parts end between characters, never in one. */
const passOn = async (body: Readable, importId: string, ask: Ask): Promise<Result<void>> => {
  // The mark of its bytes' order is for the reader of the file to see.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let waiting = '';
  let part = 0;
  let bytes = 0;
  const send = async (length: number): Promise<Result<unknown>> => {
    const text = waiting.slice(0, length);
    waiting = waiting.slice(length);
    return ask(catalogRpc.appendImport, { importId, part: part++, text });
  };
  // Leaving early must not close the connection that the answer goes out on.
  for await (const chunk of body.iterator({ destroyOnReturn: false })) {
    const bytesOfChunk: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    bytes += bytesOfChunk.length;
    if (bytes > BODY_LIMITS.csv) return fail('payload_too_large');
    const text = decode(decoder, bytesOfChunk);
    if (text === null) return NOT_UTF8;
    waiting += text;
    while (waiting.length >= PART_LENGTH) {
      const sent = await send(isFirstHalf(waiting.charCodeAt(PART_LENGTH - 1)) ? PART_LENGTH - 1 : PART_LENGTH);
      if (!sent.ok) return sent;
    }
  }
  const rest = decode(decoder);
  if (rest === null) return NOT_UTF8;
  waiting += rest;
  if (waiting.length === 0 && part > 0) return ok(undefined);
  const sent = await send(waiting.length);
  return sent.ok ? ok(undefined) : sent;
};
