import { Context, isErrorCode } from '@kervan/contracts';
import type { Failure, Result } from '@kervan/contracts';
// The build without the native reader of strings: with strings in a bundle it is as fast.
import { Packr } from 'msgpackr/pack';
import { z } from 'zod';

/** Most frames in one message. */
export const MOST_FRAMES = 64;
/** Most bytes of a message with more than one frame. */
const MOST_BYTES_TOGETHER = 32 * 1024;
/** Most bytes of a message with a single frame: the server's limit is 1 MiB with headers. */
const MOST_BYTES = 1_000_000;

/**
 * How frames are encoded: MessagePack, with msgpackr's records (the names of fields once in a frame, however many rows have
 * them) and its bundles of strings. Half the bytes of JSON, and half the time where there is much. Every frame can be read by
 * itself. Texts must be whole: half of a surrogate pair would not arrive. (msgpackr's types do not know `skipValues`, so the
 * options have a name.)
 */
const WIRE = {
  bundleStrings: true,
  mapsAsObjects: true,
  // As in JSON, what is undefined is not there. Records cannot leave out a field, so such an object goes as a map.
  useRecords: (object: object): boolean => !Object.values(object).includes(undefined),
  skipValues: [undefined],
};
const wire = new Packr(WIRE);

/** One call on the wire: its number on the caller's connection, its context and the request's body. */
export const CallFrame = z.object({ i: z.number().int(), c: Context, b: z.unknown() });
export type CallFrame = z.infer<typeof CallFrame>;

/** The number of a call whose frame is otherwise not readable. */
export const NumberedFrame = z.object({ i: z.number().int() });

const FailureFrame = z.object({
  code: z.string(),
  message: z.string().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
  replayed: z.boolean().optional(),
});

/** One reply on the wire. `v` is parsed by the shape of the call's own schema. */
export const ReplyFrame = z.discriminatedUnion('ok', [
  z.object({ i: z.number().int(), ok: z.literal(true), v: z.unknown() }),
  z.object({ i: z.number().int(), ok: z.literal(false), e: FailureFrame }),
]);
export type ReplyFrame = z.infer<typeof ReplyFrame>;

/** A message's frames, each still to be parsed; null when it cannot be read, or has none or more than anybody sends. */
export const readFrames = (message: Uint8Array): readonly unknown[] | null => {
  const frames: unknown[] = [];
  try {
    wire.unpackMultiple(message, (frame: unknown) => frames.push(frame) <= MOST_FRAMES);
  } catch {
    return null;
  }
  return frames.length > 0 && frames.length <= MOST_FRAMES ? frames : null;
};

/** The wire form of a result. */
export const replyFrame = (number: number, result: Result<unknown>): ReplyFrame =>
  result.ok ? { i: number, ok: true, v: result.value } : { i: number, ok: false, e: result.error };

/** The failure of a reply; a code of a newer version that we do not know becomes `internal_error`. */
export const failureOf = (failure: z.infer<typeof FailureFrame>): Failure =>
  isErrorCode(failure.code)
    ? { ...failure, code: failure.code }
    : { code: 'internal_error', message: `unknown error code ${failure.code}` };

/** Frames that go as one message; `refused` when its only frame cannot be sent at all. */
export type Packed<Frame> =
  | { readonly frames: readonly Frame[]; readonly message: Uint8Array }
  | { readonly frames: readonly Frame[]; readonly refused: 'too_large' | 'not_encodable' };

const encode = (value: unknown): Uint8Array | null => {
  try {
    return wire.pack(value);
  } catch {
    return null;
  }
};

/**
 * Encodes frames, each once, into as few messages as the bounds allow, in their order: a message is its frames one after the
 * other. A frame that cannot be encoded fails alone.
 */
export const pack = <Frame>(frames: readonly Frame[], encoded: (frame: Frame) => unknown): Packed<Frame>[] => {
  const packed: Packed<Frame>[] = [];
  let open: Frame[] = [];
  let parts: Uint8Array[] = [];
  let length = 0;
  const close = (): void => {
    if (open.length > 0) packed.push({ frames: open, message: Buffer.concat(parts, length) });
    open = [];
    parts = [];
    length = 0;
  };
  for (const frame of frames) {
    const part = encode(encoded(frame));
    if (part === null) {
      packed.push({ frames: [frame], refused: 'not_encodable' });
      continue;
    }
    if (part.length > MOST_BYTES) {
      packed.push({ frames: [frame], refused: 'too_large' });
      continue;
    }
    if (open.length === MOST_FRAMES || length + part.length > MOST_BYTES_TOGETHER) close();
    open.push(frame);
    parts.push(part);
    length += part.length;
  }
  close();
  return packed;
};
