import type { UnsignedWireRequest } from './request-handler.ts';
import { type Ground, type Invocation, type Invoker, ServiceError, type WireResponse } from './service.ts';
import { throttled } from './throttled.ts';

/** What may go wrong in an AWS, on purpose: tests say where, and the local AWS does it. */
export interface Faults {
  /** Asked once for every call that is known and signed, before it has any effect. Whatever it does first (a person's act, say) happens just before the call. */
  onCall?(call: ServiceCall): CallFault | undefined | Promise<CallFault | undefined>;
  /** Asked once for everything that EventBridge, Scheduler or Lambda's queue hands to a target. */
  onDelivery?(delivery: Delivery): DeliveryFault | undefined;
  /** Told of every call over the wire once it had its effect, before its caller hears of it, if ever. */
  onAnswer?(call: ServiceCall, request: UnsignedWireRequest, answer: WireResponse): void | Promise<void>;
}

/** A call as the service sees it. */
export interface ServiceCall {
  /** The ARN that signed it: of a function, its role's session. A service that invokes a function is "states" or "apigateway". */
  caller: string;
  /** "lambda", "states", "monitoring" … */
  service: string;
  /** "UpdateAlias" */
  operation: string;
  /** The function that a service invokes. */
  invoked?: string;
}

/**
 * Before the effect: `throttled` and `refused` (a 5xx) say so; `hung` says nothing until the caller gives up; `killed`
 * ends the caller itself. After it: `reply-lost` breaks the connection, `failed-after` answers 5xx, `killed-after` ends
 * the caller. `held` takes effect 4 s later, and the caller waits; `late` takes effect 20 s later, when the caller has given up.
 */
export const CALL_FAULTS = [
  'throttled',
  'refused',
  'hung',
  'killed',
  'reply-lost',
  'failed-after',
  'killed-after',
  'held',
  'late',
] as const;
export type CallFault = (typeof CALL_FAULTS)[number];

/** Cloud time; under the 5 s after which Teal's clients give up. */
const HELD_MS = 4_000;
const LATE_MS = 20_000;

export interface Delivery {
  from: 'events' | 'scheduler' | 'lambda';
  /** "CloudWatch Alarm State Change", the name of a schedule, or "asynchronous request". */
  what: string;
  target: string;
}
/** A delayed delivery may be overtaken: that is how events come out of order. */
export type DeliveryFault = 'dropped' | 'duplicated' | { delayedMs: number };

/** Hands something to its target by `start`, with the fault that it meets on its way. */
export function handOver({ clock, faults }: Ground, delivery: Delivery, start: () => void): void {
  const fault = faults?.onDelivery?.(delivery);
  if (fault === 'dropped') return;
  if (typeof fault === 'object') clock.at(clock.nowMs() + fault.delayedMs, start);
  else start();
  if (fault === 'duplicated') start();
}

/** No answer: the connection stays silent or breaks, or there is nobody any more to hear one. */
export class NoReply extends Error {
  override name = 'NoReply';
  readonly kind: 'hung' | 'broken' | 'killed';
  constructor(kind: 'hung' | 'broken' | 'killed') {
    super(`the local AWS was told to leave a call ${kind}`);
    this.kind = kind;
  }
}

/** Makes a call with its fault. Throws NoReply, or the ServiceError that the service would answer with. */
export async function performFaulty<Answer>(
  { clock, work }: Ground,
  fault: CallFault | undefined,
  service: string,
  perform: () => Promise<Answer>,
): Promise<Answer> {
  const passed = (ms: number) => new Promise<void>((resolve) => clock.at(clock.nowMs() + ms, resolve));
  if (fault === 'held') await work.hold(passed(HELD_MS));
  if (fault === 'late') {
    void passed(LATE_MS).then(() => work.track(perform()).catch(() => {}));
    throw new NoReply('hung');
  }
  if (fault === 'throttled') throw throttled(service);
  if (fault === 'refused') throw refused(service);
  if (fault === 'hung') throw new NoReply('hung');
  if (fault === 'killed') throw new NoReply('killed');
  const answer = await perform();
  if (fault === 'reply-lost') throw new NoReply('broken');
  if (fault === 'failed-after') throw refused(service);
  if (fault === 'killed-after') throw new NoReply('killed');
  return answer;
}

const refused = (service: string) =>
  new ServiceError(service === 'lambda' ? 'ServiceException' : 'InternalServerError', 'An internal error occurred', 500);

/** Lambda as another service calls it. There it is the function that is killed, before or after it did its work. */
export function createFaultyInvoker(ground: Ground, invoker: Invoker, caller: 'states' | 'apigateway'): Invoker {
  const { faults } = ground;
  if (!faults?.onCall) return invoker;
  return {
    ...invoker,
    async invoke(call) {
      const invoked = call.functionName.slice(call.functionName.lastIndexOf(':') + 1);
      const fault = await faults.onCall?.({ caller, service: 'lambda', operation: 'Invoke', invoked });
      if (fault === 'killed') return EXITED;
      if (fault !== 'killed-after') return performFaulty(ground, fault, 'lambda', () => invoker.invoke(call));
      await invoker.invoke(call);
      return EXITED;
    },
  };
}

const EXITED: Invocation = {
  executedVersion: '$LATEST',
  functionError: 'Unhandled',
  payload: Buffer.from(JSON.stringify({ errorType: 'Runtime.ExitError', errorMessage: 'RequestId: unknown Error: Runtime exited' })),
  logTail: '',
};
