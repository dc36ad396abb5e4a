import { answer, type Entry, watch } from '@kervan/bus';
import { pricingRpc } from '@kervan/contracts';
import type { Deps } from './deps.ts';
import { createGeozone, deleteGeozone, getGeozone, listGeozones, updateGeozone } from './geozones/geozone.handlers.ts';
import { quote, shippingOptions } from './quote/quote.handlers.ts';
import {
  createShippingMethod,
  deleteShippingMethod,
  getShippingMethod,
  listShippingMethods,
  updateShippingMethod,
} from './shipping/shipping-method.handlers.ts';
import { createTaxRate, deleteTaxRate, getTaxRate, listTaxRates, updateTaxRate } from './taxes/tax-rate.handlers.ts';

/** Everything pricing-svc answers and hears. */
export const surface = (deps: Deps): Entry[] => [
  answer(pricingRpc.quote, quote(deps)),
  answer(pricingRpc.shippingOptions, shippingOptions(deps)),
  answer(pricingRpc.createGeozone, createGeozone(deps)),
  answer(pricingRpc.listGeozones, listGeozones(deps)),
  answer(pricingRpc.getGeozone, getGeozone(deps)),
  answer(pricingRpc.updateGeozone, updateGeozone(deps)),
  answer(pricingRpc.deleteGeozone, deleteGeozone(deps)),
  answer(pricingRpc.createTaxRate, createTaxRate(deps)),
  answer(pricingRpc.listTaxRates, listTaxRates(deps)),
  answer(pricingRpc.getTaxRate, getTaxRate(deps)),
  answer(pricingRpc.updateTaxRate, updateTaxRate(deps)),
  answer(pricingRpc.deleteTaxRate, deleteTaxRate(deps)),
  answer(pricingRpc.createShippingMethod, createShippingMethod(deps)),
  answer(pricingRpc.listShippingMethods, listShippingMethods(deps)),
  answer(pricingRpc.getShippingMethod, getShippingMethod(deps)),
  answer(pricingRpc.updateShippingMethod, updateShippingMethod(deps)),
  answer(pricingRpc.deleteShippingMethod, deleteShippingMethod(deps)),
  watch('pricing', ({ tenant }) => deps.rulesCache.drop(tenant), deps.rulesCache.dropAll),
];
