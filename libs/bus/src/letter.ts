import { DeadLetter, deadLetterStream, NOBODY, TenantSlug } from '@kervan/contracts';
import type { ServiceName } from '@kervan/contracts';
import type { z } from 'zod';
import { parseJson } from './json.ts';
import type { StoredMessage } from './stream-api.ts';

/** Most characters of a body that a letter keeps: no event of ours is near that. Written as JSON twice it still fits a message. */
const MOST_BODY = 100_000;
/** Most characters of a reason. */
const MOST_REASON = 1_000;

/** What could not be handled, as it lies in its service's stream of dead letters. */
const Letter = DeadLetter.pick({
  service: true,
  stream: true,
  subject: true,
  sequence: true,
  deliveries: true,
  reason: true,
  body: true,
});
export type Letter = z.infer<typeof Letter>;

/** A letter on the wire. */
export const encodeLetter = (letter: Letter): string =>
  JSON.stringify({
    ...letter,
    reason: letter.reason.slice(0, MOST_REASON),
    body: letter.body.slice(0, MOST_BODY),
  });

/** The letter that lies there; something else is shown, too. */
export const readLetter = (service: ServiceName, { subject, sequence, text }: StoredMessage): Letter => {
  const letter = Letter.safeParse(parseJson(text));
  if (letter.success) return letter.data;
  const where = { service, stream: deadLetterStream(service), subject, sequence };
  return { ...where, deliveries: 0, reason: 'not a dead letter', body: text.slice(0, MOST_BODY) };
};

/** The shop an event's subject names, `evt.<owner>.<type>.<tenant>.…`; NOBODY when it names none. */
export const tenantOf = (subject: string): string => {
  const tenant = TenantSlug.safeParse(subject.split('.')[3]);
  return tenant.success ? tenant.data : NOBODY;
};
