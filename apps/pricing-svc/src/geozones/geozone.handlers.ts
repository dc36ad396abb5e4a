import { type Context, newId, ok, type pricingRpc } from '@kervan/contracts';
import type { z } from 'zod';
import { findRule, pageOfRules } from '../rules/rule-set.ts';
import type { ChangeRules, ReadRules } from '../rules/rule-set.store.ts';
import { addGeozone, changeGeozone, removeGeozone } from './geozone.changes.ts';

type Deps = { readonly readRules: ReadRules; readonly changeRules: ChangeRules; readonly clock: () => Date };
type Request<Call extends keyof typeof pricingRpc> = z.output<(typeof pricingRpc)[Call]['request']>;

/** Makes one; errors as of addGeozone. */
export const createGeozone =
  ({ changeRules, clock }: Deps) =>
  (request: Request<'createGeozone'>, context: Context) => {
    const id = newId('geozone', clock().getTime());
    return changeRules(context, 'geozone', (rules) => addGeozone(rules, id, request));
  };

/** A page of all, in the order they were made. invalid_cursor */
export const listGeozones =
  ({ readRules }: Deps) =>
  async (request: Request<'listGeozones'>, { tenant }: Context) =>
    pageOfRules((await readRules(tenant)).rules.geozones, request);

/** One by its id. not_found */
export const getGeozone =
  ({ readRules }: Deps) =>
  async ({ id }: Request<'getGeozone'>, { tenant }: Context) =>
    findRule((await readRules(tenant)).rules.geozones, id);

/** Changes the fields given; errors as of changeGeozone. */
export const updateGeozone =
  ({ changeRules }: Deps) =>
  (request: Request<'updateGeozone'>, context: Context) =>
    changeRules(context, 'geozone', (rules) => changeGeozone(rules, request));

/** Takes one away; errors as of removeGeozone. */
export const deleteGeozone =
  ({ changeRules }: Deps) =>
  async ({ id }: Request<'deleteGeozone'>, context: Context) => {
    const removed = await changeRules(context, 'geozone', (rules) => removeGeozone(rules, id));
    return removed.ok ? ok({ id }) : removed;
  };
