import { check, type CheckInput, untilQuiet, violationText, type Stack } from '@kervan/testing';

/**
 * Waits until nothing is under way any more, at most `withinMs`, and says what does not hold then. A while is needed even
 * when nothing is wrong: goods follow their orders by events, and events are marked as sent a second later. `more` is
 * looked at besides.
 */
export const untilSound = async (
  { backends: { mongo, nats } }: Stack,
  withinMs = 20_000,
  more: Pick<CheckInput, 'api' | 'provoked'> = {},
): Promise<void> => {
  const input = { mongoUri: mongo.uri, nats: { url: nats.url, seed: nats.seeds.setup }, ...more };
  await untilQuiet(input, withinMs);
  const { violations } = await check(input);
  if (violations.length > 0) throw new Error(violationText(violations));
};
