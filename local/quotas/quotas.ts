import type { Clock } from '../clock.ts';
import { ServiceError } from '../service.ts';
import { throttled } from '../throttled.ts';
import {
  API_RATES,
  DATAPOINTS,
  DATAPOINTS_RECENT_MS,
  DELIVERIES,
  ITEM_UNITS,
  REGIONS,
  REQUESTS_PER_CONCURRENCY,
  STATE_TRANSITIONS,
} from './default-rates.ts';
import { createTokenBucket, type Rate, type TokenBucket } from './token-bucket.ts';

/** The default quotas of an AWS account. What is over one is refused as its service refuses it, or waits where AWS lets it wait. */
export interface Quotas {
  /** Throws the service's throttling error. Invocations count elsewhere. */
  admitCall(call: { service: string; operation: string }): void;
  /** A synchronous request to a function. Throws TooManyRequestsException. */
  admitInvocation(fn: { name: string; reservedConcurrency?: number }, accountConcurrency: number): void;
  /** Throws ThrottlingException when the datapoints of this second are used up; else counts `datapoints`. */
  admitDatapoints(datapoints: number, ageMs: number): void;
  /** Throws ProvisionedThroughputExceededException while an item (or a place for one) had more than its partition can give. */
  admitItem(kind: 'Read' | 'Write', item: { tableArn: string; key: string }): void;
  /** Counts what an access to an item took, which is known only afterwards. */
  payForItem(kind: 'Read' | 'Write', item: { tableArn: string; key: string }, units: number): void;
  /** Cloud milliseconds that a state transition has to wait. */
  transitionWaitMs(): number;
  /** Cloud milliseconds that a delivery to a target has to wait. */
  deliveryWaitMs(from: 'events' | 'scheduler'): number;
  /** Refused so far, by service and operation: "lambda GetAlias". */
  readonly refused: ReadonlyMap<string, number>;
}

/** Throws when the numbers of the region are not known here. */
export function createQuotas(clock: Pick<Clock, 'nowMs'>, region: string): Quotas {
  if (!REGIONS.includes(region)) throw new Error(`the local AWS knows the quotas of ${REGIONS.join(', ')}, not of ${region}`);
  const buckets = new Map<string, TokenBucket>();
  const refused = new Map<string, number>();

  const bucketOf = (name: string, rate: Rate) => {
    const known = buckets.get(name);
    if (known) return known;
    const made = createTokenBucket(clock, rate);
    buckets.set(name, made);
    return made;
  };
  const refuse = (what: string, error: ServiceError): never => {
    refused.set(what, (refused.get(what) ?? 0) + 1);
    throw error;
  };
  const itemBucket = (kind: 'Read' | 'Write', { tableArn, key }: { tableArn: string; key: string }) =>
    bucketOf(`${kind} ${tableArn} ${key}`, ITEM_UNITS[kind]);

  return {
    admitCall({ service, operation }) {
      if (service === 'lambda' && operation === 'Invoke') return;
      const rates = API_RATES[service];
      const name = rates?.[operation] ? operation : '*';
      const rate = rates?.[name];
      if (rate && !bucketOf(`${service} ${name}`, rate).take()) refuse(`${service} ${operation}`, throttled(service));
    },
    admitInvocation({ name, reservedConcurrency }, accountConcurrency) {
      const rate = REQUESTS_PER_CONCURRENCY * (reservedConcurrency ?? accountConcurrency);
      if (bucketOf(`invocations ${name} ${rate}`, { burst: rate, perSecond: rate }).take()) return;
      const Reason = `${reservedConcurrency === undefined ? '' : 'Reserved'}FunctionInvocationRateLimitExceeded`;
      refuse('lambda Invoke', new ServiceError('TooManyRequestsException', 'Rate Exceeded.', 429, { Reason }));
    },
    admitDatapoints(datapoints, ageMs) {
      const reach = ageMs <= DATAPOINTS_RECENT_MS ? 'lastThreeHours' : 'older';
      const bucket = bucketOf(`datapoints ${reach}`, DATAPOINTS[reach]);
      if (bucket.isEmpty()) refuse('monitoring GetMetricData', throttled('monitoring'));
      bucket.pay(datapoints);
    },
    admitItem(kind, item) {
      if (!itemBucket(kind, item).isEmpty()) return;
      const ThrottlingReasons = [{ reason: `Table${kind}KeyRangeThroughputExceeded`, resource: item.tableArn }];
      const message = 'Throughput exceeds the current capacity of your table or index.';
      refuse(`dynamodb ${kind}`, new ServiceError('ProvisionedThroughputExceededException', message, 400, { ThrottlingReasons }));
    },
    payForItem(kind, item, units) {
      itemBucket(kind, item).pay(units);
    },
    transitionWaitMs: () => bucketOf('transitions', STATE_TRANSITIONS).pay(1),
    deliveryWaitMs: (from) => bucketOf(`deliveries ${from}`, DELIVERIES[from]).pay(1),
    refused,
  };
}
