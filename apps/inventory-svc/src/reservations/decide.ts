import { emit, fail, inventoryEvents, ok, type ReservationLine, type Result } from '@kervan/contracts';
import { change, type Books, type Entry } from '../books/books.ts';
import { expireEntry, makeRoom, moveLines } from '../books/room.ts';
import {
  hasEnded,
  hasLapsed,
  MOST_PIECES,
  sumLines,
  type OrderMoment,
  type OrderRef,
  type Reservation,
} from './reservation.ts';

const later = (one: Date, other: Date): Date => (one.getTime() >= other.getTime() ? one : other);

/** Enters a reservation in the place of an ended one of the same order, or as a new one. */
const enter = (
  books: Books,
  { tenant, orderId }: OrderRef,
  known: Entry<Reservation> | undefined,
  fields: Omit<Reservation, '_id' | 'tenant' | 'version' | 'createdAt' | 'updatedAt'>,
): Entry<Reservation> => {
  const createdAt = known?.current.createdAt ?? books.now;
  const current = { _id: orderId, tenant, version: 1, createdAt, updatedAt: books.now, ...fields };
  if (known !== undefined) {
    change(books, known, current);
    return known;
  }
  const made: Entry<Reservation> = { stored: null, current, events: [], traceId: books.traceId };
  books.reservations.set(orderId, made);
  return made;
};

/** What a reservation says that holds nothing. */
const nothingHeld = (books: Books) => ({
  expiresAt: books.now,
  generation: 0,
  takenAt: books.now,
  orderSequence: 0,
  commitFailed: false,
});

/** Takes goods for an order for which there is room. */
const take = (
  books: Books,
  order: OrderRef,
  known: Entry<Reservation> | undefined,
  fields: Pick<Reservation, 'lines' | 'expiresAt' | 'takenAt'>,
): Entry<Reservation> => {
  const generation = (known?.current.generation ?? 0) + 1;
  const orderSequence = known?.current.orderSequence ?? 0;
  const entry = enter(books, order, known, {
    ...fields,
    status: 'held',
    generation,
    orderSequence,
    commitFailed: false,
  });
  moveLines(books, entry.current, 'reserve', { actor: order.actor, reason: null });
  return entry;
};

/** A reservation of another shop is as if there were none, but its place is taken. */
const isForeign = (known: Entry<Reservation> | undefined, { tenant }: OrderRef): boolean =>
  known !== undefined && known.current.tenant !== tenant;

/** Whether an event of the order comes too late to mean anything: a later one has been applied. */
const isOvertaken = (reservation: Reservation, moment: OrderMoment | undefined): boolean =>
  moment !== undefined && moment.sequence <= reservation.orderSequence;

/**
 * Whether the order has taken its goods anew since it was said to have ended. That comes as a call, which has no place
 * among the order's events, so the times decide.
 */
const isRevived = ({ generation, takenAt }: Reservation, moment: OrderMoment | undefined): boolean =>
  moment !== undefined && generation > 1 && moment.occurredAt.getTime() < takenAt.getTime();

export type Reserve = OrderRef & {
  readonly lines: readonly ReservationLine[];
  readonly expiresAt: Date;
  readonly again: boolean;
};

/** All lines or none, once per order. out_of_stock, reservation_closed, not_found, invalid_input */
export const reserve = (books: Books, command: Reserve): Result<Reservation> => {
  const known = books.reservations.get(command.orderId);
  if (isForeign(known, command)) return fail('not_found');
  if (known?.current.status === 'committed') return ok(known.current);
  if (known?.current.status === 'held') return command.again ? extend(books, command) : ok(known.current);
  if (known !== undefined && !command.again) return fail('reservation_closed', { status: known.current.status });
  const lines = sumLines(command.lines);
  if (lines.some(({ quantity }) => quantity > MOST_PIECES)) {
    return fail('invalid_input', {
      errors: [
        {
          path: 'lines',
          code: 'too_big',
          message: { tr: 'bir SKU için çok fazla adet', en: 'too many pieces of one SKU' },
        },
      ],
    });
  }
  const shortages = makeRoom(books, command.tenant, lines);
  if (shortages.length > 0) return fail('out_of_stock', { lines: shortages });
  return ok(take(books, command, known, { lines, expiresAt: command.expiresAt, takenAt: books.now }).current);
};

/** Moves the end later, never earlier; what lapsed but was not given away is held again. not_found, reservation_closed */
export const extend = (books: Books, command: OrderRef & { readonly expiresAt: Date }): Result<Reservation> => {
  const known = books.reservations.get(command.orderId);
  if (known === undefined || isForeign(known, command)) return fail('not_found');
  const { current } = known;
  if (hasEnded(current)) return fail('reservation_closed', { status: current.status });
  const expiresAt = later(current.expiresAt, command.expiresAt);
  if (current.status === 'committed' || expiresAt === current.expiresAt) return ok(current);
  return ok(change(books, known, { ...current, expiresAt }));
};

export type Release = OrderRef & { readonly reason: string; readonly moment?: OrderMoment };

/**
 * Gives the goods of an order back: what is held is free again, what was committed returns to the shelf, and an order
 * nobody knows is remembered, so that a reserve that comes late is refused. not_found (another shop's order)
 */
export const release = (books: Books, command: Release): Result<Reservation> => {
  const known = books.reservations.get(command.orderId);
  if (isForeign(known, command)) return fail('not_found');
  if (known === undefined) {
    const orderSequence = command.moment?.sequence ?? 0;
    return ok(
      enter(books, command, undefined, { ...nothingHeld(books), status: 'released', lines: [], orderSequence }).current,
    );
  }
  if (isOvertaken(known.current, command.moment) || isRevived(known.current, command.moment)) return ok(known.current);
  const orderSequence = command.moment?.sequence ?? known.current.orderSequence;
  if (hasEnded(known.current)) {
    if (orderSequence === known.current.orderSequence) return ok(known.current);
    return ok(change(books, known, { ...known.current, orderSequence }));
  }
  const step = known.current.status === 'held' ? 'release' : 'return';
  moveLines(books, known.current, step, { actor: command.actor, reason: command.reason });
  return ok(change(books, known, { ...known.current, status: 'released', orderSequence }));
};

/** `moment` and `lines` come with the order's own event; nobody waits for that answer, so a failure is told by an event. */
export type Commit = OrderRef & {
  readonly confirmed?: { readonly moment: OrderMoment; readonly lines: readonly ReservationLine[] };
};

/**
 * Takes the goods of an order off the shelf. Goods that lapsed but are still held are taken; those given up are taken
 * anew if there are any. out_of_stock, not_found, reservation_closed; for a confirmed order out_of_stock becomes the
 * event `reservation.commit_failed`, told once.
 */
export const commit = (books: Books, command: Commit): Result<Reservation> => {
  const known = books.reservations.get(command.orderId);
  const { confirmed } = command;
  if (isForeign(known, command) || (known === undefined && confirmed === undefined)) return fail('not_found');
  if (known?.current.status === 'committed') return ok(known.current);
  if (known !== undefined && confirmed !== undefined) {
    if (known.current.commitFailed || isOvertaken(known.current, confirmed.moment)) return ok(known.current);
  }
  const held = known?.current.status === 'held' ? known : retake(books, command, known);
  if ('refused' in held) return held.refused;
  moveLines(books, held.current, 'commit', { actor: command.actor, reason: null });
  const orderSequence = confirmed?.moment.sequence ?? held.current.orderSequence;
  return ok(change(books, held, { ...held.current, status: 'committed', orderSequence }));
};

/** The lines an order takes anew: those it had, else those its event names. */
const linesOf = (known: Entry<Reservation> | undefined, { confirmed }: Commit): ReservationLine[] =>
  known !== undefined && known.current.lines.length > 0 ? known.current.lines : sumLines(confirmed?.lines ?? []);

const retake = (
  books: Books,
  command: Commit,
  known: Entry<Reservation> | undefined,
): Entry<Reservation> | { refused: Result<Reservation> } => {
  const { confirmed } = command;
  const lines = linesOf(known, command);
  if (lines.length === 0 && confirmed === undefined) return { refused: fail('reservation_closed') };
  const shortages = makeRoom(books, command.tenant, lines);
  if (shortages.length === 0) {
    // The order's own event has its place among the others; only a call needs its time remembered (isRevived).
    const takenAt = confirmed === undefined ? books.now : (known?.current.takenAt ?? confirmed.moment.occurredAt);
    return take(books, command, known, { lines, expiresAt: books.now, takenAt });
  }
  if (confirmed === undefined) return { refused: fail('out_of_stock', { lines: shortages }) };
  const entry = known ?? enter(books, command, undefined, { ...nothingHeld(books), status: 'expired', lines });
  entry.events.push(emit(inventoryEvents.commitFailed, { orderId: command.orderId, lines: shortages }));
  const orderSequence = confirmed.moment.sequence;
  return { refused: ok(change(books, entry, { ...entry.current, commitFailed: true, orderSequence })) };
};

/** Ends a reservation whose time is over; false when there is nothing to end. */
export const expire = (books: Books, { orderId }: { readonly orderId: string }): Result<boolean> => {
  const known = books.reservations.get(orderId);
  if (known === undefined || !hasLapsed(known.current, books.now)) return ok(false);
  expireEntry(books, known);
  return ok(true);
};
