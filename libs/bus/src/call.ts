import { TOPOLOGY } from '@kervan/contracts';
import type { Context, Owner, Result, Rpc, ServiceName, ServiceTopology } from '@kervan/contracts';
import { reach } from '@kervan/test-points';
import type { z } from 'zod';
import type { Ask } from './ask.ts';
import { createBreaker } from './breaker.ts';
import type { Breaker } from './breaker.ts';
import type { Log } from './log.ts';
import type { BreakerState, BusObserver } from './observer.ts';
import { shapeOf } from './shape.ts';

/** What a handler needs to ask a neighbour. */
export type Caller = {
  /**
   * Asks a neighbour and waits until `context.deadline` or the call's own timeout, whichever is sooner; the neighbour
   * gets that moment as its deadline. Fails with the neighbour's own codes and with service_unavailable (nobody there,
   * connection lost, breaker open) and deadline_exceeded: then it may or may not have been done.
   */
  readonly call: <Request extends z.ZodType, Reply extends z.ZodType>(
    rpc: Rpc<Request, Reply>,
    context: Context,
    request: z.input<Request>,
  ) => Promise<Result<z.output<Reply>>>;
};

export type Calls = Caller & {
  readonly breakers: () => Partial<Record<Owner, BreakerState>>;
  readonly stop: () => void;
};

/** Typed calls to the owners a service may ask, each owner behind its breaker. */
export const createCalls = (deps: {
  service: ServiceName;
  createAsk: () => Ask;
  observer: BusObserver;
  log: Log;
}): Calls => {
  const { service, createAsk, observer, log } = deps;
  const topology: ServiceTopology = TOPOLOGY[service];
  const neighbours = new Map<Owner, { readonly ask: Ask; readonly breaker: Breaker }>();
  for (const owner of topology.calls) {
    const breaker = createBreaker(owner, (state) => {
      log.warn({ owner, state }, 'breaker');
      observer.breaker?.(owner, state);
    });
    neighbours.set(owner, { ask: createAsk(), breaker });
  }

  const call: Caller['call'] = async (rpc, context, request) => {
    const neighbour = neighbours.get(rpc.owner);
    if (neighbour === undefined) throw new Error(`${service} may not call ${rpc.owner}: see the topology`);
    const started = Date.now();
    const deadline = Math.min(context.deadline, started + rpc.timeoutMs);
    reach('ask.before');
    const result = await neighbour.breaker.guard(() => neighbour.ask(rpc.subject, { ...context, deadline }, request));
    reach('ask.after');
    const checked = result.ok ? parseReply(rpc, result.value) : result;
    observer.call?.(rpc.subject, Date.now() - started, checked.ok ? 'ok' : checked.error.code);
    return checked;
  };

  const parseReply = <Reply extends z.ZodType>(rpc: Rpc<z.ZodType, Reply>, value: unknown): Result<z.output<Reply>> => {
    const reply = shapeOf(rpc.reply).safeParse(value);
    if (reply.success) return { ok: true, value: reply.data };
    const issues = reply.error.issues.map(({ path, code }) => `${path.map(String).join('.')} ${code}`);
    log.error({ subject: rpc.subject, issues }, 'a reply is not as declared');
    return { ok: false, error: { code: 'internal_error', message: `the reply of ${rpc.subject} is not as declared` } };
  };

  return {
    call,
    breakers: () => Object.fromEntries([...neighbours].map(([owner, { breaker }]) => [owner, breaker.state()])),
    stop: () => {
      for (const { breaker } of neighbours.values()) breaker.stop();
    },
  };
};
