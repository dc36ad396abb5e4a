import { type Context, ok, pricingRpc } from '@kervan/contracts';
import type { Deps, RequestOf } from '../deps.ts';
import { findRule, pageOfRules } from '../rules/rule-set.ts';
import { addGeozone, changeGeozone, removeGeozone } from './geozone.changes.ts';

/** Makes one; errors as of addGeozone. */
export const createGeozone =
  ({ changeRules, keyedId }: Pick<Deps, 'changeRules' | 'keyedId'>) =>
  async (request: RequestOf<'createGeozone'>, context: Context) => {
    const keyed = await keyedId('geozone', pricingRpc.createGeozone, request, context);
    if (!keyed.ok) return keyed;
    const { id, input } = keyed.value;
    return changeRules(context, 'geozone', (rules) => addGeozone(rules, id, input));
  };

/** A page of all, in the order they were made. invalid_cursor */
export const listGeozones =
  ({ readRules }: Pick<Deps, 'readRules'>) =>
  async (request: RequestOf<'listGeozones'>, { tenant }: Context) =>
    pageOfRules((await readRules(tenant)).rules.geozones, request);

/** One by its id. not_found */
export const getGeozone =
  ({ readRules }: Pick<Deps, 'readRules'>) =>
  async ({ id }: RequestOf<'getGeozone'>, { tenant }: Context) =>
    findRule((await readRules(tenant)).rules.geozones, id);

/** Changes the fields given; errors as of changeGeozone. */
export const updateGeozone =
  ({ changeRules }: Pick<Deps, 'changeRules'>) =>
  (request: RequestOf<'updateGeozone'>, context: Context) =>
    changeRules(context, 'geozone', (rules) => changeGeozone(rules, request));

/** Takes one away; errors as of removeGeozone. */
export const deleteGeozone =
  ({ changeRules }: Pick<Deps, 'changeRules'>) =>
  async (request: RequestOf<'deleteGeozone'>, context: Context) => {
    const removed = await changeRules(context, 'geozone', (rules) => removeGeozone(rules, request));
    return removed.ok ? ok({ id: request.id }) : removed;
  };
