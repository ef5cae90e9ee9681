import { ServiceError } from './service.ts';

/** What may go wrong in an AWS, on purpose: tests say where, and the local AWS does it. */
export interface Faults {
  /** Asked once for every call that is known and signed, before it has any effect. */
  onCall?(call: ServiceCall): CallFault | undefined;
  /** Asked once for everything that EventBridge or Scheduler hands to a target. */
  onDelivery?(delivery: Delivery): DeliveryFault | undefined;
}

/** A call as the service sees it. */
export interface ServiceCall {
  /** The ARN that signed it: of a function, its role's session. */
  caller: string;
  /** "lambda", "states", "monitoring" … */
  service: string;
  /** "UpdateAlias" */
  operation: string;
}

/**
 * Before the effect: `throttled` and `refused` (a 5xx) say so; `hung` says nothing until the caller gives up; `killed`
 * ends the caller itself. After it: `reply-lost` breaks the connection, `failed-after` answers 5xx, `killed-after` ends the caller.
 */
export type CallFault = 'throttled' | 'refused' | 'hung' | 'killed' | 'reply-lost' | 'failed-after' | 'killed-after';
export const CALL_FAULTS: readonly CallFault[] = ['throttled', 'refused', 'hung', 'killed', 'reply-lost', 'failed-after', 'killed-after'];

export interface Delivery {
  from: 'events' | 'scheduler';
  /** "CloudWatch Alarm State Change", or the name of a schedule. */
  what: string;
  target: string;
}
/** A delayed delivery may be overtaken: that is how events come out of order. */
export type DeliveryFault = 'dropped' | 'duplicated' | { delayedMs: number };

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
  fault: CallFault | undefined,
  service: string,
  perform: () => Promise<Answer>,
): Promise<Answer> {
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

const throttled = (service: string) =>
  service === 'lambda' || service === 'scheduler'
    ? new ServiceError(service === 'lambda' ? 'TooManyRequestsException' : 'ThrottlingException', 'Rate exceeded', 429)
    : new ServiceError(service === 'dynamodb' ? 'ProvisionedThroughputExceededException' : 'ThrottlingException', 'Rate exceeded', 400);

const refused = (service: string) =>
  new ServiceError(service === 'lambda' ? 'ServiceException' : 'InternalServerError', 'An internal error occurred', 500);
