import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { makeOrderNo, readOrderNo } from './order-no.ts';

describe('order numbers', () => {
  it('are three groups of four symbols without I, L, O and U', () => {
    for (let index = 0; index < 2_000; index++) {
      expect(makeOrderNo(randomBytes)).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
    }
  });

  it('carry a check symbol that catches any single wrong symbol', () => {
    const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
    const checks = (text: string): boolean => {
      const symbols = [...text.replaceAll('-', '')].map((symbol) => alphabet.indexOf(symbol));
      const check = symbols.pop();
      return symbols.reduce((rest, symbol) => (rest * 32 + symbol) % 37, 0) === check;
    };
    fc.assert(
      fc.property(fc.nat(10), fc.nat(31), (position, symbol) => {
        const number = makeOrderNo(randomBytes).replaceAll('-', '');
        expect(checks(number)).toBe(true);
        const changed = number.slice(0, position) + alphabet[symbol] + number.slice(position + 1);
        expect(checks(changed)).toBe(changed === number);
      }),
    );
  });

  it('are put behind the tenant’s prefix', () => {
    expect(makeOrderNo(randomBytes, 'MODA')).toMatch(/^MODA-/);
  });

  it('are read as people type them', () => {
    expect(readOrderNo(' 7k3m-9qx2-tb4f ')).toBe('7K3M-9QX2-TB4F');
    expect(readOrderNo('OI3M-9LX2-TB4F')).toBe('013M-91X2-TB4F');
    expect(readOrderNo('OIL-7k3m-9qx2-tb4f')).toBe('OIL-7K3M-9QX2-TB4F');
  });
});
