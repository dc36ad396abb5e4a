import { pricingRpc } from '@kervan/contracts';
import { deleteRule, getRule, listRules, makeRule, updateRule } from '../rules/rule.handlers.ts';
import { addGeozone, changeGeozone, removeGeozone } from './geozone.changes.ts';

/** Makes one; errors as of addGeozone. */
export const createGeozone = makeRule('geozone', pricingRpc.createGeozone, addGeozone);

/** A page of all, in the order they were made. invalid_cursor */
export const listGeozones = listRules(({ geozones }) => geozones);

/** One by its id. not_found */
export const getGeozone = getRule(({ geozones }) => geozones);

/** Changes the fields given; errors as of changeGeozone. */
export const updateGeozone = updateRule('geozone', changeGeozone);

/** Takes one away; errors as of removeGeozone. */
export const deleteGeozone = deleteRule('geozone', removeGeozone);
