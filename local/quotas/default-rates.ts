import type { Rate } from './token-bucket.ts';

/**
 * AWS's default quotas of an account in the regions that have the larger ones. All are what AWS documents; where it
 * gives a rate and no bucket, the bucket holds one second's worth. What is not here has no limit in the local AWS.
 */
export const REGIONS: readonly string[] = ['us-east-1', 'us-west-2', 'eu-west-1'];

const perSecond = (rate: number): Rate => ({ burst: rate, perSecond: rate });
const bucket = (burst: number, rate: number): Rate => ({ burst, perSecond: rate });

/** Rates of API calls by service and operation; `*` is one bucket for all other operations of its service together. */
export const API_RATES: Record<string, Record<string, Rate>> = {
  // "Lambda quotas", Lambda API requests: GetFunction 100, GetPolicy 15, the remainder of the control plane 15 "across
  // all APIs (not 15 requests per second per API). Cannot be increased."
  // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
  lambda: { GetFunction: perSecond(100), GetPolicy: perSecond(15), '*': perSecond(15) },

  // "Amazon CloudWatch endpoints and quotas", Service quotas: "Rate of … requests", each supported Region.
  // https://docs.aws.amazon.com/general/latest/gr/cw_region.html
  monitoring: {
    DeleteAlarms: perSecond(3),
    DescribeAlarmHistory: perSecond(20),
    DescribeAlarms: perSecond(9),
    DescribeAlarmsForMetric: perSecond(9),
    DisableAlarmActions: perSecond(3),
    EnableAlarmActions: perSecond(3),
    GetMetricData: perSecond(500),
    GetMetricStatistics: perSecond(400),
    ListMetrics: perSecond(25),
    ListTagsForResource: perSecond(10),
    PutCompositeAlarm: perSecond(3),
    PutMetricAlarm: perSecond(3),
    PutMetricData: perSecond(500),
    SetAlarmState: perSecond(3),
  },

  // "Step Functions service quotas", Quotas related to API action throttling: "Bucket size" and "Refill rate per second".
  // https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
  states: {
    CreateStateMachine: bucket(100, 1),
    DeleteStateMachine: bucket(100, 1),
    DescribeExecution: bucket(300, 15),
    DescribeStateMachine: bucket(200, 20),
    GetExecutionHistory: bucket(400, 20),
    ListExecutions: bucket(200, 5),
    ListStateMachines: bucket(100, 5),
    ListTagsForResource: bucket(100, 1),
    RedriveExecution: bucket(1300, 300),
    SendTaskFailure: bucket(3000, 500),
    SendTaskHeartbeat: bucket(3000, 500),
    SendTaskSuccess: bucket(3000, 500),
    StartExecution: bucket(1300, 300),
    StopExecution: bucket(1000, 200),
    UpdateStateMachine: bucket(100, 1),
  },

  // "Amazon EventBridge quotas": "PutEvents throttle limit in transactions per second" and, for all other API
  // operations, "Throttle limit in transactions per second".
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
  events: { PutEvents: perSecond(10_000), '*': perSecond(50) },

  // "Amazon API Gateway quotas", Quotas for creating, deploying and managing an API: GetResources, and "Total operations".
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
  apigateway: { GetResources: bucket(5, 2.5), '*': bucket(40, 10) },

  // "Quotas for Amazon EventBridge Scheduler": "CreateSchedule request rate".
  // https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html
  scheduler: { CreateSchedule: perSecond(5000) },
};

/** "Lambda quotas": a synchronous request counts against ten times the concurrency that the function can have. */
export const REQUESTS_PER_CONCURRENCY = 10;

/** "Step Functions service quotas", Quotas related to state throttling: `StateTransition` of Standard workflows. A transition too many waits. */
export const STATE_TRANSITIONS = bucket(5000, 5000);

/** Deliveries to targets; those too many are late, not lost. "Invocations throttle limit" of both services' quota pages. */
export const DELIVERIES: Record<'events' | 'scheduler', Rate> = { events: perSecond(18_750), scheduler: perSecond(1000) };

/** "Amazon CloudWatch endpoints and quotas": datapoints that all GetMetricData calls together may fetch, by how far back they reach. */
export const DATAPOINTS = { lastThreeHours: perSecond(180_000), older: perSecond(396_000) };
export const DATAPOINTS_RECENT_MS = 3 * 3_600_000;

/**
 * "Best practices for designing and using partition keys effectively in DynamoDB": a partition, and so an item, takes
 * 3,000 read units and 1,000 write units a second, in on-demand mode too.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
 */
export const ITEM_UNITS = { Read: perSecond(3000), Write: perSecond(1000) };
