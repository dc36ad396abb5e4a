import { answer, type Entry, hear, watch } from '@kervan/bus';
import { orderEvents, pricingRpc } from '@kervan/contracts';
import {
  createCoupon,
  deleteCoupon,
  generateCoupons,
  getCoupon,
  listCoupons,
  updateCoupon,
} from './coupons/coupon.handlers.ts';
import type { Deps } from './deps.ts';
import { createFeeRule, deleteFeeRule, getFeeRule, listFeeRules, updateFeeRule } from './fees/fee-rule.handlers.ts';
import { createGeozone, deleteGeozone, getGeozone, listGeozones, updateGeozone } from './geozones/geozone.handlers.ts';
import {
  createInstallmentTable,
  deleteInstallmentTable,
  getInstallmentTable,
  listInstallmentTables,
  updateInstallmentTable,
} from './installments/installment-table.handlers.ts';
import {
  createPromotion,
  deletePromotion,
  getPromotion,
  listPromotions,
  updatePromotion,
} from './promotions/promotion.handlers.ts';
import { paymentPrices, quote, shippingOptions } from './quote/quote.handlers.ts';
import {
  hearRedeemed,
  hearReleased,
  holdUses,
  listRedemptions,
  releaseUses,
} from './redemptions/redemption.handlers.ts';
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
  answer(pricingRpc.paymentPrices, paymentPrices(deps)),
  answer(pricingRpc.holdUses, holdUses(deps)),
  answer(pricingRpc.releaseUses, releaseUses(deps)),
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
  answer(pricingRpc.createFeeRule, createFeeRule(deps)),
  answer(pricingRpc.listFeeRules, listFeeRules(deps)),
  answer(pricingRpc.getFeeRule, getFeeRule(deps)),
  answer(pricingRpc.updateFeeRule, updateFeeRule(deps)),
  answer(pricingRpc.deleteFeeRule, deleteFeeRule(deps)),
  answer(pricingRpc.createPromotion, createPromotion(deps)),
  answer(pricingRpc.listPromotions, listPromotions(deps)),
  answer(pricingRpc.getPromotion, getPromotion(deps)),
  answer(pricingRpc.updatePromotion, updatePromotion(deps)),
  answer(pricingRpc.deletePromotion, deletePromotion(deps)),
  answer(pricingRpc.createCoupon, createCoupon(deps)),
  answer(pricingRpc.generateCoupons, generateCoupons(deps)),
  answer(pricingRpc.listCoupons, listCoupons(deps)),
  answer(pricingRpc.getCoupon, getCoupon(deps)),
  answer(pricingRpc.updateCoupon, updateCoupon(deps)),
  answer(pricingRpc.deleteCoupon, deleteCoupon(deps)),
  answer(pricingRpc.createInstallmentTable, createInstallmentTable(deps)),
  answer(pricingRpc.listInstallmentTables, listInstallmentTables(deps)),
  answer(pricingRpc.getInstallmentTable, getInstallmentTable(deps)),
  answer(pricingRpc.updateInstallmentTable, updateInstallmentTable(deps)),
  answer(pricingRpc.deleteInstallmentTable, deleteInstallmentTable(deps)),
  answer(pricingRpc.listRedemptions, listRedemptions(deps)),
  hear(orderEvents.usesRedeemed, hearRedeemed(deps)),
  hear(orderEvents.usesReleased, hearReleased(deps)),
  answer(pricingRpc.listDeadLetters, deps.deadLetters.list),
  answer(pricingRpc.getDeadLetter, deps.deadLetters.get),
  answer(pricingRpc.replayDeadLetter, deps.deadLetters.replay),
  watch('pricing', ({ tenant }) => deps.rulesCache.drop(tenant), deps.rulesCache.dropAll),
];
