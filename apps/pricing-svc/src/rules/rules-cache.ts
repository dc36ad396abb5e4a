import { compileRules, type Rules } from './compiled-rules.ts';
import type { ReadRules } from './rule-set.store.ts';

/** The rules of shops in memory, ready for quotes. */
export type RulesCache = {
  /** The rules of a shop: at most `ttlMs` old, and never older than the last change this process was told of. */
  readonly rulesOf: (tenant: string) => Promise<Rules>;
  /** Forgets a shop's rules because they changed. A load under way is not kept: it may have read what was before. */
  readonly drop: (tenant: string) => void;
  /** Forgets the rules of all shops: changes may have gone unheard. */
  readonly dropAll: () => void;
};

type Loaded = { readonly version: number; readonly rules: Rules };
type Entry = { readonly loaded: Promise<Loaded>; readonly goodUntil: number };

/**
 * Keeps compiled rules. A change drops them at once, here and by event in every other copy; `ttlMs` is the net for an
 * event that got lost. At most `most` shops are kept; the one loaded longest ago goes first.
 */
export const openRulesCache = ({
  read,
  clock,
  ttlMs = 30_000,
  most = 1_000,
}: {
  read: ReadRules;
  clock: () => Date;
  ttlMs?: number;
  most?: number;
}): RulesCache => {
  // An entry is known by identity: only the one that stands here is ever served, so dropping it also drops its load.
  const entries = new Map<string, Entry>();

  const load = async (tenant: string, before: Entry | undefined): Promise<Loaded> => {
    const { version, rules } = await read(tenant);
    const known = await before?.loaded;
    // Unchanged rules stay as they are, with the destinations they have already matched.
    return known?.version === version ? known : { version, rules: compileRules(rules) };
  };

  const renew = (tenant: string, now: number): Entry => {
    const loaded = load(tenant, entries.get(tenant));
    const entry: Entry = { loaded, goodUntil: now + ttlMs };
    entries.delete(tenant);
    entries.set(tenant, entry);
    loaded.catch(() => {
      if (entries.get(tenant) === entry) entries.delete(tenant);
    });
    const [oldest] = entries.keys();
    if (entries.size > most && oldest !== undefined) entries.delete(oldest);
    return entry;
  };

  return {
    rulesOf: async (tenant) => {
      const now = clock().getTime();
      const known = entries.get(tenant);
      const entry = known !== undefined && now < known.goodUntil ? known : renew(tenant, now);
      return (await entry.loaded).rules;
    },
    drop: (tenant) => void entries.delete(tenant),
    dropAll: () => entries.clear(),
  };
};
