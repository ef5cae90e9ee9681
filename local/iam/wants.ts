import { type Fields, isObject, parseJsonObject } from '../json-protocol.ts';
import { functionArn, readReference } from '../lambda/function-name.ts';
import { operationOf } from '../operation.ts';
import type { UnsignedWireRequest } from '../request-handler.ts';
import { type Ground, ServiceError, type WireService } from '../service.ts';
import type { Want } from './authority.ts';

/** A call over the wire, as far as IAM has to know it. */
export interface AuthorizedCall {
  /** By the name that signatures are scoped to. */
  service: string;
  operation: string;
  input: Fields;
  request: Pick<UnsignedWireRequest, 'path' | 'query'>;
  ground: Ground;
}

/** What the caller must be allowed for this call; nothing for one that anyone may make. */
export function wantsOf(call: AuthorizedCall): Want[] {
  const wants = WANTS[call.service]?.(call);
  if (wants) return wants;
  // Refused, not waved through: a call that nobody here holds against a policy proves nothing about an account.
  const message = `the local AWS does not know which IAM action ${call.service} ${call.operation} takes`;
  throw new ServiceError('AccessDeniedException', message, 403);
}

const WANTS: Record<string, (call: AuthorizedCall) => Want[] | undefined> = {
  lambda: lambdaWants,
  states: stateWants,
  dynamodb: tableWants,
  monitoring: cloudWatchWants,
  events: eventWants,
  scheduler: scheduleWants,
  sts: ({ operation }) => (operation === 'GetCallerIdentity' ? [] : undefined),
};

/** Their qualifier counts: a policy on the function alone does not cover its versions and aliases (Lambda Developer Guide, "Fine-tuning the Resources and Conditions sections of policies"). */
const QUALIFIED = new Set([
  'Invoke',
  'GetFunction',
  'GetFunctionConfiguration',
  'AddPermission',
  'RemovePermission',
  'GetPolicy',
  'GetProvisionedConcurrencyConfig',
  'PutProvisionedConcurrencyConfig',
  'DeleteProvisionedConcurrencyConfig',
  'GetFunctionEventInvokeConfig',
  'PutFunctionEventInvokeConfig',
  'DeleteFunctionEventInvokeConfig',
]);

/** Operations on an alias name it in the path, not as a qualifier: they are decided on the function. */
function lambdaWants({ operation, input, request, ground }: AuthorizedCall): Want[] | undefined {
  if (operation.includes(' ')) return undefined;
  const action = operation === 'Invoke' ? 'lambda:InvokeFunction' : `lambda:${operation}`;
  if (operation === 'ListFunctions') return [{ action, resource: '*' }];
  const named = /\/(?:functions|tags)\/([^/]+)/.exec(request.path)?.[1];
  const text = named === undefined ? String(input.FunctionName) : decodeURIComponent(named);
  const reference = readReference(ground, text, QUALIFIED.has(operation) ? request.query.get('Qualifier') : undefined);
  const resource = functionArn(ground, QUALIFIED.has(operation) ? reference : { name: reference.name });
  return [{ action, resource }];
}

function stateWants({ operation, input, ground }: AuthorizedCall): Want[] {
  const action = `states:${operation}`;
  if (operation === 'ListStateMachines') return [{ action, resource: '*' }];
  if (operation === 'CreateStateMachine') {
    return [{ action, resource: `arn:aws:states:${ground.region}:${ground.accountId}:stateMachine:${input.name}` }];
  }
  // A token names its execution; AWS decides on that execution's state machine.
  if (operation.startsWith('SendTask')) return [{ action, resource: machineOfToken(input.taskToken) }];
  const resource = input.executionArn ?? input.stateMachineArn ?? input.resourceArn;
  return [{ action, resource: typeof resource === 'string' ? resource : '*' }];
}

function machineOfToken(token: unknown): string {
  const arn = typeof token === 'string' ? /^\S+ (arn:\S+)$/.exec(Buffer.from(token, 'base64').toString())?.[1] : undefined;
  if (!arn) throw new ServiceError('InvalidToken', "Invalid Token: 'Invalid token'");
  return arn.replace(':execution:', ':stateMachine:').replace(/:[^:]+$/, '');
}

function tableWants({ operation, input, ground }: AuthorizedCall): Want[] {
  const action = `dynamodb:${operation}`;
  if (operation === 'ListTables') return [{ action, resource: '*' }];
  const arnOf = (name: unknown) => {
    const text = String(name);
    return text.startsWith('arn:') ? text : `arn:aws:dynamodb:${ground.region}:${ground.accountId}:table/${text}`;
  };
  if (isObject(input.RequestItems)) return Object.keys(input.RequestItems).map((name) => ({ action, resource: arnOf(name) }));
  const table = arnOf(input.TableName ?? input.ResourceArn);
  return [{ action, resource: input.IndexName === undefined ? table : `${table}/index/${input.IndexName}` }];
}

/** Actions that know no resources. */
const ON_ALL_METRICS = new Set(['PutMetricData', 'GetMetricData', 'GetMetricStatistics', 'ListMetrics']);

function cloudWatchWants({ operation, input, ground }: AuthorizedCall): Want[] {
  const action = `cloudwatch:${operation}`;
  if (operation === 'PutMetricData') return [{ action, resource: '*', context: { 'cloudwatch:namespace': String(input.Namespace) } }];
  if (ON_ALL_METRICS.has(operation)) return [{ action, resource: '*' }];
  const alarmArn = (name: unknown) => `arn:aws:cloudwatch:${ground.region}:${ground.accountId}:alarm:${name}`;
  const names = Array.isArray(input.AlarmNames) && operation !== 'DescribeAlarms' ? input.AlarmNames : [input.AlarmName ?? '*'];
  return names.map((name) => ({ action, resource: input.ResourceARN === undefined ? alarmArn(name) : String(input.ResourceARN) }));
}

function eventWants({ operation, input, ground }: AuthorizedCall): Want[] {
  const action = `events:${operation}`;
  const arnOf = (path: string) => `arn:aws:events:${ground.region}:${ground.accountId}:${path}`;
  if (operation === 'PutEvents') {
    const entries = Array.isArray(input.Entries) ? input.Entries.filter(isObject) : [];
    return entries.map((entry) => ({
      action,
      resource: arnOf(`event-bus/${String(entry.EventBusName ?? 'default').replace(/^.*event-bus\//, '')}`),
      context: { 'events:source': String(entry.Source), 'events:detail-type': String(entry.DetailType) },
    }));
  }
  if (operation === 'TestEventPattern') return [{ action, resource: '*' }];
  const rule = input.Name ?? input.Rule ?? (operation === 'ListRules' ? '*' : undefined);
  return [{ action, resource: rule === undefined ? '*' : arnOf(`rule/${rule}`) }];
}

function scheduleWants({ operation, request, ground }: AuthorizedCall): Want[] | undefined {
  if (operation.includes(' ')) return undefined;
  const action = `scheduler:${operation}`;
  const name = /^\/schedules\/([^/]+)$/.exec(request.path)?.[1];
  return [
    {
      action,
      resource:
        name === undefined ? '*' : `arn:aws:scheduler:${ground.region}:${ground.accountId}:schedule/default/${decodeURIComponent(name)}`,
    },
  ];
}

/** A role that a call hands to a service. */
export interface PassedRole {
  roleArn: string;
  service: string;
  sourceArn: string;
  /** What the service answers when it cannot assume the role. */
  refusal: ServiceError;
  /** Whether requests are traced, which is the role's own right. */
  isTraced: boolean;
}

/** The role that the call hands on, if any: the caller needs iam:PassRole, and the service must be able to assume it. */
export function passedRole({ service, operation, input, ground, request }: AuthorizedCall): PassedRole | undefined {
  const arnOf = (resource: string) => `arn:aws:${service}:${ground.region}:${ground.accountId}:${resource}`;
  const passed = (roleArn: unknown, rest: Omit<PassedRole, 'roleArn' | 'isTraced'>, isTraced = false): PassedRole | undefined =>
    typeof roleArn === 'string' ? { roleArn, ...rest, isTraced } : undefined;
  switch (`${service}:${operation}`) {
    case 'lambda:CreateFunction':
    case 'lambda:UpdateFunctionConfiguration':
      return passed(
        input.Role,
        {
          service: 'lambda.amazonaws.com',
          sourceArn: arnOf(`function:${input.FunctionName ?? /\/functions\/([^/]+)/.exec(request.path)?.[1]}`),
          refusal: new ServiceError('InvalidParameterValueException', 'The role defined for the function cannot be assumed by Lambda.'),
        },
        (input.TracingConfig as Fields | undefined)?.Mode === 'Active',
      );
    case 'states:CreateStateMachine':
    case 'states:UpdateStateMachine':
      return passed(
        input.roleArn,
        {
          service: 'states.amazonaws.com',
          sourceArn: typeof input.stateMachineArn === 'string' ? input.stateMachineArn : arnOf(`stateMachine:${input.name}`),
          refusal: new ServiceError(
            'AccessDeniedException',
            'Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role.',
          ),
        },
        (input.tracingConfiguration as Fields | undefined)?.enabled === true,
      );
    case 'scheduler:CreateSchedule':
    case 'scheduler:UpdateSchedule':
      return passed((input.Target as Fields | undefined)?.RoleArn, {
        service: 'scheduler.amazonaws.com',
        // Scheduler names the group, so that one role serves all schedules in it.
        sourceArn: arnOf('schedule-group/default'),
        refusal: new ServiceError(
          'ValidationException',
          'The execution role you provide must allow AWS EventBridge Scheduler to assume the role.',
        ),
      });
  }
}

/** The call as IAM has to know it. Throws SerializationException when it cannot be read. */
export function readCall(service: string, request: UnsignedWireRequest, inputOf: WireService['inputOf'], ground: Ground): AuthorizedCall {
  const operation = operationOf(request, service);
  // Only Invoke carries a payload that is not the operation's input.
  const input = operation === 'Invoke' ? {} : (inputOf?.(request) ?? parseJsonObject(request.body));
  return { service, operation, input, request, ground };
}
