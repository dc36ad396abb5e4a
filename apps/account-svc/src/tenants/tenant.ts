import { isDeepStrictEqual } from 'node:util';
import {
  type FieldProblem,
  PLATFORM_TENANT,
  type Tenant,
  type TenantInput,
  type TenantPatch,
  TenantSettings,
  type TenantSlug,
} from '@kervan/contracts';
import type { New } from '@kervan/store';
import { z } from 'zod';
import { isLive, Key } from '../keys/key.ts';
import { problemsOfSettings } from './settings.ts';

type Slug = z.infer<typeof TenantSlug>;

/**
 * A shop with its keys, in one document: so that a shop is made together with its first key or not at all. `_id` and
 * `tenant` are the slug.
 */
export const TenantDocument = z.object({
  _id: z.string(),
  tenant: z.string(),
  version: z.number().int(),
  createdAt: z.date(),
  updatedAt: z.date(),
  tenantId: z.string(),
  name: z.string(),
  hosts: z.array(z.string()),
  currencies: z.array(z.string()),
  defaultCurrency: z.string(),
  languages: z.array(z.string()),
  defaultLanguage: z.string(),
  status: z.enum(['active', 'suspended']),
  settings: TenantSettings,
  keys: z.array(Key),
  /** Key id to when it was last seen in use. */
  keyUses: z.record(z.string(), z.date()),
  /** The keys revoked last: making one of them again under its idempotency key must not bring it back. */
  revokedKeys: z.array(z.string()).optional(),
});
export type TenantDocument = z.infer<typeof TenantDocument>;

type Facts = Pick<
  TenantDocument,
  'name' | 'hosts' | 'currencies' | 'defaultCurrency' | 'languages' | 'defaultLanguage' | 'status' | 'settings'
>;

/** What is wrong with a shop's facts beyond their shape. */
export const problemsOfFacts = (facts: Facts): FieldProblem[] => [
  ...(facts.currencies.includes(facts.defaultCurrency)
    ? []
    : [
        {
          path: 'defaultCurrency',
          code: 'not_in_currencies',
          message: { tr: 'para birimlerinden biri olmalı', en: 'must be one of the currencies' },
        },
      ]),
  ...(facts.languages.includes(facts.defaultLanguage)
    ? []
    : [
        {
          path: 'defaultLanguage',
          code: 'not_in_languages',
          message: { tr: 'dillerden biri olmalı', en: 'must be one of the languages' },
        },
      ]),
  ...problemsOfSettings(facts.settings),
];

/** What is wrong with a slug beyond its shape: one name stands for calls that belong to no shop. */
export const problemsOfSlug = (slug: Slug): FieldProblem[] =>
  slug === PLATFORM_TENANT
    ? [{ path: 'slug', code: 'reserved', message: { tr: 'ayrılmıştır', en: 'is reserved' } }]
    : [];

/** The facts of a new shop. Without currencies it sells in its default one, without a default language in its first. */
export const factsOf = (input: z.output<typeof TenantInput>): Facts => ({
  name: input.name,
  hosts: unique(input.hosts),
  currencies: unique(input.currencies ?? [input.defaultCurrency]),
  defaultCurrency: input.defaultCurrency,
  languages: unique(input.languages),
  defaultLanguage: input.defaultLanguage ?? input.languages[0] ?? 'en',
  status: 'active',
  settings: input.settings,
});

/** A new shop with its first key. */
export const makeTenant = (slug: Slug, facts: Facts, made: { tenantId: string; key: Key }): New<TenantDocument> => ({
  _id: slug,
  tenant: slug,
  tenantId: made.tenantId,
  ...facts,
  keys: [made.key],
  keyUses: {},
});

/** A shop with some of its facts changed. Settings are replaced as a whole; an unchanged shop is the same object. */
export const patchTenant = (document: TenantDocument, patch: z.output<typeof TenantPatch>): TenantDocument => {
  const patched: TenantDocument = {
    ...document,
    name: patch.name ?? document.name,
    hosts: patch.hosts === undefined ? document.hosts : unique(patch.hosts),
    currencies: patch.currencies === undefined ? document.currencies : unique(patch.currencies),
    defaultCurrency: patch.defaultCurrency ?? document.defaultCurrency,
    languages: patch.languages === undefined ? document.languages : unique(patch.languages),
    defaultLanguage: patch.defaultLanguage ?? document.defaultLanguage,
    status: patch.status ?? document.status,
    settings: patch.settings ?? document.settings,
  };
  return isDeepStrictEqual(patched, document) ? document : patched;
};

/** Longer than any caller waits for an answer, in milliseconds: whoever asks again after that has lost the first one. */
const LOST_AFTER_MS = 10_000;

/**
 * Whether making a shop is asked for again because the first answer, and with it the only copy of the key's secret,
 * never arrived: the same facts, and nobody has ever used a key of it. Then a new key is due: else the shop would stand
 * there with no way in. The first key stays, so that a repetition by mistake breaks nothing.
 */
export const lostItsAnswer = (document: TenantDocument, facts: Facts, now: Date): boolean => {
  const lately = now.getTime() - LOST_AFTER_MS;
  const { name, hosts, currencies, defaultCurrency, languages, defaultLanguage, status, settings } = document;
  const same = { name, hosts, currencies, defaultCurrency, languages, defaultLanguage, status, settings };
  return (
    document.createdAt.getTime() < lately &&
    isDeepStrictEqual(same, facts) &&
    document.keys
      .filter((key) => isLive(key, now))
      .every((key) => document.keyUses[key.id] === undefined && key.createdAt.getTime() < lately)
  );
};

/** A shop as callers see it. */
export const tenantView = (document: TenantDocument): Tenant => ({
  id: document.tenantId,
  slug: document._id,
  name: document.name,
  hosts: document.hosts,
  defaultCurrency: document.defaultCurrency,
  currencies: document.currencies,
  languages: document.languages,
  defaultLanguage: document.defaultLanguage,
  status: document.status,
  settings: document.settings,
  version: document.version,
  createdAt: document.createdAt.toISOString(),
  updatedAt: document.updatedAt.toISOString(),
});

/** The names by which a request's host may be listed: as it is, and without its port. The first found counts. */
export const hostNames = (host: string): string[] => {
  const name = host.toLowerCase();
  return unique([name, name.replace(/:[0-9]+$/, '')]);
};

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];
