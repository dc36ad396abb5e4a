import { answer, hear, type Bus, type Entry } from '@kervan/bus';
import { inventoryRpc, orderEvents } from '@kervan/contracts';
import type { Log } from '@kervan/service';
import type { KeyedIds, Store } from '@kervan/store';
import type { Submit } from './books/group.ts';
import type { Collections } from './collections.ts';
import { listLedger } from './ledger/ledger.handlers.ts';
import {
  commitGoods,
  extendReservation,
  listReservations,
  releaseGoods,
  reserveGoods,
} from './reservations/reservation.handlers.ts';
import { hearConfirmed, hearEnded } from './reservations/order.handlers.ts';
import { recomputeStock } from './stock/recompute.handlers.ts';
import { adjustStock, ensureStock, getStock, listStock } from './stock/stock.handlers.ts';

/** Everything inventory-svc answers and hears. */
export const surface = (
  deps: Collections & { bus: Bus; store: Store; submit: Submit; keyedId: KeyedIds; log: Log },
): Entry[] => [
  answer(inventoryRpc.listStock, listStock(deps)),
  answer(inventoryRpc.getStock, getStock(deps)),
  answer(inventoryRpc.ensureStock, ensureStock(deps)),
  answer(inventoryRpc.adjustStock, adjustStock(deps)),
  answer(inventoryRpc.recomputeStock, recomputeStock(deps)),
  answer(inventoryRpc.listLedger, listLedger(deps)),
  answer(inventoryRpc.listReservations, listReservations(deps)),
  answer(inventoryRpc.reserve, reserveGoods(deps)),
  answer(inventoryRpc.extend, extendReservation(deps)),
  answer(inventoryRpc.release, releaseGoods(deps)),
  answer(inventoryRpc.commit, commitGoods(deps)),
  hear(orderEvents.confirmed, hearConfirmed(deps)),
  hear(orderEvents.expired, hearEnded(deps)),
  hear(orderEvents.cancelled, hearEnded(deps)),

  answer(inventoryRpc.listDeadLetters, deps.bus.deadLetters.list),
  answer(inventoryRpc.getDeadLetter, deps.bus.deadLetters.get),
  answer(inventoryRpc.replayDeadLetter, deps.bus.deadLetters.replay),
];
