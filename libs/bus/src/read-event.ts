import { EventEnvelope, eventToken } from '@kervan/contracts';
import { parseJson } from './json.ts';

/**
 * Reads an event; null when the message is none, or another than its subject says. Subjects are what permissions, filters
 * and dead letters go by, so what a message says of its shop counts only when both say the same.
 */
export const readEvent = (subject: string, text: string): EventEnvelope | null => {
  const [, , type, tenant] = subject.split('.');
  const event = EventEnvelope.safeParse(parseJson(text));
  if (!event.success || eventToken(event.data.type) !== type || event.data.tenant !== tenant) return null;
  return event.data;
};
