import { type Context, ok, type Page, type Result } from '@kervan/contracts';
import type { z } from 'zod';
import type { Deps } from '../deps.ts';
import { type Change, findRule, type Named, type Paging, pageOfRules, type Rule, type RuleSet } from './rule-set.ts';
import type { RuleKind } from './rule-set.store.ts';

/** What a call that makes a rule takes beside the rule. */
type KeyedRequest = { readonly idempotencyKey?: string | undefined };

/** Answers a call that makes a rule: one a key, however often it is asked for. Errors as of `add`, idempotency_key_reused */
export const makeRule =
  <Request extends KeyedRequest, One extends Rule>(
    kind: RuleKind,
    call: { readonly subject: string; readonly request: z.ZodType<Request> },
    add: (rules: RuleSet, id: string, input: Omit<Request, 'idempotencyKey'>) => Change<One>,
  ) =>
  ({ changeRules, keyedId }: Pick<Deps, 'changeRules' | 'keyedId'>) =>
  async (request: Request, context: Context): Promise<Result<One>> => {
    const keyed = await keyedId(kind, call, request, context);
    if (!keyed.ok) return keyed;
    const { id, input } = keyed.value;
    return changeRules(context, kind, (rules) => add(rules, id, input));
  };

/** Answers a page of all rules of a list, in the order they were made. invalid_cursor */
export const listRules =
  <One extends Rule>(listIn: (rules: RuleSet) => readonly One[]) =>
  ({ readRules }: Pick<Deps, 'readRules'>) =>
  async (request: Paging, { tenant }: Pick<Context, 'tenant'>): Promise<Result<Page<One>>> =>
    pageOfRules(listIn((await readRules(tenant)).rules), request);

/** Answers a rule by its id. not_found */
export const getRule =
  <One extends Rule>(listIn: (rules: RuleSet) => readonly One[]) =>
  ({ readRules }: Pick<Deps, 'readRules'>) =>
  async ({ id }: Pick<Named, 'id'>, { tenant }: Pick<Context, 'tenant'>): Promise<Result<One>> =>
    findRule(listIn((await readRules(tenant)).rules), id);

/** Answers a call that changes a rule. Errors as of `change` */
export const updateRule =
  <Request extends Named, One extends Rule>(
    kind: RuleKind,
    change: (rules: RuleSet, request: Request) => Change<One>,
  ) =>
  ({ changeRules }: Pick<Deps, 'changeRules'>) =>
  (request: Request, context: Context): Promise<Result<One>> =>
    changeRules(context, kind, (rules) => change(rules, request));

/** Answers a call that takes a rule away. Errors as of `remove` */
export const deleteRule =
  <One extends Rule>(kind: RuleKind, remove: (rules: RuleSet, request: Named) => Change<One>) =>
  ({ changeRules }: Pick<Deps, 'changeRules'>) =>
  async (request: Named, context: Context): Promise<Result<{ id: string }>> => {
    const removed = await changeRules(context, kind, (rules) => remove(rules, request));
    return removed.ok ? ok({ id: request.id }) : removed;
  };
