import * as contracts from '@kervan/contracts';
import {
  ERRORS,
  heardOwners,
  PAYMENT_STATUSES,
  PERMISSIONS,
  SERVICE_NAMES,
  streamName,
  TOPOLOGY,
  type EventDefinition,
  type Owner,
  type Rpc,
  type ServiceName,
  type ServiceTopology,
} from '@kervan/contracts';
import {
  answersOf,
  collectionsOf,
  commonVariables,
  loadBodyLimits,
  loadMetrics,
  loadNumbers,
  loadPaymentRules,
  loadRoutes,
  loadTestCards,
  loadTransitions,
  localStackVariables,
  ownVariables,
  type Route,
  type Variable,
} from './load.ts';
import { code, codes, table } from './markdown.ts';

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isRpc = (value: unknown): value is Rpc => isRecord(value) && 'subject' in value && 'timeoutMs' in value;
const isEvent = (value: unknown): value is EventDefinition => isRecord(value) && 'type' in value && 'data' in value;

/** Everything of a kind that the contracts export in groups, by the name it has there: `cartRpc.create`. */
const declared = <Kind>(group: RegExp, is: (value: unknown) => value is Kind): Map<string, Kind> =>
  new Map(
    Object.entries(contracts)
      .filter(([name]) => group.test(name))
      .flatMap(([name, members]) =>
        Object.entries(members).flatMap(([member, value]): [string, Kind][] =>
          is(value) ? [[`${name}.${member}`, value]] : [],
        ),
      ),
  );
const CALLS = declared(/Rpc$/, isRpc);
const EVENTS = declared(/Events$/, isEvent);

const topologyOf = (service: ServiceName): ServiceTopology => TOPOLOGY[service];
const serviceOf = (owner: Owner): ServiceName | undefined =>
  SERVICE_NAMES.find((service) => topologyOf(service).owner === owner);
const names = (owners: readonly Owner[]): string => owners.join(', ');

const topology = (): string =>
  table(
    ['service', 'calls', 'hears (one copy handles it)', 'watches (every copy)', 'emits into'],
    SERVICE_NAMES.map((service) => {
      const { owner, calls, watches, emits } = topologyOf(service);
      const hears = names(heardOwners(service));
      return [code(service), names(calls), hears, names(watches), emits ? code(streamName(owner)) : ''];
    }),
  );

const databases = (): string =>
  table(
    ['service', 'database', 'collections'],
    SERVICE_NAMES.flatMap((service) => {
      const collections = collectionsOf(service);
      return collections.length === 0 ? [] : [[code(service), code(service.replaceAll('-', '_')), codes(collections)]];
    }),
  );

const calls = (): string =>
  table(
    ['subject', 'the caller waits at most'],
    [...CALLS.values()].map(({ subject, timeoutMs }) => [code(subject), `${timeoutMs / 1_000} s`]),
  );

/** The types of the events a service hears. */
const heardBy = (service: ServiceName): string[] => Object.values(topologyOf(service).hears).flat();

const events = (): string =>
  table(
    ['event', 'emitted by', 'heard by'],
    [...EVENTS.values()].map(({ type, owner }) => {
      const hearers = SERVICE_NAMES.filter((service) => heardBy(service).includes(type));
      const watchers = SERVICE_NAMES.filter((service) => topologyOf(service).watches.includes(owner));
      return [
        code(type),
        serviceOf(owner) ?? '',
        [...hearers, ...watchers.map((service) => `${service} (every copy)`)].join(', '),
      ];
    }),
  );

/** Names with dots, those that begin alike together: `carts` (create, get), `quote`. */
const grouped = (texts: readonly string[]): string =>
  [...Map.groupBy(texts, (text) => text.split('.', 1)[0] ?? '')]
    .map(([group, own]) => {
      const rests = own.flatMap((text) => (text === group ? [] : [text.slice(group.length + 1)]));
      return rests.length === 0 ? code(group) : `${code(group)} (${rests.join(', ')})`;
    })
    .join(', ');

/** What a service answers, hears and emits, row by row. */
const surface = (service: ServiceName): string => {
  const { owner, calls: called, watches, emits } = topologyOf(service);
  const own = [...EVENTS.values()].filter((event) => emits && event.owner === owner);
  const rows = [
    ['answers', grouped(answersOf(service).map((name) => CALLS.get(name)?.method ?? name))],
    ['emits', grouped(own.map(({ type }) => type))],
    ['hears', grouped(heardBy(service))],
    ['watches', watches.map((watched) => `${watched} events, in every copy`).join(', ')],
    ['calls', names(called)],
  ];
  return table(
    ['', ''],
    rows.map(([what = '', which = '']) => [`**${what}**`, which === '' ? 'nothing' : which]),
  );
};

const transitions = async (): Promise<string> =>
  table(
    ['from', 'to'],
    Object.entries(await loadTransitions()).map(([from, to]) => [code(from), to.length === 0 ? '(final)' : codes(to)]),
  );

const paymentRules = async (): Promise<string> => {
  const rules = await loadPaymentRules();
  const reported = Object.keys(rules[PAYMENT_STATUSES[0]]);
  return table(
    ['held \\ reported', ...reported.map(code)],
    Object.entries(rules).map(([held, row]) => [code(held), ...reported.map((state) => row[state] ?? '')]),
  );
};

const CARDS: Readonly<Record<string, string>> = {
  succeed: 'succeeds',
  ask: 'asks the buyer for a step first, as 3-D Secure does',
  succeed_slowly: 'succeeds after three seconds',
  succeed_silently: 'succeeds, but its webhook never comes',
};
const testCards = async (): Promise<string> =>
  table(
    ['number', 'what happens'],
    Object.entries(await loadTestCards()).map(([number, { does, declineCode }]) => [
      code(number),
      does === 'decline' ? `is declined: ${code(declineCode ?? '')}` : (CARDS[does] ?? does),
    ]),
  );

const errorCodes = (): string =>
  table(
    ['code', 'status', 'again?', 'English', 'Turkish'],
    Object.entries(ERRORS).map(([name, { status, retryable, title }]) => [
      code(name),
      String(status),
      retryable ? 'yes' : '',
      title.en,
      title.tr,
    ]),
  );

const needs = ({ who, permission }: Route): string => (permission === null ? who : code(permission));
const nameOf = ({ method, path }: Route): string => code(`${method} ${path}`);
/** What a route refuses with beside what any route may: its own codes, and the one for what is not there. */
const refusalsOf = ({ errors, missing }: Route): string[] => (missing === 'not_found' ? errors : [missing, ...errors]);

const areaOf = (area: string, rows: readonly Route[]): string => {
  const lines = rows.map((route) => [
    nameOf(route),
    needs(route),
    route.summary,
    String(route.status),
    route.idempotency === 'none' ? '' : route.idempotency,
  ]);
  const refusing = rows.filter((route) => refusalsOf(route).length > 0);
  return [
    `### ${area}`,
    table(['route', 'who', 'does', 'success', '`Idempotency-Key`'], lines),
    ...(refusing.length === 0 ? [] : ['Refusals of their own:']),
    refusing.map((route) => `- ${nameOf(route)}: ${codes(refusalsOf(route))}`).join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
};
const routeTables = async (): Promise<string> =>
  [...Map.groupBy(await loadRoutes(), ({ area }) => area)].map(([area, rows]) => areaOf(area, rows)).join('\n\n');

const variableTable = (variables: readonly Variable[]): string =>
  variables.length === 0
    ? 'None.'
    : table(
        ['variable', 'default', 'may be', 'meaning'],
        variables.map(({ name, standard, values, meaning }) => [code(name), standard, values, meaning]),
      );

const metrics = (): string =>
  table(
    ['metric', 'kind', 'labels', 'what'],
    loadMetrics().map(({ name, type, labelNames, help }) => [code(name), type, codes(labelNames), help]),
  );

const DAY_MS = 86_400_000;
const numbers = async (): Promise<string> => {
  const { ATTEMPTS, ACK_WAIT_MS, batchSize, keepEventsMs } = await loadNumbers();
  const { json, csv } = await loadBodyLimits();
  return table(
    ['number', 'value'],
    [
      ['tries of an event before it is a dead letter', String(ATTEMPTS)],
      ['time after which an event without an answer comes again', `${ACK_WAIT_MS / 1_000} s`],
      ['time sent events stay in their documents, at least', `${keepEventsMs / DAY_MS} days`],
      ['most reads or writes in one command to the database', String(batchSize)],
      ['largest JSON body', `${json / 1_024} KiB`],
      ['largest product file', `${csv / 2 ** 20} MiB`],
    ],
  );
};

type Section = () => string | Promise<string>;
const SECTIONS: ReadonlyMap<string, Section> = new Map<string, Section>([
  ['topology', topology],
  ['databases', databases],
  ['calls', calls],
  ['events', events],
  ['order-transitions', transitions],
  ['payment-rules', paymentRules],
  ['test-cards', testCards],
  ['error-codes', errorCodes],
  ['routes', routeTables],
  ['permissions', () => codes(PERMISSIONS)],
  ['metrics', metrics],
  ['numbers', numbers],
  ['variables-common', () => variableTable(commonVariables())],
  ['variables-local-stack', async () => variableTable(await localStackVariables())],
  ...SERVICE_NAMES.flatMap((service): [string, Section][] => [
    [`surface-${service}`, () => surface(service)],
    [`variables-${service}`, async () => variableTable(await ownVariables(service))],
  ]),
]);

/** Every section there is, made from the code as it is now. */
export const renderSections = async (): Promise<ReadonlyMap<string, string>> =>
  new Map(await Promise.all([...SECTIONS].map(async ([name, render]) => [name, await render()] as const)));

/** The text of a section; throws when there is none of this name. */
export const sectionOf =
  (sections: ReadonlyMap<string, string>) =>
  (name: string): string => {
    const text = sections.get(name);
    if (text === undefined) throw new Error(`there is no generated section '${name}'`);
    return text;
  };
