import { describe, expect, test } from '@jest/globals';
import { signatureHeader, signatureProblem } from './signature.ts';

// The vector of docs.stripe.com's scheme, computed with Python's hmac and with stripe-node alike.
const SECRET = 'whsec_test_secret_1234567890';
const BODY = Buffer.from(
  '{"id":"evt_test_1","object":"event","type":"payment_intent.succeeded","data":{"object":{"id":"pi_1","amount":1000,"currency":"try"}}}',
);
const V1 = '995fd9ab5cc7d1bc8264da5a509d8c81ddac06715d2d0ad2bf4a5a749cc8baa4';
const HEADER = `t=1700000000,v1=${V1}`;
const AT = 1_700_000_000;
const WRONG = '0'.repeat(64);

const check = (more: Partial<Parameters<typeof signatureProblem>[0]> = {}) =>
  signatureProblem({
    header: HEADER,
    body: BODY,
    secrets: [SECRET],
    now: new Date(AT * 1_000),
    toleranceS: 300,
    ...more,
  });

test('signs as the published vector says', () => {
  expect(signatureHeader(SECRET, BODY, new Date(AT * 1_000))).toBe(HEADER);
});

describe('accepted', () => {
  test('the vector itself', () => expect(check()).toBeNull());
  test('300 s old', () => expect(check({ now: new Date((AT + 300) * 1_000) })).toBeNull());
  test('300 s ahead', () => expect(check({ now: new Date((AT - 300) * 1_000) })).toBeNull());
  test('two v1 of which only the second fits', () =>
    expect(check({ header: `t=${AT},v1=${WRONG},v1=${V1}` })).toBeNull());
  test('the secret before the last while two are live', () =>
    expect(check({ secrets: ['whsec_the_new_one', SECRET] })).toBeNull());
  test('a v0 beside a good v1', () => expect(check({ header: `t=${AT},v0=${WRONG},v1=${V1}` })).toBeNull());
});

describe('refused', () => {
  test('no header', () => expect(check({ header: undefined })).not.toBeNull());
  test('an empty header', () => expect(check({ header: '' })).not.toBeNull());
  test('the header twice', () => expect(check({ header: [HEADER, HEADER] })).not.toBeNull());
  test('one byte of the body changed', () => {
    const body = Buffer.from(BODY);
    body[body.length - 3] = 0x78;
    expect(check({ body })).not.toBeNull();
  });
  test('the same JSON written anew', () =>
    expect(check({ body: Buffer.from(JSON.stringify(JSON.parse(BODY.toString()), null, 1)) })).not.toBeNull());
  test('another secret', () => expect(check({ secrets: ['whsec_another'] })).not.toBeNull());
  test('no secret at all', () => expect(check({ secrets: [] })).not.toBeNull());
  test('only v0', () => expect(check({ header: `t=${AT},v0=${V1}` })).not.toBeNull());
  test('301 s old', () => expect(check({ now: new Date((AT + 301) * 1_000) })).not.toBeNull());
  test('301 s ahead', () => expect(check({ now: new Date((AT - 301) * 1_000) })).not.toBeNull());
  test('no time', () => expect(check({ header: `v1=${V1}` })).not.toBeNull());
  test('a time that is no number', () => expect(check({ header: `t=now,v1=${V1}` })).not.toBeNull());
  test('another time than the one signed', () => expect(check({ header: `t=${AT + 1},v1=${V1}` })).not.toBeNull());
  test('a v1 that is no digest', () => expect(check({ header: `t=${AT},v1=${V1.slice(2)}` })).not.toBeNull());
  test('a v1 in capitals', () => expect(check({ header: `t=${AT},v1=${V1.toUpperCase()}` })).not.toBeNull());
});
