import { retry, type Retry } from '@kervan/bus';
import {
  type Context,
  isTemporary,
  ok,
  type orderEvents,
  type Page,
  type PromotionUse,
  type Received,
  type Redemption as Reply,
  type Result,
} from '@kervan/contracts';
import type { Log } from '@kervan/service';
import type { z } from 'zod';
import type { Deps as OpenDeps, RequestOf } from '../deps.ts';
import { hold, redeem, type Redemption, redemptionReply, release } from './redemption.ts';
import type { SubmitUses } from './redemption.store.ts';
import { customerKey } from './tally.ts';

type Deps = { readonly uses: { readonly submit: SubmitUses }; readonly log: Log };

const replyOf = (result: Result<Redemption>): Result<Reply> => (result.ok ? ok(redemptionReply(result.value)) : result);

/** All uses of an order or none. coupon_exhausted, reservation_closed, not_found */
export const holdUses =
  ({ uses: { submit } }: Pick<Deps, 'uses'>) =>
  async ({ orderId, uses, late, ...who }: RequestOf<'holdUses'>, context: Context): Promise<Result<Reply>> => {
    const { tenant, deadline } = context;
    const customer = customerKey(who);
    const command = { tenant, orderId, uses, late, customer };
    const sees = { tenant, orderId, uses, holder: { customer } };
    return replyOf(await submit({ ...sees, deadline, apply: (all) => hold(all, command) }));
  };

/** Gives the uses of an order back that is not confirmed. not_found */
export const releaseUses =
  ({ uses: { submit } }: Pick<Deps, 'uses'>) =>
  async ({ orderId, late }: RequestOf<'releaseUses'>, { tenant, deadline }: Context): Promise<Result<Reply>> => {
    const command = { tenant, orderId, late };
    const sees = { tenant, orderId, uses: [] };
    return replyOf(await submit({ ...sees, deadline, apply: (all) => release(all, command) }));
  };

/** What orders hold and have redeemed, newest first. invalid_cursor */
export const listRedemptions =
  ({ uses: { redemptions } }: Pick<OpenDeps, 'uses'>) =>
  async (
    { limit, cursor, orderId, promotionId, couponId, status }: RequestOf<'listRedemptions'>,
    { tenant }: Context,
  ): Promise<Result<Page<Reply>>> => {
    const filter = {
      ...(orderId === undefined ? {} : { _id: orderId }),
      ...(promotionId === undefined ? {} : { 'uses.promotionId': promotionId }),
      ...(couponId === undefined ? {} : { 'uses.couponId': couponId }),
      ...(status === undefined ? {} : { status }),
    };
    const page = await redemptions.list(tenant, filter, { sort: { createdAt: -1 }, limit, cursor });
    return page.ok ? ok({ ...page.value, data: page.value.data.map(redemptionReply) }) : page;
  };

type UsesFact = Received<z.output<(typeof orderEvents)['usesRedeemed']['data']>>;
type Heard = {
  readonly tenant: string;
  readonly orderId: string;
  readonly uses: readonly PromotionUse[];
  readonly late: boolean;
  readonly sequence: number;
};

/** Done, or once more later; what can never be applied is said and left. */
const applied =
  ({ uses: { submit }, log }: Deps, apply: (all: Parameters<typeof redeem>[0], heard: Heard) => Result<Redemption>) =>
  async (event: UsesFact, { deadline }: Context): Promise<Retry | undefined> => {
    const { tenant, traceId, sequence, type, data } = event;
    const { orderId, uses, late } = data;
    const heard = { tenant, orderId, uses, late, sequence };
    const sees = { tenant, orderId, uses };
    const result = await submit({ ...sees, deadline, patient: true, apply: (all) => apply(all, heard) });
    if (result.ok) return undefined;
    const { code } = result.error;
    if (isTemporary(code)) return retry();
    log.error({ tenant, traceId, orderId, event: type, code }, 'an event of an order cannot be applied');
    return undefined;
  };

/** A confirmed order's uses are used for good. */
export const hearRedeemed = (deps: Deps) => applied(deps, redeem);

/** An order that expired or was cancelled gives its uses back. */
export const hearReleased = (deps: Deps) => applied(deps, release);
