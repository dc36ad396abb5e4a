import {
  ok,
  type Context,
  type inventoryRpc,
  type Page,
  type Reservation as Reply,
  type Result,
} from '@kervan/contracts';
import type { z } from 'zod';
import type { Books } from '../books/books.ts';
import type { Submit } from '../books/group.ts';
import type { Collections } from '../collections.ts';
import { actorText } from '../ledger/actor.ts';
import { commit, extend, release, reserve } from './decide.ts';
import { reservationReply, type OrderRef, type Reservation } from './reservation.ts';

type Rpc = typeof inventoryRpc;
type Deps = { readonly submit: Submit };

/** Makes one change to an order's reservation and answers how it stands. */
const onOrder = async (
  { submit }: Deps,
  { tenant, traceId, deadline, actor }: Context,
  { orderId, lines = [] }: { orderId: string; lines?: readonly { sku: string }[] },
  apply: (books: Books, order: OrderRef) => Result<Reservation>,
): Promise<Result<Reply>> => {
  const order = { tenant, orderId, actor: actorText(actor) };
  const skus = lines.map(({ sku }) => sku);
  const result = await submit({ tenant, traceId, deadline, orderId, skus, apply: (books) => apply(books, order) });
  return result.ok ? ok(reservationReply(result.value)) : result;
};

/** All lines or none. out_of_stock, reservation_closed */
export const reserveGoods =
  (deps: Deps) =>
  async (request: z.output<Rpc['reserve']['request']>, context: Context): Promise<Result<Reply>> => {
    const { lines, again } = request;
    const expiresAt = new Date(request.expiresAt);
    return onOrder(deps, context, request, (books, order) => reserve(books, { ...order, lines, again, expiresAt }));
  };

/** Holds the goods for longer. not_found, reservation_closed */
export const extendReservation =
  (deps: Deps) =>
  async (request: z.output<Rpc['extend']['request']>, context: Context): Promise<Result<Reply>> => {
    const expiresAt = new Date(request.expiresAt);
    return onOrder(deps, context, request, (books, order) => extend(books, { ...order, expiresAt }));
  };

/** Gives the goods back. */
export const releaseGoods =
  (deps: Deps) =>
  async (request: z.output<Rpc['release']['request']>, context: Context): Promise<Result<Reply>> => {
    const { reason } = request;
    return onOrder(deps, context, request, (books, order) => release(books, { ...order, reason }));
  };

/** Takes the goods off the shelf. not_found, out_of_stock, reservation_closed */
export const commitGoods =
  (deps: Deps) =>
  async (request: z.output<Rpc['commit']['request']>, context: Context): Promise<Result<Reply>> =>
    onOrder(deps, context, request, commit);

/** Reservations, newest first. invalid_cursor */
export const listReservations =
  ({ reservations }: Pick<Collections, 'reservations'>) =>
  async (
    { limit, cursor, orderId, status }: z.output<Rpc['listReservations']['request']>,
    { tenant }: Context,
  ): Promise<Result<Page<Reply>>> => {
    const filter = { ...(orderId === undefined ? {} : { _id: orderId }), ...(status === undefined ? {} : { status }) };
    const options = { sort: { createdAt: -1 }, limit, ...(cursor === undefined ? {} : { cursor }) } as const;
    const page = await reservations.list(tenant, filter, options);
    return page.ok ? ok({ ...page.value, data: page.value.data.map(reservationReply) }) : page;
  };
