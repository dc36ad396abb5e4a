import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { downloadServer } from './download.ts';
import { BINARIES, type ServerKind } from './repository.ts';
import { setupError } from './setup-error.ts';

const run = promisify(execFile);

/** Where a server comes from: one that runs already, a program to run here, or a container to run. */
export type Resolved =
  | { readonly from: 'environment'; readonly url: string }
  | { readonly from: 'binary'; readonly path: string }
  | { readonly from: 'docker'; readonly image: string };

/** What the resolver asks the machine; tests answer in its place. */
export type Probes = {
  readonly variable: (name: string) => string | undefined;
  readonly isExecutable: (path: string) => Promise<boolean>;
  readonly dockerAnswers: () => Promise<boolean>;
  /** The path of the downloaded program; rejects with one line. */
  readonly download: (kind: ServerKind) => Promise<string>;
};

const SERVERS = {
  mongod: { urlVariable: 'MONGODB_URI', pathVariable: 'KERVAN_MONGOD', image: 'mongo:8.0', title: 'MongoDB' },
  'nats-server': { urlVariable: 'NATS_URL', pathVariable: 'KERVAN_NATS_SERVER', image: 'nats:2.15', title: 'NATS' },
} as const satisfies Record<ServerKind, unknown>;

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

/** Whether a Docker engine answers; the client alone does not help. */
const dockerAnswers = (): Promise<boolean> =>
  run('docker', ['version', '--format', '{{.Server.Version}}'], { timeout: 3_000 }).then(
    ({ stdout }) => stdout.trim() !== '',
    () => false,
  );

/** This machine. */
export const machine: Probes = {
  variable: (name) => process.env[name],
  isExecutable,
  dockerAnswers,
  download: downloadServer,
};

/**
 * Finds a server, cheapest way first: a URL in the environment (`MONGODB_URI`, `NATS_URL`), a program that is here
 * already (`KERVAN_MONGOD`, `KERVAN_NATS_SERVER`, the PATH, `.cache/bin`), Docker, a download into `.cache/bin`.
 * Rejects with one line that says what to do.
 */
export const resolveServer = async (kind: ServerKind, probes: Probes = machine): Promise<Resolved> => {
  const { urlVariable, pathVariable, image, title } = SERVERS[kind];

  const url = probes.variable(urlVariable);
  if (url) return { from: 'environment', url };

  const named = probes.variable(pathVariable);
  if (named) {
    if (await probes.isExecutable(named)) return { from: 'binary', path: named };
    throw setupError(`${pathVariable} names a file that cannot be run: correct or unset it.`);
  }
  const folders = (probes.variable('PATH') ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const folder of [...folders, BINARIES]) {
    const path = join(folder, kind);
    if (await probes.isExecutable(path)) return { from: 'binary', path };
  }

  if (await probes.dockerAnswers()) return { from: 'docker', image };

  try {
    return { from: 'binary', path: await probes.download(kind) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw setupError(
      `There is no ${title} here and the download failed (${reason}). Put ${kind} on the PATH, set ${pathVariable} or ` +
        `${urlVariable}, or start Docker.`,
    );
  }
};

/** What can only be done to a server of ours, asked of one that somebody else runs. */
export const notOurs = (): Promise<never> =>
  Promise.reject(setupError('This server is not a process of ours, so it cannot be killed.'));
