import { ERRORS, isErrorCode } from '@kervan/contracts';
import type { JsonSchema } from './components.ts';
import type { OpenApi, Operation } from './document.ts';

const STYLE = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; display: grid; grid-template-columns: 17rem 1fr; }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1rem; border-right: 1px solid var(--line); box-sizing: border-box; font-size: .85rem; }
nav a { display: block; color: inherit; text-decoration: none; padding: .1rem 0; overflow-wrap: anywhere; }
nav a:hover { text-decoration: underline; }
main { padding: 1rem 2rem 4rem; max-width: 60rem; min-width: 0; }
section { border-top: 1px solid var(--line); padding: .5rem 0 1rem; }
code, pre { font-family: ui-monospace, monospace; font-size: .85rem; }
pre { overflow: auto; border: 1px solid var(--line); border-radius: .4rem; padding: .75rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
td, th { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); }
.method { font-weight: 700; margin-right: .5rem; }
@media (max-width: 50rem) { body { display: block; } nav { position: static; height: auto; border: 0; } main { padding: 1rem; } }
`;

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const prose = (text: string): string =>
  escape(text)
    .replace(/`([^`]*)`/g, '<code>$1</code>')
    .replaceAll('\n\n', '<br>');

/** The document as a page for people: one file without scripts, from nowhere else. */
export const pageOf = (document: OpenApi): string => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const areas = document.tags.map(({ name }) => ({
    name,
    rows: operations.filter(({ operation }) => operation.tags.includes(name)),
  }));
  const links = areas.map(
    ({ name, rows }) =>
      `<h4>${escape(name)}</h4>` +
      rows
        .map(
          (row) =>
            `<a href="#${row.operation.operationId}"><b>${row.method}</b> ${escape(row.path.replace('/api/v1', ''))}</a>`,
        )
        .join(''),
  );
  const sections = areas.map(
    ({ name, rows }) =>
      `<h2>${escape(name)}</h2>` + rows.map((row) => sectionOf(row.method, row.path, row.operation)).join(''),
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(document.info.title)} API</title><style>${STYLE}</style></head>
<body><nav><a href="#top"><b>${escape(document.info.title)} API</b></a><a href="/openapi.json">openapi.json</a><a href="#problems">Problems</a><a href="#schemas">Schemas</a>${links.join('')}</nav>
<main><h1 id="top">${escape(document.info.title)} API</h1><p>${prose(document.info.description)}</p>${sections.join('')}
<h2 id="problems">Problems</h2>${problems()}
<h2 id="schemas">Schemas</h2>${Object.entries(document.components.schemas).map(schemaSection).join('')}
</main></body></html>`;
};

const sectionOf = (method: string, path: string, operation: Operation): string => {
  const body = Object.entries(operation.requestBody?.content ?? {});
  const access = operation.security.flatMap((scheme) => Object.keys(scheme)).join(', ') || 'public';
  return `<section id="${operation.operationId}"><h3><span class="method">${method}</span><code>${escape(path)}</code></h3>
<p>${prose(operation.summary)}. ${prose(operation.description ?? '')} <i>${access}</i></p>
${parametersOf(operation)}
${body.map(([type, { schema }]) => `<h4>Body <code>${escape(type)}</code></h4>${schemaOf(schema)}`).join('')}
<h4>Answers</h4><table>${Object.entries(operation.responses)
    .map(([status, response]) => {
      const content = Object.entries(response.content ?? {}).filter(([type]) => type === 'application/json');
      return `<tr><th>${status}</th><td>${prose(response.description)}${content.map(([, { schema }]) => schemaOf(schema)).join('')}</td></tr>`;
    })
    .join('')}</table></section>`;
};

const parametersOf = ({ parameters }: Operation): string =>
  `<table>${parameters
    .map(
      ({ name, in: where, required, description = '', schema }) =>
        `<tr><th><code>${escape(name)}</code></th><td>${where}${required ? ', required' : ''}</td><td>${prose(description)} ${shortOf(schema)}</td></tr>`,
    )
    .join('')}</table>`;

const shortOf = (schema: JsonSchema): string => {
  const { type, enum: values, default: fallback } = schema;
  const kind = values === undefined ? String(type ?? '') : values.map(String).join(' | ');
  return `<code>${escape(kind)}</code>${fallback === undefined ? '' : ` default <code>${escape(String(fallback))}</code>`}`;
};

const NAME = /"\$ref": "#\/components\/schemas\/([A-Za-z]+)"/g;
const schemaOf = (schema: JsonSchema): string =>
  `<pre>${escape(JSON.stringify(schema, null, 2)).replace(
    new RegExp(escape(NAME.source), 'g'),
    (_, name: string) => `<a href="#schema-${name}">${name}</a>`,
  )}</pre>`;

const schemaSection = ([name, schema]: [string, JsonSchema]): string =>
  `<section id="schema-${name}"><h3>${escape(name)}</h3>${schemaOf(schema)}</section>`;

const problems = (): string =>
  `<table>${Object.keys(ERRORS)
    .filter(isErrorCode)
    .map((code) => {
      const { status, title, retryable } = ERRORS[code];
      return `<tr id="problem-${code}"><th><code>${code}</code></th><td>${status}</td><td>${escape(title.en)}${retryable ? ' (may be tried again)' : ''}</td></tr>`;
    })
    .join('')}</table>`;
