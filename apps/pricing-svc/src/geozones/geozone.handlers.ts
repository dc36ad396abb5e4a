import { type Context, newId, ok } from '@kervan/contracts';
import type { Deps, RequestOf } from '../deps.ts';
import { findRule, pageOfRules } from '../rules/rule-set.ts';
import { addGeozone, changeGeozone, removeGeozone } from './geozone.changes.ts';

/** Makes one; errors as of addGeozone. */
export const createGeozone =
  ({ changeRules, clock }: Pick<Deps, 'changeRules' | 'clock'>) =>
  (request: RequestOf<'createGeozone'>, context: Context) => {
    const id = newId('geozone', clock().getTime());
    return changeRules(context, 'geozone', (rules) => addGeozone(rules, id, request));
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
  async ({ id }: RequestOf<'deleteGeozone'>, context: Context) => {
    const removed = await changeRules(context, 'geozone', (rules) => removeGeozone(rules, id));
    return removed.ok ? ok({ id }) : removed;
  };
