import { z } from 'zod';
import { saying } from './field-problem.ts';

/** Integer minor units of the currency beside it (kuruş, cents; exponent by currency). May be negative only where said. */
export const Minor = z.number().int().min(-9_007_199_254_740_991).max(9_007_199_254_740_991);
/** An amount that cannot be below zero, in minor units; the bound keeps sums of 200 lines exact. */
export const Amount = z.number().int().min(0).max(1_000_000_000_000);
/** ISO 4217 code, upper case. */
export const Currency = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .refine((code) => currencies.has(code), saying({ tr: 'bilinmeyen para birimi', en: 'unknown currency' }));
const currencies = new Set(Intl.supportedValuesOf('currency'));
/** Basis points: 2000 = 20 %. */
export const BasisPoints = z.number().int().min(0).max(10_000);
export const Language = z.string().regex(/^[a-z]{2}$/);
const textUpTo = (most: number) => z.union([z.string().max(most), z.record(Language, z.string().max(most))]);
/** A text for people: one string, or one per language. */
export const Text = textUpTo(5_000);
export type Text = z.infer<typeof Text>;
/** What is said about a product, HTML as a rule. */
export const LongText = textUpTo(65_536);
const NameText = z.string().min(1).max(200);
/** A short name, in one language or in several. */
export const Name = z.union([
  NameText,
  z
    .record(Language, NameText)
    .refine(
      (names) => Object.keys(names).length > 0,
      saying({ tr: 'en az bir dilde ad gerekli', en: 'needs a name in one language at least' }),
    ),
]);
export const Instant = z.iso.datetime();
export const Email = z.email().max(254);
export const Slug = z
  .string()
  .min(1)
  .max(120)
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
export const Sku = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[^\s\u0000-\u001f$](?:[^\u0000-\u001f]*[^\s\u0000-\u001f])?$/);
export const CountryCode = z.string().regex(/^[A-Z]{2}$/);

/** A postal address with the person at it. `region` is the ISO 3166-2 part after the country (Turkey: the plate code). */
export const Address = z.strictObject({
  firstName: z.string().trim().min(1).max(100),
  lastName: z.string().trim().min(1).max(100),
  phone: z
    .string()
    .trim()
    .regex(/^\+?[0-9 ()-]{5,25}$/)
    .nullish(),
  company: z.string().trim().max(200).nullish(),
  line1: z.string().trim().min(1).max(200),
  line2: z.string().trim().max(200).nullish(),
  district: z.string().trim().max(100).nullish(),
  city: z.string().trim().min(1).max(100),
  region: z.string().trim().max(10).nullish(),
  postalCode: z.string().trim().max(16).nullish(),
  country: CountryCode,
});
export type Address = z.infer<typeof Address>;

/** A billing address: the address and what an invoice needs. */
export const BillingAddress = Address.extend({
  invoiceKind: z.enum(['person', 'company']).optional(),
  taxOffice: z.string().trim().max(100).nullish(),
  taxNumber: z.string().trim().max(20).nullish(),
});
export type BillingAddress = z.infer<typeof BillingAddress>;

/** What a list is asked with: at most 100, an opaque cursor. */
export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(500).optional(),
});
/** A page of a list as services answer it. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ data: z.array(item), nextCursor: z.string().nullable() });
export type Page<Item> = { data: Item[]; nextCursor: string | null };
/** A call without input, or without an answer. */
export const Nothing = z.object({});
