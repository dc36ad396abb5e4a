import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { after, sampleDraft } from '../../test/sample.ts';
import { extendedEnd, releaseTime } from './hold.ts';

const TTL_MS = 900_000;
const draft = sampleDraft();

describe('the time a draft is promised its goods', () => {
  it('starts anew when a payment is opened later, once, an hour after its creation at most', () => {
    expect(extendedEnd(draft, 'opening', after(600), TTL_MS)).toBe(after(1_500).toISOString());
    const held = { ...draft, reservedUntil: after(3_500).toISOString() };
    expect(extendedEnd(held, 'opening', after(3_000), TTL_MS)).toBe(after(3_600).toISOString());
    const again = { ...draft, extended: { opening: true, processing: false } };
    expect(extendedEnd(again, 'opening', after(600), TTL_MS)).toBeNull();
  });

  it('is left as it is for less than a minute: a checkout opens its payment at once', () => {
    expect(extendedEnd(draft, 'opening', after(0.2), TTL_MS)).toBeNull();
    expect(extendedEnd(draft, 'opening', after(59.9), TTL_MS)).toBeNull();
    expect(extendedEnd(draft, 'opening', after(60), TTL_MS)).toBe(after(960).toISOString());
  });

  it('gets as much on top for a payment that takes its time, once', () => {
    expect(extendedEnd(draft, 'processing', after(5), TTL_MS)).toBe(after(1_800).toISOString());
    const opened = { ...draft, extended: { opening: true, processing: false } };
    expect(extendedEnd(opened, 'processing', after(5), TTL_MS)).toBe(after(1_800).toISOString());
    const again = { ...draft, extended: { opening: false, processing: true } };
    expect(extendedEnd(again, 'processing', after(5), TTL_MS)).toBeNull();
  });

  it('is only ever moved later, within the hour, for drafts alone', () => {
    const reason = fc.constantFrom('opening', 'processing');
    const seconds = fc.integer({ min: 0, max: 5_000 });
    const status = fc.constantFrom('draft', 'confirmed', 'expired', 'cancelled');
    fc.assert(
      fc.property(reason, seconds, seconds, status, (why, now, heldFor, is) => {
        const held = { ...draft, status: is, reservedUntil: after(heldFor).toISOString() };
        const until = extendedEnd(held, why, after(now), TTL_MS);
        if (until === null) return;
        expect(is).toBe('draft');
        expect(until > held.reservedUntil).toBe(true);
        expect(until <= after(3_600).toISOString()).toBe(true);
      }),
    );
  });

  it('ends for inventory a minute later, so that a commit on its way arrives', () => {
    expect(releaseTime(after(900).toISOString())).toBe(after(960).toISOString());
  });
});
