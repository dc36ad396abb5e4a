import { Context, isErrorCode } from '@kervan/contracts';
import type { Failure, Result } from '@kervan/contracts';
import { z } from 'zod';
import { parseJson } from './json.ts';

/** Most frames in one message. */
export const MOST_FRAMES = 64;
/** Most characters of a message with more than one frame. */
const MOST_TEXT = 256 * 1024;
/** Most bytes of a message with a single frame: the server's limit is 1 MiB with headers. */
const MOST_BYTES = 1_000_000;

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

/** One reply on the wire. `v` is parsed by the call's own schema. */
export const ReplyFrame = z.discriminatedUnion('ok', [
  z.object({ i: z.number().int(), ok: z.literal(true), v: z.unknown() }),
  z.object({ i: z.number().int(), ok: z.literal(false), e: FailureFrame }),
]);
export type ReplyFrame = z.infer<typeof ReplyFrame>;

/** A message's frames, each still to be parsed; null when it is no array, or of more than anybody sends. */
export const readFrames = (text: string): readonly unknown[] | null => {
  const frames = parseJson(text);
  return Array.isArray(frames) && frames.length <= MOST_FRAMES ? frames : null;
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
  | { readonly frames: readonly Frame[]; readonly text: string }
  | { readonly frames: readonly Frame[]; readonly refused: 'too_large' | 'not_json' };

const jsonOf = (value: unknown): string | null => {
  try {
    return JSON.stringify(value);
  } catch {
    return null;
  }
};

/**
 * Encodes frames, each once, into as few messages as the bounds allow, in their order. A frame that cannot be encoded fails
 * alone.
 */
export const pack = <Frame>(frames: readonly Frame[], encoded: (frame: Frame) => unknown): Packed<Frame>[] => {
  const packed: Packed<Frame>[] = [];
  let open: Frame[] = [];
  let texts: string[] = [];
  let length = 0;
  const close = (): void => {
    if (open.length > 0) packed.push({ frames: open, text: `[${texts.join(',')}]` });
    open = [];
    texts = [];
    length = 0;
  };
  for (const frame of frames) {
    const text = jsonOf(encoded(frame));
    if (text === null) {
      packed.push({ frames: [frame], refused: 'not_json' });
      continue;
    }
    if (text.length > MOST_TEXT && Buffer.byteLength(text) > MOST_BYTES) {
      packed.push({ frames: [frame], refused: 'too_large' });
      continue;
    }
    if (open.length === MOST_FRAMES || length + text.length > MOST_TEXT) close();
    open.push(frame);
    texts.push(text);
    length += text.length;
  }
  close();
  return packed;
};
