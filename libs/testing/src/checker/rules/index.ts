import type { Rule } from '../rule.ts';
import { apiShowsWhatIsKept } from './api.ts';
import {
  changesAreTold,
  consumersAreCaughtUp,
  idsAreUnique,
  lettersWereProvoked,
  outboxesAreEmpty,
  sentEventsArrived,
  sequencesAreWhole,
  streamsHoldEvents,
  toldEventsWereWritten,
} from './events.ts';
import {
  addsStand,
  adjustsStand,
  answersStand,
  keysGiveOneOrder,
  paymentsStand,
  refusalsLeftNothing,
} from './history.ts';
import {
  cartsFollow,
  draftsEnd,
  historiesAreWays,
  oneOrderAKey,
  oneSaleACart,
  tenantsStayApart,
  totalsAddUp,
} from './orders.ts';
import { capturesBelong, onceCaptured, ordersArePaid, paymentsEnd } from './payments.ts';
import { moneyBelongs, onceCharged, onceRefunded, paymentsMatch } from './provider.ts';
import { movementsFit, reservationsBelong, reservedIsHeld, stockAddsUp } from './stock.ts';
import { limitsHold, redemptionsBelong, talliesAddUp } from './uses.ts';

/** What holds once the system is quiet: until then an order may be a step ahead of its goods, money or events. */
const SETTLED: readonly Rule[] = [
  stockAddsUp,
  reservedIsHeld,
  movementsFit,
  reservationsBelong,
  talliesAddUp,
  limitsHold,
  redemptionsBelong,
  capturesBelong,
  onceCaptured,
  ordersArePaid,
  draftsEnd,
  cartsFollow,
  paymentsMatch,
  moneyBelongs,
  outboxesAreEmpty,
  consumersAreCaughtUp,
];

/** What says that the system is not quiet yet. A payment nobody will pay any more ends by itself, but late. */
export const QUIET: readonly Rule[] = [...SETTLED, paymentsEnd];

/** Everything that must hold once the system is quiet. */
export const RULES: readonly Rule[] = [
  ...SETTLED,
  totalsAddUp,
  historiesAreWays,
  oneSaleACart,
  oneOrderAKey,
  tenantsStayApart,
  onceCharged,
  onceRefunded,
  sequencesAreWhole,
  changesAreTold,
  idsAreUnique,
  sentEventsArrived,
  toldEventsWereWritten,
  streamsHoldEvents,
  lettersWereProvoked,
  apiShowsWhatIsKept,
  answersStand,
  paymentsStand,
  addsStand,
  adjustsStand,
  refusalsLeftNothing,
  keysGiveOneOrder,
];
