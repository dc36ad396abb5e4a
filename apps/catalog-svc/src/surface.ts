import { answer, watch, type Entry } from '@kervan/bus';
import { catalogRpc } from '@kervan/contracts';
import { createBrand, deleteBrand, getBrand, listBrands, updateBrand } from './brands/brand.handlers.ts';
import { appendImport, runImport, startImport, type ImportDeps } from './imports/import.handlers.ts';
import {
  createVariant,
  deleteProduct,
  deleteVariant,
  updateProduct,
  updateVariant,
} from './products/change.handlers.ts';
import { createProduct } from './products/create.handlers.ts';
import { getProduct, listProducts } from './products/read.handlers.ts';
import { resolveVariants } from './variants/resolve.handlers.ts';

/** Everything catalog-svc answers and hears. Its own events tell the other copies what to forget. */
export const surface = (deps: ImportDeps): Entry[] => [
  answer(catalogRpc.createProduct, createProduct(deps)),
  answer(catalogRpc.getProduct, getProduct(deps)),
  answer(catalogRpc.listProducts, listProducts(deps)),
  answer(catalogRpc.updateProduct, updateProduct(deps)),
  answer(catalogRpc.deleteProduct, deleteProduct(deps)),
  answer(catalogRpc.createVariant, createVariant(deps)),
  answer(catalogRpc.updateVariant, updateVariant(deps)),
  answer(catalogRpc.deleteVariant, deleteVariant(deps)),
  answer(catalogRpc.resolveVariants, resolveVariants(deps)),
  answer(catalogRpc.createBrand, createBrand(deps)),
  answer(catalogRpc.listBrands, listBrands(deps)),
  answer(catalogRpc.getBrand, getBrand(deps)),
  answer(catalogRpc.updateBrand, updateBrand(deps)),
  answer(catalogRpc.deleteBrand, deleteBrand(deps)),
  answer(catalogRpc.startImport, startImport(deps)),
  answer(catalogRpc.appendImport, appendImport(deps)),
  answer(catalogRpc.runImport, runImport(deps)),
  watch('catalog', ({ tenant }) => deps.shelves.generations.drop(tenant), deps.shelves.generations.dropAll),
];
