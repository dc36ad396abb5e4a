import { z } from 'zod';
import { expectReply, send } from '@kervan/testing/shop';

const Parameter = z.object({ name: z.string(), in: z.enum(['path', 'query', 'header']), required: z.boolean() });
const Described = z.object({
  operationId: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z.array(Parameter),
  requestBody: z.object({ required: z.boolean(), content: z.record(z.string(), z.unknown()) }).optional(),
  responses: z.record(z.string(), z.object({ description: z.string() })),
});
const Document = z.object({ paths: z.record(z.string(), z.record(z.string(), Described)) });
const Method = z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** A route of the API as the running gateway describes it. */
export type Operation = {
  /** `GET /carts/{cartId}`: below `/api/v1`. */
  readonly name: string;
  readonly method: z.infer<typeof Method>;
  readonly path: string;
  readonly who: 'public' | 'machine' | 'platform';
  readonly pathParameters: readonly string[];
  readonly queryParameters: readonly string[];
  readonly headerParameters: readonly string[];
  readonly takesJson: boolean;
  /** Whether the document says that the route answers this status with this code. */
  readonly describes: (status: number, code: string) => boolean;
};

const ROOT = '/api/v1';

/** Every route there is, taken from `/openapi.json`, which the gateway makes from its route table. */
export const readOperations = async (gateway: string): Promise<Operation[]> => {
  const { paths } = expectReply(await send(`${gateway}/openapi.json`), 200, Document);
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) =>
      operationOf(path, Method.parse(method.toUpperCase()), described),
    ),
  );
};

const operationOf = (
  fullPath: string,
  method: Operation['method'],
  described: z.infer<typeof Described>,
): Operation => {
  const path = fullPath.slice(ROOT.length);
  const named = (where: z.infer<typeof Parameter>['in']) =>
    described.parameters.filter((parameter) => parameter.in === where).map(({ name }) => name);
  const [scheme] = described.security.flatMap((each) => Object.keys(each));
  return {
    name: `${method} ${path}`,
    method,
    path,
    who: scheme === 'platform' || scheme === 'machine' ? scheme : 'public',
    pathParameters: named('path'),
    queryParameters: named('query'),
    headerParameters: named('header'),
    takesJson: described.requestBody?.content['application/json'] !== undefined,
    describes: (status, code) => described.responses[status]?.description.includes(`\`${code}\``) === true,
  };
};
