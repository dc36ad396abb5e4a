import { Text, type Brand, type BrandInput, type BrandPatch } from '@kervan/contracts';
import type { New } from '@kervan/store';
import { z } from 'zod';
import { slugOf } from '../text/slug.ts';

/** A brand as it lies in the database. */
export const BrandDocument = z.object({
  _id: z.string(),
  tenant: z.string(),
  version: z.number().int(),
  createdAt: z.date(),
  updatedAt: z.date(),
  slug: z.string(),
  name: z.string(),
  description: Text.nullable(),
  logo: z.string().nullable(),
});
export type BrandDocument = z.infer<typeof BrandDocument>;

/** A brand of its input; without a slug one is made of the name. */
export const makeBrand = (
  input: z.output<typeof BrandInput>,
  { id, tenant }: { id: string; tenant: string },
): New<BrandDocument> => ({
  _id: id,
  tenant,
  slug: input.slug ?? slugOf(input.name),
  name: input.name,
  description: input.description ?? null,
  logo: input.logo ?? null,
});

/** A brand with some of its fields changed. */
export const patchBrand = (brand: BrandDocument, patch: z.output<typeof BrandPatch>): BrandDocument => ({
  ...brand,
  slug: patch.slug ?? brand.slug,
  name: patch.name ?? brand.name,
  description: patch.description === undefined ? brand.description : patch.description,
  logo: patch.logo === undefined ? brand.logo : patch.logo,
});

/** A brand as callers see it. */
export const brandView = ({ _id: id, slug, name, description, logo, version }: BrandDocument): Brand => ({
  id,
  slug,
  name,
  description,
  logo,
  version,
});
