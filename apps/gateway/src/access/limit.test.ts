import { describe, expect, it } from '@jest/globals';
import { addressKey, createLimit } from './limit.ts';

describe('a limit', () => {
  it('counts each caller by himself and begins anew with the window', () => {
    let time = 60_000;
    const limit = createLimit({ most: 2, windowSeconds: 60, now: () => time });
    expect(limit('a')).toEqual({ allowed: true, limit: 2, remaining: 1, windowSeconds: 60, resetSeconds: 60 });
    time = 119_500;
    expect(limit('a')).toMatchObject({ allowed: true, remaining: 0, resetSeconds: 1 });
    expect(limit('a')).toMatchObject({ allowed: false, remaining: 0 });
    expect(limit('b').allowed).toBe(true);
    time = 120_000;
    expect(limit('a')).toMatchObject({ allowed: true, remaining: 1 });
  });

  it('lets newcomers share a count when there are too many of them', () => {
    const limit = createLimit({ most: 1, windowSeconds: 60, now: () => 0 });
    for (let caller = 0; caller < 100_000; caller++) limit(String(caller));
    expect(limit('late').allowed).toBe(true);
    expect(limit('later').allowed).toBe(false);
    expect(limit('5').allowed).toBe(false);
  });
});

describe('an address', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '::ffff:203.0.113.7'],
    ['2001:db8:1:2:aaaa::1', '2001:db8:1:2'],
    ['2001:db8:1:2:bbbb::9', '2001:db8:1:2'],
    ['2001:db8:1:2:a:b:c:d', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['2001:db8::a:b:c:2', '2001:db8:0:0'],
    ['2001:db8:1::', '2001:db8:1:0'],
    ['::1', '0:0:0:0'],
  ])('%s counts as %s', (address, key) => expect(addressKey(address)).toBe(key));
});
