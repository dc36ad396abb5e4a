import { check, underWay, untilQuiet, violationText, type Counts } from '@kervan/testing';
import { isSetupError } from '@kervan/testing/servers';
import { readOptions } from './options.ts';

/** `3 confirmed, 1 draft`; `none` of nothing. */
const tallyText = (tally: Readonly<Record<string, number>>): string =>
  Object.entries(tally)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ') || 'none';

/** What was looked at: so that whoever reads `nothing is wrong` sees of how much. */
const countsText = ({ orders, redemptions, history, ...counts }: Counts): string =>
  [
    `orders: ${tallyText(orders)}`,
    `uses of promotions: ${tallyText(redemptions)}`,
    `answers: ${tallyText(history)}`,
    `besides: ${tallyText(counts)}`,
  ].join('\n');

/** 0: all holds. 1: something does not. 2: it could not look. */
const run = async (): Promise<0 | 1 | 2> => {
  try {
    const { input, withinMs } = readOptions(process.argv.slice(2), process.env);
    const left = (await untilQuiet(input, withinMs)) ? [] : await underWay(input);
    if (left.length > 0)
      console.error(`Not quiet after ${withinMs / 1_000} s; still under way:\n${violationText(left)}\n`);
    const { violations, counts } = await check(input);
    if (violations.length > 0) console.log(`${violationText(violations)}\n`);
    console.log(countsText(counts));
    console.log(
      violations.length === 0
        ? 'Everything holds.'
        : `${violations.length} ${violations.length === 1 ? 'violation' : 'violations'}.`,
    );
    return violations.length === 0 ? 0 : 1;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    console.error(isSetupError(error) ? said : `It could not be looked at: ${said}`);
    return 2;
  }
};

process.exitCode = await run();
