import { expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { openVault } from './vault.ts';

const key = () => randomBytes(32).toString('hex');
const OWNER = ['shop', 'pprov_1'];

test('opens what it sealed, and nothing of the secret can be read from what is kept', () => {
  const vault = openVault([key()]);
  const sealed = vault.seal('sk_test_topsecret', OWNER);
  expect(vault.open(sealed, OWNER)).toBe('sk_test_topsecret');
  const kept = Buffer.from(sealed.text, 'base64').toString('latin1') + JSON.stringify(sealed);
  expect(kept).not.toContain('topsecret');
});

test('the same secret never looks the same twice', () => {
  const vault = openVault([key()]);
  const [one, other] = [vault.seal('same', OWNER), vault.seal('same', OWNER)];
  expect(one.nonce).not.toBe(other.nonce);
  expect(one.text).not.toBe(other.text);
});

test('does not open for another tenant or another row', () => {
  const vault = openVault([key()]);
  const sealed = vault.seal('secret', OWNER);
  expect(vault.open(sealed, ['other-shop', 'pprov_1'])).toBeNull();
  expect(vault.open(sealed, ['shop', 'pprov_2'])).toBeNull();
});

test('does not open when a bit was changed', () => {
  const vault = openVault([key()]);
  const sealed = vault.seal('secret', OWNER);
  for (const part of ['nonce', 'tag', 'text'] as const) {
    const bytes = Buffer.from(sealed[part], 'base64');
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    expect(vault.open({ ...sealed, [part]: bytes.toString('base64') }, OWNER)).toBeNull();
  }
  expect(vault.open({ ...sealed, tag: '' }, OWNER)).toBeNull();
});

test('a new key seals from now on, the old one still opens', () => {
  const [old, young] = [key(), key()];
  const before = openVault([old]).seal('secret', OWNER);
  const rotated = openVault([young, old]);
  expect(rotated.open(before, OWNER)).toBe('secret');
  expect(rotated.seal('secret', OWNER).keyId).not.toBe(before.keyId);
  expect(openVault([young]).open(before, OWNER)).toBeNull();
});
