import type { Store } from '@kervan/store';
import { tenantCollection } from '../tenants/tenant.store.ts';

/** A use less than this after the last one is not worth a write, in milliseconds. */
const WORTH_NOTING_MS = 60_000;
const MOST_REMEMBERED = 10_000;

type Use = { readonly tenant: string; readonly keyId: string; readonly at: Date };

/** Remembers when keys were used, apart from the answering of calls. */
export type KeyUses = {
  /** Notes a use; nothing waits for it. `lastUsedAt` is what the key's document says. */
  readonly note: (use: Use, lastUsedAt: Date | undefined) => void;
  /** Writes what was noted: at most once a minute for each key. */
  readonly flush: () => Promise<void>;
};

/** Opens the notes of this copy of the service. Uses noted and not yet written are lost with the process. */
export const openKeyUses = (store: Pick<Store, 'raw'>): KeyUses => {
  const noted = new Map<string, number>();
  let waiting = new Map<string, Use>();

  return {
    note: (use, lastUsedAt) => {
      const last = Math.max(lastUsedAt?.getTime() ?? 0, noted.get(use.keyId) ?? 0);
      if (use.at.getTime() - last < WORTH_NOTING_MS) return;
      if (noted.size >= MOST_REMEMBERED) noted.clear();
      noted.set(use.keyId, use.at.getTime());
      waiting.set(use.keyId, use);
    },
    flush: async () => {
      if (waiting.size === 0) return;
      const uses = waiting;
      waiting = new Map();
      try {
        await writeUses(store, [...uses.values()]);
      } catch (error) {
        waiting = new Map([...uses, ...waiting]);
        throw error;
      }
    },
  };
};

/** Not a version of the tenant: a use changes nothing that a caller decides on. */
const writeUses = async (store: Pick<Store, 'raw'>, uses: readonly Use[]): Promise<void> => {
  await store.raw(tenantCollection).bulkWrite(
    uses.map(({ tenant, keyId, at }) => ({
      updateOne: {
        filter: { _id: tenant, tenant, 'keys.id': keyId },
        update: { $max: { [`keyUses.${keyId}`]: at } },
      },
    })),
    { ordered: false, writeConcern: { w: 1, j: false } },
  );
};
