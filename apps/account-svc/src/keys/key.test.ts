import { describe, expect, it } from '@jest/globals';
import { ApiKey, ApiKeyInput } from '@kervan/contracts';
import { isLive, keyView, makeKey, problemsOfKey } from './key.ts';
import { hashOf, prefixOf, secretOf } from './secret.ts';

const NOW = new Date('2026-01-01T10:00:00.000Z');
const input = (expiresAt?: string) => ApiKeyInput.parse({ name: 'Shop', permissions: ['catalog:read'], expiresAt });

describe('a key', () => {
  it('is made of a secret nobody can guess, and keeps only its hash', () => {
    const secret = secretOf('a seed', 'a key');
    expect(secret).toMatch(/^sk_[A-Za-z0-9_-]{43}$/);
    expect(new Set([secret, secretOf('a seed', 'a key'), secretOf('a seed'), secretOf('seed', 'a key')]).size).toBe(3);
    const key = makeKey(input(), { id: 'key_1', secret, now: NOW });
    expect(JSON.stringify(key)).not.toContain(secret);
    expect(key).toMatchObject({ hash: hashOf(secret), prefix: prefixOf(secret) });
    expect(hashOf(secret)).toMatch(/^[0-9a-f]{64}$/);
  });
  it('opens until it expires, not at the moment itself', () => {
    const key = makeKey(input('2026-01-01T11:00:00.000Z'), { id: 'key_1', secret: 'sk_1', now: NOW });
    expect(isLive(key, new Date('2026-01-01T10:59:59.999Z'))).toBe(true);
    expect(isLive(key, new Date('2026-01-01T11:00:00.000Z'))).toBe(false);
  });
  it('cannot expire before it is made', () => {
    expect(problemsOfKey(input('2026-01-01T10:00:00.000Z'), NOW)).toMatchObject([{ path: 'expiresAt' }]);
    expect(problemsOfKey(input(), NOW)).toEqual([]);
  });
  it('is shown without its hash', () => {
    const key = makeKey(input(), { id: 'key_1', secret: 'sk_1', now: NOW });
    expect(ApiKey.strict().parse(keyView(key, NOW))).toMatchObject({ lastUsedAt: NOW.toISOString(), expiresAt: null });
  });
});
