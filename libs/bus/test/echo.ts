import { fail, ok } from '@kervan/contracts';
import type { Context } from '@kervan/contracts';
import type { z } from 'zod';
import { answer } from '../src/index.ts';
import type { Entry } from '../src/index.ts';
import { echo, pause } from './world.ts';

/** How long before its deadline a handler was called, told to the test. */
export type Seen = (context: Context) => void;

/** The answering side of `echo`, with every way a handler can go. */
export const echoEntry = (seen: Seen = () => undefined): Entry =>
  answer(echo, ({ text, waitMs, mode }, context) => {
    seen(context);
    if (mode === 'throw') throw new Error('thrown at once');
    return answerLater({ text, waitMs, mode }, context);
  });

const answerLater = async ({ text, waitMs, mode }: z.output<typeof echo.request>, context: Context) => {
  if (waitMs > 0) await pause(waitMs);
  if (mode === 'reject') throw new Error('rejected later');
  if (mode === 'refuse') return fail('out_of_stock', { sku: text });
  if (mode === 'deadline') return ok({ text, deadline: context.deadline });
  if (mode === 'wrong') return JSON.parse('{"ok":true,"value":{"text":5}}');
  if (mode === 'circular') {
    const value: { text: string; self?: unknown } = { text };
    value.self = value;
    return ok(value);
  }
  return ok({ text });
};
