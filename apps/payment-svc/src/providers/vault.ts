import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';

/** Something secret at rest: AES-256-GCM, a random nonce for each, the key's id so that keys can be changed. Base64. */
export const Sealed = z.object({ keyId: z.string(), nonce: z.string(), tag: z.string(), text: z.string() });
export type Sealed = z.infer<typeof Sealed>;

/**
 * Seals and opens small secrets. `owner` says whose they are: what was sealed for one does not open for another, so a
 * row copied to another tenant is worth nothing.
 */
export type Vault = {
  readonly seal: (secret: string, owner: readonly string[]) => Sealed;
  /** Null when the key is not known any more or anything was changed. */
  readonly open: (sealed: Sealed, owner: readonly string[]) => string | null;
};

const idOf = (key: Buffer): string => createHash('sha256').update(key).digest('hex').slice(0, 12);
const bound = (owner: readonly string[]): Buffer => Buffer.from(JSON.stringify(owner));

/** Seals with the first key; opens with any of them. Keys are 32 bytes in hex. */
export const openVault = (keysInHex: readonly [string, ...string[]]): Vault => {
  const current = Buffer.from(keysInHex[0], 'hex');
  const keys = new Map(keysInHex.map((hex) => Buffer.from(hex, 'hex')).map((key) => [idOf(key), key]));
  const currentId = idOf(current);
  return {
    seal: (secret, owner) => {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', current, nonce).setAAD(bound(owner));
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return {
        keyId: currentId,
        nonce: nonce.toString('base64'),
        tag: cipher.getAuthTag().toString('base64'),
        text: text.toString('base64'),
      };
    },
    open: ({ keyId, nonce, tag, text }, owner) => {
      const key = keys.get(keyId);
      if (key === undefined) return null;
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64'), { authTagLength: 16 })
          .setAAD(bound(owner))
          .setAuthTag(Buffer.from(tag, 'base64'));
        return Buffer.concat([decipher.update(Buffer.from(text, 'base64')), decipher.final()]).toString('utf8');
      } catch {
        return null;
      }
    },
  };
};
