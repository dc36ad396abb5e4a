import { ok } from '@kervan/contracts';
import type { ErrorCode, Failure, Permission, Result, Rpc, Tenant } from '@kervan/contracts';
import { z } from 'zod';
import type { Caller } from './access/caller.ts';
import { parseInput } from './input/parse.ts';

/** Who may call a route: anyone (guests too), a machine with a key of the tenant, or the platform's operator. */
export type Who = 'public' | 'machine' | 'platform';
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
/** The parts of the API, in the order in which they are described. */
export const AREAS = [
  'Storefront: goods',
  'Storefront: cart',
  'Storefront: checkout',
  'Storefront: tracking',
  'Admin: catalogue',
  'Admin: stock',
  'Admin: pricing',
  'Admin: orders',
  'Admin: payments',
  'Admin: dead letters',
  'Admin: keys',
  'Platform',
] as const;
export type Area = (typeof AREAS)[number];

/** What a presenter needs to know about whom it answers. */
export type View = { readonly language: string; readonly tenant: Tenant };
/** What comes with a request beside its own input. */
export type Circumstances = View & {
  readonly caller: Caller;
  /** Whom the caller's address stands for. */
  readonly address: string;
  readonly idempotencyKey: string | undefined;
  /** The version named by `If-Match`. */
  readonly expectedVersion: number | undefined;
};
/** A request as it comes in, nothing checked yet but its size and that it is JSON (or a stream, where a route says so). */
export type RawRequest = Circumstances & { readonly params: unknown; readonly query: unknown; readonly body: unknown };

/** What goes out: the body before it becomes JSON, and headers that belong to it. */
export type Answer = {
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
  /** When it is another than the one asked for (a replayed checkout speaks the language of the first answer). */
  readonly language?: string;
};

/** Asks a neighbour on behalf of the request: the context (tenant, trace, deadline, caller) is already in it. */
export type Ask = <Request extends z.ZodType, Reply extends z.ZodType>(
  rpc: Rpc<Request, Reply>,
  request: z.input<Request>,
) => Promise<Result<z.output<Reply>>>;

/** What every row of the route table says about itself. */
type Description = {
  readonly method: Method;
  /** Below `/api/v1`, parameters as `:name`. */
  readonly path: string;
  readonly who: Who;
  /** Needed by machines beside being of the tenant. */
  readonly permission: Permission | null;
  readonly area: Area;
  readonly summary: string;
  readonly description: string | null;
  /** The status of success. */
  readonly status: 200 | 201 | 204;
  readonly idempotency: 'none' | 'accepted' | 'required';
  /** `answers`: sends an ETag; `checks`: takes If-Match as well. */
  readonly concurrency: 'none' | 'answers' | 'checks';
  /** The content type of the body: JSON is read whole, CSV is handed on as a stream. */
  readonly consumes: 'json' | 'csv';
  /** What a path parameter that cannot be right is answered with, the same as for one that is not there. */
  readonly missing: ErrorCode;
  /** Refusals beyond those of every route. */
  readonly errors: readonly ErrorCode[];
  /** Extra limits on this path parameter: from one address, and from everywhere. */
  readonly limitedBy: string | null;
  /** `shown`: the answer may be a moment old; `changed`: from then on it may not. */
  readonly goods: 'none' | 'shown' | 'changed';
  /** Whether it changes what is remembered about tenants and keys. */
  readonly changesAccess: boolean;
};

/** A row of the route table, ready to be served and described. */
export type Route = Description & {
  /** `{ params, query, body }` */
  readonly input: z.ZodObject;
  /** The shape of the answer, for the description; null when there is no body. */
  readonly view: z.ZodType | null;
  /** The longest it may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly run: (request: RawRequest, ask: Ask) => Promise<Result<Answer>>;
};

const EMPTY = z.strictObject({});
const nothing = { params: z.object({}), query: EMPTY, body: EMPTY.default({}) };

/** The input of a route: path parameters, query and body. What is not named has to be empty. */
export const input = <Shape extends Partial<Record<keyof typeof nothing, z.ZodType>>>(shape: Shape) =>
  z.object(nothing).extend(shape);
/** The input of a route that takes none. */
export const NO_INPUT = input({});

type Optional =
  | 'permission'
  | 'description'
  | 'status'
  | 'idempotency'
  | 'concurrency'
  | 'consumes'
  | 'missing'
  | 'errors'
  | 'limitedBy'
  | 'goods'
  | 'changesAccess';
type Definition<Input extends z.ZodObject> = Omit<Description, Optional> &
  Partial<Pick<Description, Optional>> & { readonly input: Input; readonly view: z.ZodType | null };

const defaults = {
  permission: null,
  description: null,
  status: 200,
  idempotency: 'none',
  concurrency: 'none',
  consumes: 'json',
  missing: 'not_found',
  errors: [],
  limitedBy: null,
  goods: 'none',
  changesAccess: false,
} as const satisfies Pick<Description, Optional>;

/** A route that does more than ask one question. Its input is parsed once, then `run` makes the whole answer. */
export const defineStepsRoute = <Input extends z.ZodObject>(
  definition: Definition<Input> & {
    readonly timeoutMs: number;
    readonly run: (input: z.output<Input>, at: Circumstances, ask: Ask) => Promise<Result<Answer>>;
  },
): Route => {
  const { input: schema, run, ...description } = definition;
  const missing = definition.missing ?? defaults.missing;
  return {
    ...defaults,
    ...description,
    input: schema,
    run: async (raw, ask) => {
      const parsed = parseInput(schema, raw, raw.language, missing);
      return parsed.ok ? run(parsed.value, raw, ask) : parsed;
    },
  };
};

/** A route that asks one question of one neighbour, as most do. */
export const defineRoute = <Input extends z.ZodObject, Request extends z.ZodType, Reply extends z.ZodType>(
  definition: Definition<Input> & {
    readonly rpc: Rpc<Request, Reply>;
    /** Builds the question from the parsed input. */
    readonly request: (input: z.output<Input>, at: Circumstances) => z.input<Request>;
    /** What the caller may not ask for although the input is right. */
    readonly refuse?: (input: z.output<Input>, at: Circumstances) => Failure | null;
    /** What of the reply goes out; all of it when left out. */
    readonly present?: (reply: z.output<Reply>, view: View) => unknown;
    /** What of a neighbour's refusal goes out; all of it when left out. */
    readonly presentRefusal?: (failure: Failure, view: View) => Failure;
    readonly headers?: (reply: z.output<Reply>) => Readonly<Record<string, string>>;
    /** The language of the answer when the reply decides it. */
    readonly languageOf?: (reply: z.output<Reply>) => string;
  },
): Route => {
  const { rpc, request, refuse, present, presentRefusal, headers, languageOf, ...rest } = definition;
  return defineStepsRoute({
    ...rest,
    timeoutMs: rpc.timeoutMs,
    run: async (given, at, ask) => {
      const refused = refuse?.(given, at) ?? null;
      if (refused !== null) return refusal(refused);
      const result = await ask(rpc, request(given, at));
      if (!result.ok) return presentRefusal === undefined ? result : refusal(presentRefusal(result.error, at));
      const reply = result.value;
      const language = languageOf?.(reply) ?? at.language;
      return ok({
        body: present === undefined ? reply : present(reply, { language, tenant: at.tenant }),
        headers: headers?.(reply) ?? {},
        language,
      });
    },
  });
};

const refusal = (error: Failure): { ok: false; error: Failure } => ({ ok: false, error });

/** A page of a list as the API answers it. */
export const presentPage = <Item, Shown>(
  page: { data: readonly Item[]; nextCursor: string | null },
  show: (item: Item) => Shown,
): { data: Shown[]; page: { nextCursor: string | null } } => ({
  data: page.data.map(show),
  page: { nextCursor: page.nextCursor },
});
/** The shape of such a page. */
export const pageView = (item: z.ZodType) =>
  z.object({ data: z.array(item), page: z.object({ nextCursor: z.string().nullable() }) });
/** The ETag of something that counts its versions. */
export const versionTag = (reply: { version: number }): Readonly<Record<string, string>> => ({
  etag: `"${reply.version}"`,
});
