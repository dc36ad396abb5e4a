import { describe, expect, test } from '@jest/globals';
import * as contracts from '@kervan/contracts';
import { ERRORS, isErrorCode, Order, SERVICE_NAMES } from '@kervan/contracts';
import { z } from 'zod';
import { brokenLinks, filesOf, pages, readText } from '../src/files.ts';
import {
  commonVariables,
  jobsOf,
  kervanVariables,
  loadRoutes,
  loadStripeEvents,
  ownVariables,
  type Route,
} from '../src/load.ts';
import { examples, firstColumn, linksOf, namedErrors, namedRoutes } from '../src/markdown.ts';
import { renderSections, sectionOf } from '../src/render.ts';
import { sectionNames, withSections } from '../src/sections.ts';

const sections = await renderSections();
const routes = await loadRoutes();
const stripeEvents = await loadStripeEvents();
const ownVariablesOf = new Map(
  await Promise.all(SERVICE_NAMES.map(async (service) => [service, await ownVariables(service)] as const)),
);
const schemas = new Map(
  Object.entries(contracts).flatMap(([name, value]) => (value instanceof z.ZodType ? [[name, value] as const] : [])),
);

const routeName = ({ method, path }: Pick<Route, 'method' | 'path'>): string => `${method} ${path}`;

describe.each(pages())('%s', (page) => {
  const text = readText(page);

  test('says in its generated sections what the code does (npm run docs rewrites them)', () => {
    expect(withSections(text, sectionOf(sections))).toBe(text);
  });
  test('leads nowhere that is not there', () => {
    expect(brokenLinks(page, text)).toEqual([]);
  });
  test('names routes, calls and error codes that exist', () => {
    const known = new Set(routes.map(routeName));
    expect(namedRoutes(text).filter((route) => !known.has(route))).toEqual([]);
    const wrong = namedErrors(text).filter(({ status, code }) => !isErrorCode(code) || ERRORS[code].status !== status);
    expect(wrong).toEqual([]);
    const subjects = [...text.matchAll(/`(rpc\.[a-z]+\.[\w.]+)`/g)].map(([, subject = '']) => subject);
    expect(subjects.filter((subject) => !sectionOf(sections)('calls').includes(`\`${subject}\``))).toEqual([]);
  });
  test('has examples that are what they say', () => {
    for (const { name, json } of examples(text)) {
      const schema = schemas.get(name);
      if (schema === undefined) throw new Error(`the contracts have no '${name}'`);
      // What a schema does not know it drops, so an example with a field too many does not come back whole.
      expect(schema.parse(json)).toMatchObject(z.record(z.string(), z.unknown()).parse(json));
    }
  });
});

describe('the pages together', () => {
  test('show every generated section once at least, except those of services that describe themselves', () => {
    const shown = new Set(pages().flatMap((page) => sectionNames(readText(page))));
    const missing = [...sections.keys()].filter((name) => !shown.has(name) && !name.startsWith('surface-'));
    expect(missing).toEqual([]);
  });
  test('are all in the index', () => {
    const index = new Set(linksOf(readText('docs/README.md')));
    const own = filesOf('docs/*.md').map((path) => path.slice('docs/'.length));
    expect(own.filter((path) => path !== 'README.md' && !index.has(path))).toEqual([]);
    const decisions = filesOf('docs/decisions/*.md').map((path) => path.slice('docs/'.length));
    expect(decisions.filter((path) => !index.has(path))).toEqual([]);
  });
  test('number the decisions without gaps', () => {
    const numbers = filesOf('docs/decisions/*.md').map((path) => Number(/(\d{4})-/.exec(path)?.[1]));
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });
  test('introduce every service, lib and tool', () => {
    const projects = filesOf('{apps,libs,tools}/*/package.json').map((path) =>
      path.replace('package.json', 'README.md'),
    );
    expect(projects.filter((readme) => !pages().includes(readme))).toEqual([]);
  });
});

describe('tables that people write', () => {
  test('README.md lists every service, each with a link to its own page', () => {
    const links = linksOf(readText('README.md'));
    expect(SERVICE_NAMES.filter((service) => !links.includes(`apps/${service}/README.md`))).toEqual([]);
  });
  test('docs/orders.md explains every field of an order', () => {
    expect(firstColumn(readText('docs/orders.md'), 'Fields').sort()).toEqual(Object.keys(Order.shape).sort());
  });
  test('docs/orders.md explains every status of an order and of a payment', () => {
    const page = readText('docs/orders.md');
    expect(firstColumn(page, 'Status')).toEqual([...contracts.ORDER_STATUSES]);
    expect(firstColumn(page, 'Payment status')).toEqual([...contracts.PAYMENT_STATUSES]);
  });
  test('docs/orders.md marks as public what the gateway has words for', () => {
    const [, timeline = ''] = readText('docs/orders.md').split('## Timeline');
    const shown = timeline.split('\n').filter((line) => /^\|.*\| yes +\|/.test(line));
    const types = shown.flatMap((line) => line.split(' | ', 1)[0]?.match(/[a-z]+\.[a-z_]+/g) ?? []);
    expect(types.length).toBeGreaterThan(0);
    const words = readText('apps/gateway/src/present/text.ts');
    expect(types.filter((type) => !words.includes(`'${type}': {`))).toEqual([]);
  });
  test('docs/stripe-events.md has every event that means something, and the state it reports', () => {
    const page = readText('docs/stripe-events.md');
    expect(firstColumn(page, 'The matrix').sort()).toEqual(Object.keys(stripeEvents).sort());
    for (const [type, { says }] of Object.entries(stripeEvents)) {
      const row = page.split('\n').find((line) => line.startsWith('|') && line.includes(`\`${type}\``)) ?? '';
      expect([type, row.split(' | ')[1]?.replaceAll('`', '').trim()]).toEqual([type, says]);
    }
  });
  test('docs/operations.md knows every job', () => {
    const jobs = SERVICE_NAMES.flatMap(jobsOf);
    expect(jobs.length).toBeGreaterThan(0);
    expect(firstColumn(readText('docs/operations.md'), 'Jobs').sort()).toEqual(jobs.sort());
  });
  test('docs/operations.md quotes log lines that the code writes', () => {
    const code = filesOf('{apps,libs}/*/src/**/*.ts').map(readText).join('\n');
    const lines = firstColumn(readText('docs/operations.md'), 'Logs');
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.filter((line) => !code.includes(`'${line}'`))).toEqual([]);
  });
  test('docs/configuration.md names every variable of the local stack and of the servers it looks for', () => {
    const named = new Set(readText('docs/configuration.md').match(/\bKERVAN_[A-Z_]+\b/g));
    expect([...named].sort()).toEqual(kervanVariables());
  });
  test('the pages of services name all their variables', () => {
    for (const [service, variables] of ownVariablesOf) {
      const page = readText(`apps/${service}/README.md`);
      expect(variables.filter(({ name }) => !page.includes(`\`${name}\``))).toEqual([]);
    }
  });
});

test('every variable says in the code what it means', () => {
  const all = [...commonVariables(), ...[...ownVariablesOf.values()].flat()];
  expect(all.filter(({ meaning }) => meaning === '')).toEqual([]);
});
