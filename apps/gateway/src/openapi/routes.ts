import type { FastifyPluginCallback } from 'fastify';
import type { Route } from '../route.ts';
import { openApiOf } from './document.ts';
import { pageOf } from './page.ts';

const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/** `/openapi.json` and `/docs`, made of the table when somebody first asks. */
export const descriptionRoutes =
  (routes: readonly Route[], root: string): FastifyPluginCallback =>
  (app, _options, done) => {
    let texts: { readonly json: string; readonly page: string } | null = null;
    const described = () => {
      if (texts === null) {
        const document = openApiOf(routes, root);
        texts = { json: JSON.stringify(document), page: pageOf(document) };
      }
      return texts;
    };
    app.get('/openapi.json', (_request, reply) =>
      reply.header('access-control-allow-origin', '*').type('application/json; charset=utf-8').send(described().json),
    );
    app.get('/docs', (_request, reply) =>
      reply.header('content-security-policy', PAGE_POLICY).type('text/html; charset=utf-8').send(described().page),
    );
    done();
  };
