import { describe, expect, test } from '@jest/globals';
import type { Geozone } from '@kervan/contracts';
import fc from 'fast-check';
import { geozone } from '../../test/builders.ts';
import { checkGeozone, compileGeozone, matchGeozone } from './geozone.ts';
import { isCloser, normalizeDestination } from './place.ts';

const match = (zone: Partial<Geozone>, country: string, region?: string, postalCode?: string) =>
  matchGeozone(compileGeozone(geozone({ id: 'zone', ...zone })), normalizeDestination({ country, region, postalCode }));
const holds = (postalCode: string, pattern: string, country = 'TR') =>
  match({ includes: [{ country, postalCodes: [pattern] }] }, country, undefined, postalCode) !== null;

describe('postal codes', () => {
  test.each([
    ['34710', '34*', true],
    ['34 710', '34*', true],
    ['35710', '34*', false],
    ['34710', '34710', true],
    ['34711', '34710', false],
    ['35000', '35000-35999', true],
    ['35999', '35000-35999', true],
    ['36000', '35000-35999', false],
    ['34999', '35000-35999', false],
    ['3500', '35000-35999', false],
    ['35A00', '35000-35999', false],
    ['34710', '34-35', true],
    ['90210-1234', '90210-90299', true],
    ['sw1a 1aa', 'SW1A*', true],
    ['SW1A1AA', 'sw1a-1aa', true],
    ['00950', '00-950', true],
    ['12345-6789', '12345-6789', true],
  ])('%s in %s: %s', (code, pattern, expected) => expect(holds(code, pattern)).toBe(expected));
});

describe('a geozone', () => {
  const turkey = { includes: [{ country: 'TR' }] };
  const istanbul = { includes: [{ country: 'TR', region: '34' }] };
  const kadikoy = { includes: [{ country: 'TR', postalCodes: ['347*'] }] };
  const moda = { includes: [{ country: 'TR', postalCodes: ['34710'] }] };

  test('holds what one of its places describes', () => {
    expect(match(turkey, 'TR')).not.toBeNull();
    expect(match(turkey, 'DE')).toBeNull();
    expect(match(istanbul, 'TR', '34')).not.toBeNull();
    expect(match(istanbul, 'TR', 'TR-34')).not.toBeNull();
    expect(match(istanbul, 'TR', '35')).toBeNull();
    expect(match(istanbul, 'TR')).toBeNull();
    expect(match(kadikoy, 'TR', '34')).toBeNull();
  });

  test('of a region and postal codes needs both', () => {
    const both = { includes: [{ country: 'TR', region: '34', postalCodes: ['347*'] }] };
    expect(match(both, 'TR', '34', '34710')).not.toBeNull();
    expect(match(both, 'TR', '35', '34710')).toBeNull();
    expect(match(both, 'TR', '34', '34000')).toBeNull();
  });

  test('is closer by postal code than by region than by country, and the fewer codes the closer', () => {
    const found = [turkey, istanbul, kadikoy, moda].map((zone) => match(zone, 'TR', '34', '34710'));
    found.forEach((one, index) => {
      for (const wider of found.slice(0, index)) expect(one && wider && isCloser(one, wider)).toBe(true);
    });
    const range = match({ includes: [{ country: 'TR', postalCodes: ['34700-34749'] }] }, 'TR', '34', '34710');
    const prefix = match(kadikoy, 'TR', '34', '34710');
    expect(range && prefix && isCloser(range, prefix)).toBe(true);
  });

  test('does not hold what it excludes', () => {
    const mainland = {
      includes: [{ country: 'TR' }],
      excludes: [
        { country: 'TR', region: '17' },
        { country: 'TR', postalCodes: ['34970-34979'] },
      ],
    };
    expect(match(mainland, 'TR', '34', '34710')).not.toBeNull();
    expect(match(mainland, 'TR', '17', '17100')).toBeNull();
    expect(match(mainland, 'TR', '34', '34975')).toBeNull();
    expect(match(mainland, 'TR')).not.toBeNull();
  });
});

describe('what a geozone is not saved with', () => {
  const check = (place: Geozone['includes'][number]) => checkGeozone({ includes: [place], excludes: [] });
  const codes = (place: Geozone['includes'][number]) => check(place).map(({ path, code }) => `${path} ${code}`);

  test('every province of Turkey is known', () => {
    for (let plate = 1; plate <= 81; plate++) {
      expect(check({ country: 'TR', region: String(plate).padStart(2, '0') })).toEqual([]);
    }
  });
  test('countries and regions that are not', () => {
    expect(codes({ country: 'XX' })).toEqual(['includes.0.country unknown_country']);
    expect(codes({ country: 'TR', region: '82' })).toEqual(['includes.0.region unknown_region']);
    expect(codes({ country: 'DE', region: 'DE-BY' })).toEqual([]);
  });
  test('postal codes that match nothing', () => {
    expect(codes({ country: 'TR', postalCodes: ['34*', '35999-35000'] })).toEqual([
      'includes.0.postalCodes.1 range_reversed',
    ]);
    expect(codes({ country: 'TR', postalCodes: ['- *'] })).toEqual(['includes.0.postalCodes.0 empty_postal_code']);
  });
  test.each([
    [['34000-34999', '34500-35999'], ['includes.0.postalCodes.1 range_overlap']],
    [['34500-35999', '34000-34500'], ['includes.0.postalCodes.1 range_overlap']],
    [['34000-39999', '35000-35999', '36000-36999'], [1, 2].map((at) => `includes.0.postalCodes.${at} range_overlap`)],
    [['34-35', '35000-35999'], ['includes.0.postalCodes.1 range_overlap']],
    [['35000-35999', '35000-35999'], ['includes.0.postalCodes.1 range_overlap']],
    [['34000-34999', '35000-35999', '06000-06999'], []],
    [['34-35', '36000-36999'], []],
    [['34000-34999', '34*', '34710'], []],
  ])('ranges that overlap: %j', (postalCodes, expected) => {
    expect(codes({ country: 'TR', postalCodes })).toEqual(expected);
  });
  test('ranges that overlap: whenever some code is in both', () => {
    const range = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.nat(9_999), fc.nat(9_999)).map(([digits, one, other]) =>
      [one, other]
        .map((bound) => String(bound % 10 ** digits).padStart(digits, '0'))
        .toSorted()
        .join('-'),
    );
    fc.assert(
      fc.property(range, range, (one, other) => {
        const starts = [one, other].map((text) => (text.split('-')[0] ?? '').padEnd(4, '0'));
        const overlap = starts.some((code) => holds(code, one) && holds(code, other));
        expect(codes({ country: 'TR', postalCodes: [one, other] }).length).toBe(overlap ? 1 : 0);
      }),
    );
  });
  test('excludes are checked too', () => {
    const found = checkGeozone({ includes: [{ country: 'TR' }], excludes: [{ country: 'ZZ' }] });
    expect(found).toMatchObject([{ path: 'excludes.0.country', code: 'unknown_country' }]);
  });
});
