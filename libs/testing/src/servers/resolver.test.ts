import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { BINARIES } from './repository.ts';
import { type Probes, resolveServer } from './resolver.ts';

/** A machine that has nothing, until told otherwise; `asked` lists what was looked at, in order. */
const fakeMachine = (has: {
  variables?: Record<string, string>;
  executables?: string[];
  docker?: boolean;
  download?: string | Error;
}) => {
  const asked: string[] = [];
  const probes: Probes = {
    variable: (name) => has.variables?.[name],
    isExecutable: async (path) => {
      asked.push(path);
      return has.executables?.includes(path) ?? false;
    },
    dockerAnswers: async () => {
      asked.push('docker');
      return has.docker ?? false;
    },
    download: async () => {
      asked.push('download');
      if (typeof has.download === 'string') return has.download;
      throw has.download ?? new Error('no network');
    },
  };
  return { probes, asked };
};

const everything = {
  variables: { MONGODB_URI: 'mongodb://db', KERVAN_MONGOD: '/own/mongod', PATH: '/usr/bin' },
  executables: ['/own/mongod', '/usr/bin/mongod', join(BINARIES, 'mongod')],
  docker: true,
  download: '/downloaded/mongod',
};

describe('where a server comes from', () => {
  test('a URL in the environment goes before everything', async () => {
    const { probes, asked } = fakeMachine(everything);
    expect(await resolveServer('mongod', probes)).toEqual({ from: 'environment', url: 'mongodb://db' });
    expect(asked).toEqual([]);
  });

  test('then the program that a variable names', async () => {
    const { probes } = fakeMachine({ ...everything, variables: { KERVAN_MONGOD: '/own/mongod', PATH: '/usr/bin' } });
    expect(await resolveServer('mongod', probes)).toEqual({ from: 'binary', path: '/own/mongod' });
  });

  test('then the PATH, then what was downloaded before', async () => {
    const onPath = fakeMachine({ ...everything, variables: { PATH: '/bin:/usr/bin' } });
    expect(await resolveServer('mongod', onPath.probes)).toEqual({ from: 'binary', path: '/usr/bin/mongod' });
    expect(onPath.asked).toEqual(['/bin/mongod', '/usr/bin/mongod']);

    const kept = fakeMachine({ ...everything, variables: {}, executables: [join(BINARIES, 'mongod')] });
    expect(await resolveServer('mongod', kept.probes)).toEqual({ from: 'binary', path: join(BINARIES, 'mongod') });
    expect(kept.asked).not.toContain('docker');
  });

  test('then Docker, when its engine answers', async () => {
    const { probes, asked } = fakeMachine({ docker: true, download: '/downloaded/nats-server' });
    expect(await resolveServer('nats-server', probes)).toEqual({ from: 'docker', image: 'nats:2.15' });
    expect(asked).not.toContain('download');
  });

  test('a download comes last', async () => {
    const { probes, asked } = fakeMachine({ download: '/downloaded/nats-server' });
    expect(await resolveServer('nats-server', probes)).toEqual({ from: 'binary', path: '/downloaded/nats-server' });
    expect(asked.slice(-2)).toEqual(['docker', 'download']);
  });

  test('an empty variable counts as not set', async () => {
    const { probes } = fakeMachine({ variables: { NATS_URL: '', PATH: '' }, download: '/downloaded/nats-server' });
    expect(await resolveServer('nats-server', probes)).toMatchObject({ from: 'binary' });
  });
});

describe('what a person is told', () => {
  test('a variable that names no program: which one', async () => {
    const { probes } = fakeMachine({ variables: { KERVAN_NATS_SERVER: '/gone' }, docker: true });
    await expect(resolveServer('nats-server', probes)).rejects.toThrow(/^KERVAN_NATS_SERVER names a file/);
  });

  test('nothing found and no download: one line with the ways out', async () => {
    const { probes } = fakeMachine({ download: new Error('no network') });
    await expect(resolveServer('mongod', probes)).rejects.toThrow(
      /^There is no MongoDB here and the download failed \(no network\)\. Put mongod on the PATH, set KERVAN_MONGOD or MONGODB_URI, or start Docker\.$/,
    );
  });
});
