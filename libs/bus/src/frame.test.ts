import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { pack as packPlain } from 'msgpackr/pack';
import { MOST_FRAMES, pack, readFrames } from './frame.ts';

/** What services say to each other: what JSON can say, in whole characters. */
const value = fc
  .json({ noUnicodeString: false })
  .filter((text) => text.isWellFormed() && !text.includes('"__proto__"'))
  .map((text): unknown => JSON.parse(text));
const frame = fc.record({ i: fc.nat(), ok: fc.boolean(), v: value });
const messagesOf = (frames: readonly unknown[]): Uint8Array[] =>
  pack(frames, (each) => each).map((packed) => {
    if ('refused' in packed) throw new Error(packed.refused);
    return packed.message;
  });

describe('frames on the wire', () => {
  test('arrive as they were sent, in their order, however many travel together', () => {
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 150 }), (frames) => {
        const messages = messagesOf(frames);
        const arrived = messages.map((message) => readFrames(message));
        expect(arrived.flatMap((each) => each ?? [])).toEqual(frames);
        for (const each of arrived) expect(each?.length).toBeLessThanOrEqual(MOST_FRAMES);
      }),
    );
  });

  test('leave out what is undefined', () => {
    const sent = {
      i: 1,
      v: {
        sku: 'A',
        note: undefined,
        lines: [
          { a: 1, b: undefined },
          { a: 2, b: 3 },
        ],
      },
      e: undefined,
    };
    const [message = new Uint8Array()] = messagesOf([sent]);
    expect(readFrames(message)).toStrictEqual([{ i: 1, v: { sku: 'A', lines: [{ a: 1 }, { a: 2, b: 3 }] } }]);
  });

  test('can be written by any program that speaks MessagePack', () => {
    fc.assert(
      fc.property(frame, (one) => {
        expect(readFrames(packPlain(one))).toEqual([one]);
      }),
    );
  });

  test('that nobody could have sent are no frames, and break nothing', () => {
    const sound =
      messagesOf([{ i: 1, ok: true, v: { sku: 'ABC', lines: [{ a: 'ş' }, { a: 'ı' }] } }])[0] ?? Buffer.alloc(0);
    const broken = fc.tuple(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }), fc.nat());
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), broken), (bytes) => {
        let message = bytes instanceof Uint8Array ? bytes : Uint8Array.from(sound);
        if (!(bytes instanceof Uint8Array)) {
          for (const [at, byte] of bytes[0]) message[at % message.length] = byte;
          message = message.subarray(0, 1 + (bytes[1] % message.length));
        }
        const frames = readFrames(message);
        if (frames !== null) expect(frames.length).toBeGreaterThan(0);
        expect(readFrames(sound)).toEqual([{ i: 1, ok: true, v: { sku: 'ABC', lines: [{ a: 'ş' }, { a: 'ı' }] } }]);
      }),
      { numRuns: 2_000 },
    );
    const one = packPlain({ i: 1 });
    for (const message of [new Uint8Array(), Buffer.concat(Array<Buffer>(MOST_FRAMES + 1).fill(one))])
      expect(readFrames(message)).toBeNull();
  });

  test('that cannot travel fail alone', () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const large = 'x'.repeat(1_000_001);
    const packed = pack([{ i: 1 }, circular, { i: 2 }, { large }, { i: 3 }], (each) => each);
    expect(packed.flatMap((each) => ('refused' in each ? [[each.refused, each.frames]] : []))).toEqual([
      ['not_encodable', [circular]],
      ['too_large', [{ large }]],
    ]);
    const sent = packed.flatMap((each) => ('refused' in each ? [] : (readFrames(each.message) ?? [])));
    expect(sent).toEqual([{ i: 1 }, { i: 2 }, { i: 3 }]);
  });

  test('that are large travel by themselves, so that none waits for another', () => {
    const large = { v: 'x'.repeat(20_000) };
    expect(messagesOf([large, large, large])).toHaveLength(3);
    expect(messagesOf(Array.from({ length: MOST_FRAMES }, (_, i) => ({ i })))).toHaveLength(1);
  });
});
