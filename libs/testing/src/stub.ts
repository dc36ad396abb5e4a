import { answer, type Bus, type Handler } from '@kervan/bus';
import type { Rpc } from '@kervan/contracts';

/**
 * Lets `handler` answer a call in the place of the service that owns it, on the real subject. `bus` is connected as
 * that service: nobody else may answer there.
 */
export const stub = <R extends Rpc>(bus: Bus, rpc: R, handler: Handler<R>): Promise<void> =>
  bus.serve([answer(rpc, handler)]);
