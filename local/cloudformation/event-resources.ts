import { DeleteAlarmsCommand, DescribeAlarmsCommand, PutCompositeAlarmCommand, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import { DeleteRuleCommand, PutRuleCommand, PutTargetsCommand, RemoveTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateScheduleCommand, DeleteScheduleCommand, UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import type { Context, Created, Existing, ResourceType } from './resources.ts';

const RETRY_POLICY = ['RetryPolicy.MaximumEventAgeInSeconds', 'RetryPolicy.MaximumRetryAttempts'];

const rule: ResourceType = {
  properties: [
    'Name',
    'Description',
    'EventPattern',
    'ScheduleExpression',
    'EventBusName',
    'State',
    ...['Id', 'Arn', 'Input', 'InputPath', 'InputTransformer', ...RETRY_POLICY].map((name) => `Targets.${name}`),
  ],
  numbers: RETRY_POLICY.map((name) => `Targets.${name}`),
  attributes: ['Arn'],
  replacedBy: ['Name', 'EventBusName'],
  async create(properties, context) {
    const Name: string = properties.Name ?? context.nameAnew();
    try {
      return await putRule(Name, properties, context);
    } catch (error) {
      await context.clients.events.send(new DeleteRuleCommand({ Name, EventBusName: properties.EventBusName }));
      throw error;
    }
  },
  async update(properties, { physicalId: Rule, properties: had }, context) {
    const updated = await putRule(Rule, properties, context);
    await removeTargets(Rule, { EventBusName: properties.EventBusName, had: had.Targets, kept: properties.Targets }, context);
    return updated;
  },
  async remove({ physicalId: Name, properties: { EventBusName, Targets } }, context) {
    await removeTargets(Name, { EventBusName, had: Targets }, context);
    await context.clients.events.send(new DeleteRuleCommand({ Name, EventBusName }));
  },
};

// biome-ignore lint/suspicious/noExplicitAny: the shape is in `properties`
async function putRule(Name: string, { Targets = [], EventPattern, ...properties }: any, { clients }: Context): Promise<Created> {
  const { RuleArn } = await clients.events.send(
    new PutRuleCommand({ ...properties, Name, EventPattern: EventPattern && JSON.stringify(EventPattern) }),
  );
  if (Targets.length) {
    const { EventBusName } = properties;
    const { FailedEntries } = await clients.events.send(new PutTargetsCommand({ Rule: Name, EventBusName, Targets }));
    if (FailedEntries?.length) throw new Error(FailedEntries.map((entry) => entry.ErrorMessage).join('; '));
  }
  return { physicalId: Name, attributes: { Arn: RuleArn! } };
}

interface Targets {
  EventBusName?: string;
  had?: { Id: string }[];
  kept?: { Id: string }[];
}

async function removeTargets(Rule: string, { EventBusName, had = [], kept = [] }: Targets, { clients }: Context): Promise<void> {
  const Ids = had.map(({ Id }) => Id).filter((id) => !kept.some(({ Id }) => Id === id));
  if (Ids.length) await clients.events.send(new RemoveTargetsCommand({ Rule, EventBusName, Ids }));
}

const schedule: ResourceType = {
  properties: [
    'Name',
    'GroupName',
    'Description',
    'ScheduleExpression',
    'ScheduleExpressionTimezone',
    'State',
    'StartDate',
    'EndDate',
    'FlexibleTimeWindow.Mode',
    ...['Arn', 'RoleArn', 'Input', ...RETRY_POLICY].map((name) => `Target.${name}`),
  ],
  numbers: RETRY_POLICY.map((name) => `Target.${name}`),
  attributes: ['Arn'],
  replacedBy: ['Name', 'GroupName'],
  async create(properties, { clients, nameAnew }) {
    const Name: string = properties.Name ?? nameAnew();
    const { ScheduleArn } = await clients.scheduler.send(new CreateScheduleCommand({ ...withDates(properties), Name }));
    return { physicalId: Name, attributes: { Arn: ScheduleArn! } };
  },
  async update(properties, { physicalId: Name, attributes }, { clients }) {
    await clients.scheduler.send(new UpdateScheduleCommand({ ...withDates(properties), Name }));
    return { physicalId: Name, attributes };
  },
  remove: ({ physicalId: Name, properties: { GroupName } }, { clients }) =>
    clients.scheduler.send(new DeleteScheduleCommand({ Name, GroupName })),
};

// biome-ignore lint/suspicious/noExplicitAny: the shape is in `properties`
const withDates = ({ StartDate, EndDate, ...properties }: any) => ({
  ...properties,
  ...(StartDate && { StartDate: new Date(StartDate) }),
  ...(EndDate && { EndDate: new Date(EndDate) }),
});

const ACTIONS = ['ActionsEnabled', 'AlarmActions', 'OKActions', 'InsufficientDataActions'];
/** The tags of an alarm are noted: nothing here reads them. */
const NOTED = ['Tags'];

const metricAlarm: ResourceType = {
  properties: [
    'AlarmName',
    'AlarmDescription',
    'Namespace',
    'MetricName',
    'Dimensions',
    'Metrics',
    'Statistic',
    'ExtendedStatistic',
    'Unit',
    'Period',
    'EvaluationPeriods',
    'DatapointsToAlarm',
    'Threshold',
    'ComparisonOperator',
    'TreatMissingData',
    ...ACTIONS,
    ...NOTED,
  ],
  numbers: ['Period', 'EvaluationPeriods', 'DatapointsToAlarm', 'Threshold', 'Metrics.Period', 'Metrics.MetricStat.Period'],
  attributes: ['Arn'],
  replacedBy: ['AlarmName'],
  create: (properties, context) => putMetricAlarm(properties.AlarmName ?? context.nameAnew(), properties, context),
  update: (properties, { physicalId }, context) => putMetricAlarm(physicalId, properties, context),
  remove: deleteAlarm,
};

// biome-ignore lint/suspicious/noExplicitAny: the shape is in `properties`
async function putMetricAlarm(AlarmName: string, { Tags: _, ...properties }: any, context: Context): Promise<Created> {
  await context.clients.cloudwatch.send(new PutMetricAlarmCommand({ ...properties, AlarmName }));
  return putAlarm(AlarmName, context);
}

const compositeAlarm: ResourceType = {
  properties: ['AlarmName', 'AlarmDescription', 'AlarmRule', ...ACTIONS, ...NOTED],
  attributes: ['Arn'],
  replacedBy: ['AlarmName'],
  create: (properties, context) => putCompositeAlarm(properties.AlarmName ?? context.nameAnew(), properties, context),
  update: (properties, { physicalId }, context) => putCompositeAlarm(physicalId, properties, context),
  remove: deleteAlarm,
};

// biome-ignore lint/suspicious/noExplicitAny: the shape is in `properties`
async function putCompositeAlarm(AlarmName: string, { Tags: _, ...properties }: any, context: Context): Promise<Created> {
  await context.clients.cloudwatch.send(new PutCompositeAlarmCommand({ ...properties, AlarmName }));
  return putAlarm(AlarmName, context);
}

function deleteAlarm({ physicalId }: Existing, { clients }: Context) {
  return clients.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [physicalId] }));
}

async function putAlarm(AlarmName: string, { clients }: Context): Promise<Created> {
  const { MetricAlarms = [], CompositeAlarms = [] } = await clients.cloudwatch.send(
    new DescribeAlarmsCommand({ AlarmNames: [AlarmName], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }),
  );
  return { physicalId: AlarmName, attributes: { Arn: [...MetricAlarms, ...CompositeAlarms][0]!.AlarmArn! } };
}

export const eventResources: Record<string, ResourceType> = {
  'AWS::Events::Rule': rule,
  'AWS::Scheduler::Schedule': schedule,
  'AWS::CloudWatch::Alarm': metricAlarm,
  'AWS::CloudWatch::CompositeAlarm': compositeAlarm,
};
