import { setTimeout as wait } from 'node:timers/promises';
import { FAULTS, faultOf, pickFault } from './faults.ts';
import { untilBought } from './probe.ts';
import type { Options } from './options.ts';
import type { Stage } from './stage.ts';
import { settle, type Verdict } from './verdict.ts';

/** One fault as it was done. Times in epoch milliseconds. */
export type Done = {
  readonly fault: string;
  readonly what: string;
  readonly start: number;
  /** When it was healed. */
  readonly end: number;
  /** From then until a new buyer had a confirmed order, in milliseconds; null when another fault was beside it. */
  readonly recoveryMs: number | null;
};

/** One stretch of load and faults, and what was found when all was quiet. */
export type Round = { readonly faults: readonly Done[]; readonly verdict: Verdict };

/** Faults that may come together with another one: they touch no process. */
const BESIDE = Object.keys(FAULTS).filter((name) => name.startsWith('provider-') || name.startsWith('webhooks-'));

const doFault = async ({ scene }: Stage, name: string): Promise<Omit<Done, 'recoveryMs'>> => {
  const fault = faultOf(name);
  if (fault === null) throw new Error(`there is no fault ${name}`);
  const start = Date.now();
  const what = await fault.run(scene);
  return { fault: name, what, start, end: Date.now() };
};

/** Does a fault, perhaps with another one beside it, and waits until things can be bought again. */
const doFaults = async (stage: Stage, names: readonly string[]): Promise<Done[]> => {
  const done = await Promise.all(names.map((name) => doFault(stage, name)));
  const recoveryMs = await untilBought(stage).catch((error: unknown) => {
    throw new Error(`after ${done.map(({ what }) => what).join(' and ')}`, { cause: error });
  });
  return done.map((each) => ({ ...each, recoveryMs: done.length === 1 ? recoveryMs : null }));
};

/** Breaks things while buyers buy, for a while; then heals, waits until all is quiet, and lets the checker speak. */
export const runRound = async (
  stage: Stage,
  { faults, buyers, roundSeconds }: Options,
  say: (line: string) => void,
): Promise<Round> => {
  const { random } = stage.scene;
  const until = Date.now() + roundSeconds * 1_000;
  const load = stage.startBuyers(buyers);
  const done: Done[] = [];
  while (Date.now() < until) {
    await wait(random.between(100, 1_500));
    const first = pickFault(random, faults);
    const beside = BESIDE.filter((name) => faults.includes(name) && name !== first);
    const names = beside.length > 0 && random.chance(0.3) ? [first, pickFault(random, beside)] : [first];
    for (const each of await doFaults(stage, names)) {
      done.push(each);
      say(`${each.fault}: ${each.what}; a new order was confirmed ${each.recoveryMs ?? 'some'} ms after`);
    }
  }
  await load.stop();
  return { faults: done, verdict: await settle(stage) };
};
