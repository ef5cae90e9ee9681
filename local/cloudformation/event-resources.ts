import { DescribeAlarmsCommand, PutCompositeAlarmCommand, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import { PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateScheduleCommand } from '@aws-sdk/client-scheduler';
import type { Context, Created, ResourceType } from './resources.ts';

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
  async create({ Targets, EventPattern, ...properties }, { clients, generatedName }) {
    const Name: string = properties.Name ?? generatedName;
    const { RuleArn } = await clients.events.send(
      new PutRuleCommand({ ...properties, Name, EventPattern: EventPattern && JSON.stringify(EventPattern) }),
    );
    if (Targets?.length) {
      const { EventBusName } = properties;
      const { FailedEntries } = await clients.events.send(new PutTargetsCommand({ Rule: Name, EventBusName, Targets }));
      if (FailedEntries?.length) throw new Error(FailedEntries.map((entry) => entry.ErrorMessage).join('; '));
    }
    return { physicalId: Name, attributes: { Arn: RuleArn! } };
  },
};

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
  async create({ StartDate, EndDate, ...properties }, { clients, generatedName }) {
    const Name: string = properties.Name ?? generatedName;
    const dates = { ...(StartDate && { StartDate: new Date(StartDate) }), ...(EndDate && { EndDate: new Date(EndDate) }) };
    const { ScheduleArn } = await clients.scheduler.send(new CreateScheduleCommand({ ...properties, ...dates, Name }));
    return { physicalId: Name, attributes: { Arn: ScheduleArn! } };
  },
};

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
  async create({ Tags: _, ...properties }, context) {
    const AlarmName: string = properties.AlarmName ?? context.generatedName;
    await context.clients.cloudwatch.send(new PutMetricAlarmCommand({ ...properties, AlarmName }));
    return createdAlarm(AlarmName, context);
  },
};

const compositeAlarm: ResourceType = {
  properties: ['AlarmName', 'AlarmDescription', 'AlarmRule', ...ACTIONS, ...NOTED],
  attributes: ['Arn'],
  async create({ Tags: _, ...properties }, context) {
    const AlarmName: string = properties.AlarmName ?? context.generatedName;
    await context.clients.cloudwatch.send(new PutCompositeAlarmCommand({ ...properties, AlarmName }));
    return createdAlarm(AlarmName, context);
  },
};

async function createdAlarm(AlarmName: string, { clients }: Context): Promise<Created> {
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
