import { setupError } from '@kervan/testing/servers';
import { z } from 'zod';

const Problem = z.looseObject({
  code: z.string(),
  title: z.string().optional(),
  errors: z.array(z.unknown()).optional(),
});
const PageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ data: z.array(item), page: z.object({ nextCursor: z.string().nullable() }) });

export type Answer<T> = { readonly status: number; readonly code: string | null; readonly value: T | null };
export type Api = {
  /** Posts JSON, or a text of another type; the parsed answer, or the refusal's status and code. */
  post<Reply extends z.ZodType>(path: string, body: unknown, reply: Reply): Promise<Answer<z.output<Reply>>>;
  /** Every item of a list, page by page. */
  list<Item extends z.ZodType>(path: string, item: Item): Promise<z.output<Item>[]>;
};

/** What a body of another type than JSON looks like. */
export const csv = (text: string): Csv => ({ contentType: 'text/csv', text });
type Csv = { readonly contentType: 'text/csv'; readonly text: string };
const isCsv = (body: unknown): body is Csv =>
  typeof body === 'object' && body !== null && 'contentType' in body && body.contentType === 'text/csv';

const TIMEOUT_MS = 120_000;

/** A client of the gateway's API with one key. What it did not expect is one line with the problem's code. */
export const apiClient = (gateway: string, key: string): Api => {
  const send = async (
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
  ): Promise<{ status: number; json: unknown }> => {
    const content = isCsv(body) ? body.text : JSON.stringify(body);
    const response = await fetch(`${gateway}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': isCsv(body) ? body.contentType : 'application/json' }),
      },
      ...(body === undefined ? {} : { body: content }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    try {
      return { status: response.status, json: JSON.parse(text) };
    } catch {
      throw setupError(`${method} ${path} answered ${response.status} without JSON: ${text.slice(0, 200)}`);
    }
  };

  return {
    post: async (path, body, reply) => {
      const { status, json } = await send('POST', path, body);
      if (status < 300) return { status, code: null, value: reply.parse(json) };
      const problem = Problem.safeParse(json);
      return { status, code: problem.success ? problem.data.code : 'unknown', value: null };
    },
    list: async (path, item) => {
      const page = PageOf(item);
      const items: z.output<typeof item>[] = [];
      let cursor: string | null = null;
      do {
        const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
        const { status, json } = await send('GET', `${path}?limit=100${query}`);
        if (status !== 200) throw setupError(`GET ${path} answered ${status}: ${JSON.stringify(json).slice(0, 300)}`);
        const { data, page: next } = page.parse(json);
        items.push(...data);
        cursor = next.nextCursor;
      } while (cursor !== null);
      return items;
    },
  };
};
