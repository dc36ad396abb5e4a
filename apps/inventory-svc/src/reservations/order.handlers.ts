import { retry, type Retry } from '@kervan/bus';
import { isTemporary, type Context, type orderEvents, type Received, type Result } from '@kervan/contracts';
import type { Log } from '@kervan/service';
import type { z } from 'zod';
import type { Submit } from '../books/group.ts';
import { commit, release } from './decide.ts';
import type { OrderMoment, Reservation } from './reservation.ts';

type Deps = { readonly submit: Submit; readonly log: Log };
type OrderFact = Received<z.output<(typeof orderEvents)['confirmed']['data']>>;

const momentOf = ({ sequence, occurredAt }: OrderFact): OrderMoment => ({ sequence, occurredAt: new Date(occurredAt) });

/** Done, or once more later; what can never be applied is said and left. */
const settle = (
  { log }: Deps,
  { tenant, traceId, type, data }: OrderFact,
  result: Result<Reservation>,
): Retry | undefined => {
  if (result.ok) return undefined;
  const { code } = result.error;
  if (isTemporary(code)) return retry();
  log.error({ tenant, traceId, orderId: data.orderId, event: type, code }, 'an event of an order cannot be applied');
  return undefined;
};

/** A confirmed order's goods leave the shelf; when they are gone, its owner is told by an event. */
export const hearConfirmed =
  (deps: Deps) =>
  async (event: OrderFact, { deadline }: Context): Promise<Retry | undefined> => {
    const { tenant, traceId, data } = event;
    const { orderId, lines } = data;
    const skus = lines.map(({ sku }) => sku);
    const command = { tenant, orderId, actor: 'system', confirmed: { moment: momentOf(event), lines } };
    const result = await deps.submit({
      tenant,
      traceId,
      deadline,
      orderId,
      skus,
      patient: true,
      apply: (books) => commit(books, command),
    });
    return settle(deps, event, result);
  };

/** An order that expired or was cancelled gives its goods back. */
export const hearEnded =
  (deps: Deps) =>
  async (event: OrderFact, { deadline }: Context): Promise<Retry | undefined> => {
    const { tenant, traceId, type, data } = event;
    const { orderId, lines } = data;
    const skus = lines.map(({ sku }) => sku);
    const command = { tenant, orderId, actor: 'system', reason: type, moment: momentOf(event) };
    const result = await deps.submit({
      tenant,
      traceId,
      deadline,
      orderId,
      skus,
      patient: true,
      apply: (books) => release(books, command),
    });
    return settle(deps, event, result);
  };
