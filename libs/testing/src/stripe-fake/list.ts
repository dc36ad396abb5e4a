import { type Answer, invalid } from './error.ts';
import { type Form, textOf } from './form.ts';

const MOST = 100;
const USUAL = 10;

/**
 * A page of a list as Stripe answers it: the newest first, `limit` of them (10 unless told, 100 at most), those after the
 * one named by `starting_after`. `all` from the oldest on.
 */
export const listPage = (all: readonly { id: string }[], form: Form, url: string): Answer => {
  const limit = Number(textOf(form, 'limit') ?? USUAL);
  if (limit < 1 || limit > MOST) {
    return invalid('Invalid integer: limit has to be from 1 to 100.', { param: 'limit' });
  }
  const after = textOf(form, 'starting_after');
  const end = after === undefined ? all.length : all.findIndex(({ id }) => id === after);
  if (end < 0) {
    return invalid(`No such object: '${after ?? ''}'`, { code: 'resource_missing', param: 'starting_after' });
  }
  const data = all.slice(Math.max(0, end - limit), end).toReversed();
  return { status: 200, body: structuredClone({ object: 'list', url, has_more: end > limit, data }) };
};
