import { readFileSync } from 'node:fs';

/** CPU time used so far (milliseconds, user and system) and memory held (MiB) of a process. */
export type Usage = { cpuMs: number; memoryMb: number };

// Linux counts CPU time in ticks of 10 ms (USER_HZ is 100 on every platform Node runs on).
const TICK_MS = 10;

/** Reads a process's usage from /proc; null where there is none (another system, or the process is gone). */
export const usageOf = (pid: number): Usage | null => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold spaces: the fields are counted from the last bracket. 11 = utime, 12 = stime.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const resident = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return {
      cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
      memoryMb: Math.round(Number(resident ?? 0) / 1024),
    };
  } catch {
    return null;
  }
};

/** Usage of many processes, and what each has used since an earlier reading. */
export const readUsage = (pids: Record<string, number>): Map<string, Usage> => {
  const usage = new Map<string, Usage>();
  for (const [name, pid] of Object.entries(pids)) {
    const read = usageOf(pid);
    if (read !== null) usage.set(name, read);
  }
  return usage;
};
