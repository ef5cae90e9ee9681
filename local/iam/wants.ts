import { decodePath } from '../http-api-format.ts';
import { type Fields, isObject, parseJsonObject } from '../json-protocol.ts';
import { functionArn, readReference } from '../lambda/function-name.ts';
import type { UnsignedWireRequest } from '../request-handler.ts';
import { placeOf } from '../s3/operation-name.ts';
import { type Ground, ServiceError, type WireService } from '../service.ts';
import { executionOfToken } from '../step-functions/task-tokens.ts';
import type { Want } from './authority.ts';

/** A call over the wire, as far as IAM has to know it. */
export interface AuthorizedCall {
  /** By the name that signatures are scoped to. */
  service: string;
  operation: string;
  input: Fields;
  request: Pick<UnsignedWireRequest, 'method' | 'path' | 'query'>;
  ground: Ground;
}

/** What the caller must be allowed for this call; nothing for one that anyone may make. */
export function wantsOf(call: AuthorizedCall): Want[] {
  const wants = WANTS[call.service]?.(call);
  // A list without anything in it (a batch of nothing) would be allowed to everyone.
  if (wants && (wants.length > 0 || call.service === 'sts')) return wants;
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
  cloudformation: stackWants,
  s3: bucketWants,
  tagging: ({ operation }) => [{ action: `tag:${operation}`, resource: '*' }],
  apigateway: gatewayWants,
  ecr: ({ operation }) => [{ action: `ecr:${operation}`, resource: '*' }],
  sts: ({ operation }) => (operation === 'GetCallerIdentity' ? [] : undefined),
};

/** Their qualifier counts: a policy on the function alone does not cover its versions and aliases (Lambda Developer Guide, "Fine-tuning the Resources and Conditions sections of policies"). */
const QUALIFIED = new Set([
  'Invoke',
  'GetFunction',
  'GetFunctionConfiguration',
  'DeleteFunction',
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
  const named = functionOf({ input, request });
  if (named === undefined) return [{ action, resource: '*' }];
  const reference = readReference(ground, named, QUALIFIED.has(operation) ? request.query.get('Qualifier') : undefined);
  const resource = functionArn(ground, QUALIFIED.has(operation) ? reference : { name: reference.name });
  const isTagged = operation === 'CreateFunction' && isObject(input.Tags) && Object.keys(input.Tags).length > 0;
  return [{ action, resource }, ...(isTagged ? [{ action: 'lambda:TagResource', resource }] : [])];
}

/** The function that a call to Lambda names, as it names it. */
export function functionOf({ input, request }: Pick<AuthorizedCall, 'input' | 'request'>): string | undefined {
  const inPath = /\/(?:functions|tags)\/([^/]+)/.exec(request.path)?.[1];
  if (inPath !== undefined) return decoded(inPath);
  return input.FunctionName === undefined ? undefined : String(input.FunctionName);
}

/** A text that is not percent-encoded stays as it is, for the service to refuse. */
const decoded = (text: string) => decodePath(text) ?? text;

function stateWants({ operation, input, ground }: AuthorizedCall): Want[] {
  const action = `states:${operation}`;
  const machineArn = (name: unknown) => `arn:aws:states:${ground.region}:${ground.accountId}:stateMachine:${name}`;
  if (operation === 'ListStateMachines') return [{ action, resource: machineArn('*') }];
  if (operation === 'CreateStateMachine') {
    const resource = machineArn(input.name);
    const isTagged = Array.isArray(input.tags) && input.tags.length > 0;
    return [{ action, resource }, ...(isTagged ? [{ action: 'states:TagResource', resource }] : [])];
  }
  // A token names its execution; AWS decides on that execution's state machine.
  if (operation.startsWith('SendTask')) return [{ action, resource: machineOfToken(input.taskToken) }];
  const resource = input.executionArn ?? input.stateMachineArn ?? input.resourceArn;
  return [{ action, resource: typeof resource === 'string' ? resource : '*' }];
}

const machineOfToken = (token: unknown) =>
  executionOfToken(token)
    .replace(':execution:', ':stateMachine:')
    .replace(/:[^:]+$/, '');

function tableWants({ operation, input, ground }: AuthorizedCall): Want[] {
  const action = `dynamodb:${operation}`;
  if (operation === 'ListTables') return [{ action, resource: '*' }];
  const arnOf = (name: unknown) => {
    const text = String(name);
    return text.startsWith('arn:') ? text : `arn:aws:dynamodb:${ground.region}:${ground.accountId}:table/${text}`;
  };
  if (operation.startsWith('Batch') && isObject(input.RequestItems))
    return Object.keys(input.RequestItems).map((name) => ({ action, resource: arnOf(name) }));
  const table = arnOf(input.TableName ?? input.ResourceArn);
  return [{ action, resource: input.IndexName === undefined ? table : `${table}/index/${input.IndexName}` }];
}

/** Actions that know no resources. */
const ON_ALL_METRICS = new Set(['PutMetricData', 'GetMetricData', 'GetMetricStatistics', 'ListMetrics']);

function cloudWatchWants({ operation, input, ground }: AuthorizedCall): Want[] {
  const action = `cloudwatch:${operation}`;
  if (operation === 'PutMetricData') return [{ action, resource: '*', context: { 'cloudwatch:namespace': String(input.Namespace) } }];
  // AWS leaves composite alarms out for a caller that may not read all alarms. Here it is refused: what is left out nobody hears of.
  const isComposite = Array.isArray(input.AlarmTypes) && input.AlarmTypes.includes('CompositeAlarm');
  if (ON_ALL_METRICS.has(operation) || operation === 'PutCompositeAlarm' || isComposite) return [{ action, resource: '*' }];
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
  const context = operation === 'PutRule' ? patternContext(input.EventPattern) : undefined;
  if (operation === 'TestEventPattern') return [{ action, resource: '*' }];
  const rule = input.Name ?? input.Rule ?? (operation === 'ListRules' ? '*' : undefined);
  return [{ action, resource: rule === undefined ? '*' : arnOf(`rule/${rule}`), ...(context && { context }) }];
}

/** What a rule would match: conditions may hold it to its own sources. */
function patternContext(pattern: unknown): Record<string, string[]> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(String(pattern));
  } catch {}
  const texts = (key: string) => {
    const values = isObject(parsed) ? parsed[key] : undefined;
    return Array.isArray(values) ? values.filter((value) => typeof value === 'string') : [];
  };
  const entries = [
    ['events:source', texts('source')],
    ['events:detail-type', texts('detail-type')],
  ] as const;
  return Object.fromEntries(entries.filter(([, values]) => values.length > 0));
}

function scheduleWants({ operation, request, ground }: AuthorizedCall): Want[] | undefined {
  if (operation.includes(' ')) return undefined;
  const action = `scheduler:${operation}`;
  const name = /^\/schedules\/([^/]+)$/.exec(request.path)?.[1];
  return [
    {
      action,
      resource: name === undefined ? '*' : `arn:aws:scheduler:${ground.region}:${ground.accountId}:schedule/default/${decoded(name)}`,
    },
  ];
}

/** By name, CloudFormation decides on every stack that may have it: the id is no part of what the caller knows. */
function stackWants({ operation, input, ground }: AuthorizedCall): Want[] {
  const action = `cloudformation:${operation}`;
  if (input.StackName === undefined) return [{ action, resource: '*' }];
  const named = String(input.StackName);
  const arnOf = (name: string) => `arn:aws:cloudformation:${ground.region}:${ground.accountId}:stack/${name}/*`;
  return [{ action, resource: named.startsWith('arn:') ? named : arnOf(named) }];
}

/** Where S3's action has another name than the operation: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html */
const S3_ACTIONS: Record<string, string> = {
  HeadObject: 'GetObject',
  HeadBucket: 'ListBucket',
  ListObjectsV2: 'ListBucket',
  ListBuckets: 'ListAllMyBuckets',
};
const S3_OPERATIONS = /^(Create|Delete|Head|List)Buckets?$|^(Put|Get|Head|Delete)Object$|^ListObjectsV2$|^GetBucketLocation$/;

function bucketWants({ operation, request }: AuthorizedCall): Want[] | undefined {
  if (!S3_OPERATIONS.test(operation)) return undefined;
  const action = `s3:${S3_ACTIONS[operation] ?? operation}`;
  if (operation === 'ListBuckets') return [{ action, resource: '*' }];
  const { bucket, key } = placeOf(request.path);
  return [{ action, resource: `arn:aws:s3:::${bucket}${key ? `/${decoded(key)}` : ''}` }];
}

/**
 * API Gateway's actions are the methods of HTTP, on resources that are paths ("Actions, resources, and condition keys for Amazon API
 * Gateway Management" and "… Management V2", Service Authorization Reference).
 */
function gatewayWants({ operation, request, ground }: AuthorizedCall): Want[] | undefined {
  if (operation.includes(' ')) return undefined;
  const path = decoded(request.path.replace(/^\/v2/, '').replace(/\/$/, ''));
  return [{ action: `apigateway:${request.method}`, resource: `arn:aws:apigateway:${ground.region}::${path}` }];
}

/** A call as it came; `inputOf` reads it where it is not in JSON. */
export interface WireCall {
  service: string;
  operation: string;
  request: UnsignedWireRequest;
  inputOf?: WireService['inputOf'];
}

/** The call as IAM has to know it. Throws SerializationException when it cannot be read. */
export async function readCall({ service, operation, request, inputOf }: WireCall, ground: Ground): Promise<AuthorizedCall> {
  // Invoke carries a payload that is not the operation's input, and S3 speaks no JSON: its paths say what is meant.
  const input =
    (service === 'lambda' && operation === 'Invoke') || service === 's3'
      ? {}
      : ((await inputOf?.(request)) ?? parseJsonObject(request.body));
  return { service, operation, input, request, ground };
}
