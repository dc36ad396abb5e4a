import type { Brand, BrandView, Product, ProductView, Variant } from '@kervan/contracts';
import { money } from '@kervan/money';
import type { z } from 'zod';
import type { View } from '../route.ts';
import { optionalTextIn, textIn } from './text.ts';

const presentVariant = (variant: Variant, view: View) => ({
  id: variant.id,
  sku: variant.sku,
  title: variant.title,
  options: variant.options,
  price: money(variant.price, variant.currency, view.language),
  compareAtPrice:
    variant.compareAtPrice === null ? null : money(variant.compareAtPrice, variant.currency, view.language),
  currency: variant.currency,
  barcode: variant.barcode,
  weightGrams: variant.weightGrams,
  requiresShipping: variant.requiresShipping,
  mediaId: variant.mediaId,
});

/** A product as a storefront shows it. */
export const presentProduct = (product: Product, view: View): z.input<typeof ProductView> => ({
  id: product.id,
  slug: product.slug,
  title: textIn(product.title, view),
  description: textIn(product.description, view),
  brandId: product.brandId,
  categoryIds: product.categoryIds,
  tags: product.tags,
  options: product.options,
  attributes: product.attributes,
  media: product.media,
  seo: {
    title: optionalTextIn(product.seo.title, view),
    description: optionalTextIn(product.seo.description, view),
  },
  rating: product.rating,
  variants: product.variants.map((variant) => presentVariant(variant, view)),
});

/** A brand as a storefront shows it. */
export const presentBrand = (brand: Brand, view: View): z.input<typeof BrandView> => ({
  id: brand.id,
  slug: brand.slug,
  name: brand.name,
  description: optionalTextIn(brand.description, view),
  logo: brand.logo,
});
