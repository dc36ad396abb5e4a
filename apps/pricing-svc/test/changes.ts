import { type Result, Texts } from '@kervan/contracts';
import { z } from 'zod';

const InBothLanguages = Texts.refine(({ tr, en }) => tr !== '' && en !== '' && tr !== en);
const Named = z.object({
  errors: z.array(z.object({ path: z.string(), code: z.string(), message: InBothLanguages })),
});

/** The rule a change came to; one that was refused fails the test. */
export const ruleOf = <Rule>(change: Result<{ readonly rule: Rule }>): Rule => {
  if (!change.ok) throw new Error(JSON.stringify(change.error));
  return change.value.rule;
};

/** What is wrong, as `path code` of each field; the code of the refusal when it names no fields. */
export const refusalOf = (result: Result<unknown>): string[] | string => {
  if (result.ok) return 'ok';
  const { code, details } = result.error;
  return code === 'invalid_input' ? Named.parse(details).errors.map((one) => `${one.path} ${one.code}`) : code;
};
