import type { Fields } from '../json-protocol.ts';
import { functionArn, readReference } from '../lambda/function-name.ts';
import { ServiceError } from '../service.ts';
import { type AuthorizedCall, functionOf } from './wants.ts';

/** A role that a call hands to a service, or that its service is to use otherwise. */
export interface PassedRole {
  roleArn: string;
  /** The caller hands it on itself, and needs iam:PassRole. */
  isNamed: boolean;
  /** Under which names the service may assume it. */
  principals: string[];
  sourceArn: string;
  /** What the service answers when it cannot assume the role. */
  refusal(): ServiceError;
  demands: Demand[];
}

/** What the role must be allowed before the service takes it. */
export interface Demand {
  action: string;
  resource: string;
  /** What the service answers otherwise; without, it goes on and does not do that part. */
  refusal?: () => ServiceError;
}

/** What an update of a function or a state machine leaves as it is. */
export interface CurrentRoles {
  functionSettings(name: string): Fields | undefined;
  /** As CreateStateMachine would be told. */
  stateMachine(arn: unknown): Fields | undefined;
}

/** Operations that hand a role to a service, or have it do more with the one it has. */
export const PASSING = /^(CreateFunction|UpdateFunctionConfiguration|(Create|Update)(StateMachine|Schedule))$/;

/** The role that the call concerns, if any. */
export function passedRole(call: AuthorizedCall, current: CurrentRoles): PassedRole | undefined {
  switch (`${call.service}:${call.operation}`) {
    case 'lambda:CreateFunction':
    case 'lambda:UpdateFunctionConfiguration':
      return ofFunction(call, current);
    case 'states:CreateStateMachine':
    case 'states:UpdateStateMachine':
      return ofStateMachine(call, current);
    case 'scheduler:CreateSchedule':
    case 'scheduler:UpdateSchedule':
      return ofSchedule(call);
  }
}

function ofFunction({ input, request, ground }: AuthorizedCall, { functionSettings }: CurrentRoles): PassedRole | undefined {
  const { name } = readReference(ground, functionOf({ input, request }) ?? '');
  const changes = ['Role', 'TracingConfig', 'DeadLetterConfig', 'VpcConfig', 'KMSKeyArn'].filter(
    (key) => input[key] !== undefined && input[key] !== null,
  );
  if (changes.length === 0) return undefined;
  const settings: Fields = { ...functionSettings(name), ...Object.fromEntries(changes.map((key) => [key, input[key]])) };
  if (!isArn(settings.Role)) return undefined;
  return {
    roleArn: settings.Role,
    isNamed: changes.includes('Role'),
    principals: ['lambda.amazonaws.com'],
    sourceArn: functionArn(ground, { name }),
    refusal: () => invalidParameter('The role defined for the function cannot be assumed by Lambda.'),
    demands: functionDemands(settings),
  };
}

/** Lambda tries them when the function is made (Developer Guide, "Execution role"). */
function functionDemands({ TracingConfig, DeadLetterConfig, VpcConfig, KMSKeyArn }: Fields): Demand[] {
  const demand = (action: string, resource: string, service: string): Demand => ({
    action,
    resource,
    refusal: () =>
      invalidParameter(
        `The provided execution role does not have permissions to call ${action.slice(action.indexOf(':') + 1)} on ${service}`,
      ),
  });
  const deadLetters = (DeadLetterConfig as Fields | undefined)?.TargetArn;
  const subnets = (VpcConfig as Fields | undefined)?.SubnetIds;
  return [
    ...((TracingConfig as Fields | undefined)?.Mode === 'Active'
      ? [demand('xray:PutTraceSegments', '*', 'XRAY'), demand('xray:PutTelemetryRecords', '*', 'XRAY')]
      : []),
    ...(typeof deadLetters === 'string' && deadLetters.includes(':sqs:') ? [demand('sqs:SendMessage', deadLetters, 'SQS')] : []),
    ...(typeof deadLetters === 'string' && deadLetters.includes(':sns:') ? [demand('sns:Publish', deadLetters, 'SNS')] : []),
    // On AWS it is the invocations that fail then.
    ...(typeof KMSKeyArn === 'string' && KMSKeyArn ? [{ action: 'kms:Decrypt', resource: KMSKeyArn }] : []),
    ...(Array.isArray(subnets) && subnets.length > 0 ? [demand('ec2:CreateNetworkInterface', '*', 'EC2')] : []),
  ];
}

function ofStateMachine({ input, ground }: AuthorizedCall, { stateMachine }: CurrentRoles): PassedRole | undefined {
  const changes = ['roleArn', 'tracingConfiguration', 'loggingConfiguration'].filter((key) => input[key] !== undefined);
  if (changes.length === 0) return undefined;
  const settings: Fields = { ...stateMachine(input.stateMachineArn), ...Object.fromEntries(changes.map((key) => [key, input[key]])) };
  if (!isArn(settings.roleArn)) return undefined;
  const { region, accountId } = ground;
  return {
    roleArn: settings.roleArn,
    isNamed: changes.includes('roleArn'),
    principals: ['states.amazonaws.com', `states.${region}.amazonaws.com`],
    sourceArn: String(input.stateMachineArn ?? `arn:aws:states:${region}:${accountId}:stateMachine:${input.name}`),
    refusal: () =>
      new ServiceError(
        'AccessDeniedException',
        'Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role.',
      ),
    demands: stateMachineDemands(settings),
  };
}

/** Step Functions Developer Guide, "IAM policies for X-Ray". */
const TRACING_ACTIONS = ['xray:PutTraceSegments', 'xray:PutTelemetryRecords', 'xray:GetSamplingRules', 'xray:GetSamplingTargets'];
/** Step Functions Developer Guide, "IAM policies for logging to CloudWatch Logs". */
const LOGGING_ACTIONS = [
  'logs:CreateLogDelivery',
  'logs:GetLogDelivery',
  'logs:UpdateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:DescribeResourcePolicies',
  'logs:DescribeLogGroups',
];

function stateMachineDemands({ tracingConfiguration, loggingConfiguration }: Fields): Demand[] {
  const isTraced = (tracingConfiguration as Fields | undefined)?.enabled === true;
  const { level = 'OFF' } = (loggingConfiguration ?? {}) as Fields;
  const refusal = () =>
    new ServiceError('AccessDeniedException', 'The state machine IAM Role is not authorized to access the Log Destination');
  return [
    ...(isTraced ? TRACING_ACTIONS.map((action) => ({ action, resource: '*' })) : []),
    ...(level === 'OFF' ? [] : LOGGING_ACTIONS.map((action) => ({ action, resource: '*', refusal }))),
  ];
}

function ofSchedule({ input, ground }: AuthorizedCall): PassedRole | undefined {
  const roleArn = (input.Target as Fields | undefined)?.RoleArn;
  if (!isArn(roleArn)) return undefined;
  return {
    roleArn,
    isNamed: true,
    principals: ['scheduler.amazonaws.com'],
    // Scheduler names the group, so that one role serves all schedules in it.
    sourceArn: `arn:aws:scheduler:${ground.region}:${ground.accountId}:schedule-group/default`,
    refusal: () =>
      new ServiceError('ValidationException', 'The execution role you provide must allow AWS EventBridge Scheduler to assume the role.'),
    demands: [],
  };
}

/** What is none its service refuses in its own words. */
const isArn = (value: unknown): value is string => typeof value === 'string' && value.startsWith('arn:');

const invalidParameter = (message: string) => new ServiceError('InvalidParameterValueException', message);
