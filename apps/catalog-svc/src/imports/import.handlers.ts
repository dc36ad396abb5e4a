import {
  type catalogRpc,
  type Context,
  fail,
  type ImportReport,
  invalid,
  newId,
  ok,
  type Result,
} from '@kervan/contracts';
import { keep, write, type Collection, type Store } from '@kervan/store';
import type { z } from 'zod';
import type { CatalogDeps } from '../products/deps.ts';
import { importPartCollection, type ImportDocument, type ImportPart } from './import.store.ts';
import { reportOf } from './report.ts';
import { importFile } from './run.ts';

type Request<Method extends keyof typeof catalogRpc> = z.output<(typeof catalogRpc)[Method]['request']>;

/** What imports work with. */
export type ImportDeps = CatalogDeps & {
  readonly imports: Collection<ImportDocument>;
  readonly parts: Collection<ImportPart>;
  readonly store: Pick<Store, 'raw'>;
};

/** Parts read at once. */
const PARTS = 8;

/** Makes a new import. */
export const startImport =
  ({ imports }: ImportDeps) =>
  async ({ defaultCurrency }: Request<'startImport'>, { tenant }: Context): Promise<Result<{ importId: string }>> => {
    const importId = newId('import');
    await imports.insert({ _id: importId, tenant, currency: defaultCurrency, report: null });
    return ok({ importId });
  };

/** Adds a part of the file. The same part twice is one. not_found, conflict when the import is done or the part differs */
export const appendImport =
  ({ imports, parts }: ImportDeps) =>
  async (
    { importId, part, text }: Request<'appendImport'>,
    { tenant }: Context,
  ): Promise<Result<Record<string, never>>> => {
    const started = await imports.get(tenant, importId);
    if (started === null) return fail('not_found');
    if (started.report !== null) return fail('conflict', { reason: 'import_done' });
    const _id = `${importId}:${part}`;
    const kept = JSON.stringify(text);
    if ((await parts.insert({ _id, tenant, importId, part, text: kept })) !== null) return ok({});
    const other = await parts.get(tenant, _id);
    return other?.text === kept ? ok({}) : fail('conflict', { reason: 'part_differs' });
  };

/**
 * Works the file off and answers the report; asked again, the same report. Two copies of the service that do it at once
 * do no harm. not_found, invalid_input when a part is missing or it is no CSV of products
 */
export const runImport = (deps: ImportDeps) => {
  // Who asks for an import that is being run here gets its report, too.
  const running = new Map<string, Promise<Result<ImportReport>>>();
  return ({ importId }: Request<'runImport'>, context: Context): Promise<Result<ImportReport>> => {
    const key = `${context.tenant} ${importId}`;
    const underWay = running.get(key);
    if (underWay !== undefined) return underWay;
    const started = run(deps, context, importId).finally(() => running.delete(key));
    running.set(key, started);
    return started;
  };
};

const run = async (deps: ImportDeps, context: Context, importId: string): Promise<Result<ImportReport>> => {
  const { imports, parts, store } = deps;
  const { tenant, language } = context;
  const started = await imports.get(tenant, importId);
  if (started === null) return fail('not_found');
  if (started.report !== null) return ok(started.report);
  const missing = await missingPart(store, tenant, importId);
  if (missing !== null) {
    return invalid([
      {
        path: 'part',
        code: 'missing',
        message: { tr: `dosyanın ${missing}. parçası eksik`, en: `part ${missing} of the file is missing` },
      },
    ]);
  }

  const texts = readParts(parts, tenant, importId);
  const done = await importFile(deps, context, { parts: texts, currency: started.currency });
  if (!done.ok) return done;
  const report = reportOf(importId, done.value, language);
  const finished = await imports.update(tenant, importId, (document) =>
    // Whoever finished first tells the story.
    document.report === null ? write({ ...document, report }, report) : keep(document.report),
  );
  await store.raw(importPartCollection).deleteMany({ tenant, importId });
  return finished;
};

/** The first part that is not there although a later one is, or is the very first. */
const missingPart = async (store: ImportDeps['store'], tenant: string, importId: string): Promise<number | null> => {
  const numbers = await store.raw(importPartCollection).distinct('part', { tenant, importId });
  const there = new Set<unknown>(numbers);
  const first = Array.from({ length: there.size + 1 }, (_, part) => part).find((part) => !there.has(part)) ?? 0;
  return first === there.size && first > 0 ? null : first;
};

/** The parts of a file in order, a few at a time. */
async function* readParts(parts: Collection<ImportPart>, tenant: string, importId: string): AsyncGenerator<string> {
  let cursor: string | undefined;
  do {
    const page = await parts.list(tenant, { importId }, { sort: { part: 1 }, limit: PARTS, cursor });
    if (!page.ok) throw new Error(`parts of ${importId}: ${page.error.code}`);
    for (const { text } of page.value.data) yield String(JSON.parse(text));
    cursor = page.value.nextCursor ?? undefined;
  } while (cursor !== undefined);
}
