import { type DataFolder, writeJson } from './data-folder.ts';
import type { Say } from './progress.ts';
import { type Supervised, supervise, type Watched } from './supervisor.ts';

/** Who is stopped when: what takes requests first, what others need last. */
export const STOP_ORDER = ['gateway', 'services', 'backends'] as const;
export type Group = (typeof STOP_ORDER)[number];
/** How long each group may take before it is killed, in milliseconds: together under 30 s. */
const GRACE_MS: Record<Group, number> = { gateway: 8_000, services: 12_000, backends: 8_000 };

/** Everything this stack runs. */
export type Running = {
  /** Starts and watches a process. Once the stack is stopping nothing is started any more. */
  add(group: Group, watched: Pick<Watched, 'name' | 'start' | 'afterRestart'>): Promise<Supervised>;
  /** Something without a process of ours (a container): stopped with its group. */
  addStop(group: Group, stop: () => Promise<void>): void;
  /** Stops everything in order; a second call waits for the first. */
  stop(): Promise<void>;
  /** Kills everything at once. */
  kill(): void;
};

/** Keeps `pids.json` true while processes come and go. */
export const running = (data: DataFolder, say: Say): Running => {
  const members: { group: Group; supervised: Supervised }[] = [];
  const stops: { group: Group; stop: () => Promise<void> }[] = [];
  const starting = new Set<Promise<unknown>>();
  const pids = new Map<string, number>();
  let stopped: Promise<void> | undefined;

  const onPid = (name: string) => (pid: number | undefined) => {
    if (pid === undefined) pids.delete(name);
    else pids.set(name, pid);
    writeJson(data.pids, Object.fromEntries(pids));
  };
  const stopAll = async () => {
    await Promise.allSettled(starting);
    for (const group of STOP_ORDER) {
      const ends = members
        .filter((member) => member.group === group)
        .map(({ supervised }) => supervised.stop(GRACE_MS[group]));
      const others = stops.filter((other) => other.group === group).map((other) => other.stop());
      await Promise.allSettled([...ends, ...others]);
    }
  };

  return {
    add: async (group, { name, start, afterRestart }) => {
      if (stopped !== undefined) throw new Error('the stack is stopping');
      const started = supervise({ name, start, afterRestart, onPid: onPid(name), say }).then((supervised) => {
        members.push({ group, supervised });
        return supervised;
      });
      starting.add(started);
      return started.finally(() => starting.delete(started));
    },
    addStop: (group, stop) => stops.push({ group, stop }),
    stop: () => (stopped ??= stopAll()),
    kill: () => {
      for (const { supervised } of members) supervised.current().signal('SIGKILL');
    },
  };
};
