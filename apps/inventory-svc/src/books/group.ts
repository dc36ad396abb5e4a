import type { Store, Submit as SubmitOf } from '@kervan/store';
import { openBooks, type Books, type Stored } from './books.ts';
import { booksStore, type Needs } from './books.store.ts';

/** What a change has to see. */
export type Sees = {
  readonly tenant: string;
  readonly traceId: string;
  readonly orderId?: string;
  readonly skus?: readonly string[];
  readonly movementId?: string;
  /** Whether the ledger of `skus` is to be summed as well. */
  readonly sums?: boolean;
};

/** Makes one change of the books together with all that wait at the same time. */
export type Submit = SubmitOf<Sees, Books>;

type Item = { readonly needs: Sees; readonly decide: (books: Books) => void };

const addAll = (to: Map<string, Set<string>>, tenant: string, skus: readonly string[]): void => {
  const there = to.get(tenant) ?? new Set();
  for (const sku of skus) there.add(sku);
  to.set(tenant, there);
};

const needsOf = (items: readonly Item[]): Needs => {
  const needs = {
    orderIds: new Set<string>(),
    skus: new Map<string, Set<string>>(),
    movementIds: new Set<string>(),
    sums: new Map<string, Set<string>>(),
  };
  for (const { tenant, orderId, skus = [], movementId, sums } of items.map((item) => item.needs)) {
    if (orderId !== undefined) needs.orderIds.add(orderId);
    if (movementId !== undefined) needs.movementIds.add(movementId);
    addAll(needs.skus, tenant, skus);
    if (sums === true) addAll(needs.sums, tenant, skus);
  }
  return needs;
};

const decide = (items: readonly Item[], stored: Stored, now: Date): Books => {
  const books = openBooks(stored, now);
  for (const item of items) {
    books.traceId = item.needs.traceId;
    item.decide(books);
  }
  return books;
};

const shortByTenant = (books: Books): Map<string, Set<string>> => {
  const short = new Map<string, Set<string>>();
  for (const key of books.short) {
    const row = books.stock.get(key)?.current;
    if (row !== undefined) addAll(short, row.tenant, [row.sku]);
  }
  return short;
};

/** All changes of stock and reservations that wait at the same time, decided over the same books and written once. */
export const groupBooks = (store: Store): Submit => {
  const books = booksStore(store);
  return store.groupChanges<Sees, Books>({
    decide: async (session, items, now) => {
      let stored = await books.read(session, needsOf(items));
      for (;;) {
        const decided = decide(items, stored, now);
        const more =
          decided.short.size === 0 ? null : await books.readLapsed(session, stored, shortByTenant(decided), now);
        if (more === null) return decided;
        stored = more;
      }
    },
    isUntouched: books.isUntouched,
    write: books.write,
  });
};
