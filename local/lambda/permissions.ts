import { type RestCall, type RestOperation, type Route, readJson } from '../rest-protocol.ts';
import { checkRevision, conflict, invalidParameter, invalidValue, notFound } from './function-errors.ts';
import { functionArn, readReference } from './function-name.ts';
import { type AliasRecord, findFunction, findVersion, type LambdaState, type PolicyStatement, type VersionRecord } from './records.ts';

const MEMBERS = [
  'StatementId',
  'Action',
  'Principal',
  'SourceArn',
  'SourceAccount',
  'EventSourceToken',
  'RevisionId',
  'PrincipalOrgID',
  'FunctionUrlAuthType',
  'InvokedViaFunctionUrl',
];

/** Resource policies: what lets other services and accounts invoke a function. */
export function permissionRoutes(state: LambdaState): Route[] {
  const { ground } = state;

  const addPermission: RestOperation = (call) => {
    const { statements, resource, arn } = targetOf(call);
    const input = readJson(call, MEMBERS);
    for (const name of ['StatementId', 'Action', 'Principal']) if (!input[name]) throw invalidParameter(`${name} must be given`);
    const authType = input.FunctionUrlAuthType;
    if (authType != null && authType !== 'NONE' && authType !== 'AWS_IAM') {
      throw invalidValue(authType, 'functionUrlAuthType', 'Member must satisfy enum value set: [NONE, AWS_IAM]');
    }
    checkRevision(resource, input.RevisionId);
    const statement = toStatement(input as Record<string, string>, arn);
    if (statements.some(({ Sid }) => Sid === statement.Sid)) {
      throw conflict(
        `The statement id (${statement.Sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
      );
    }
    statements.push(statement);
    resource.revisionId = ground.newId();
    return { status: 201, body: { Statement: JSON.stringify(statement) } };
  };

  const getPolicy: RestOperation = (call) => {
    const { statements, resource } = targetOf(call);
    if (!statements.length) throw notFound('The resource you requested does not exist.');
    const policy = { Version: '2012-10-17', Id: 'default', Statement: statements };
    return { status: 200, body: { Policy: JSON.stringify(policy), RevisionId: resource.revisionId } };
  };

  const removePermission: RestOperation = (call) => {
    const { statements, resource } = targetOf(call);
    if (!statements.length) throw notFound('No policy is associated with the given resource.');
    const index = statements.findIndex(({ Sid }) => Sid === call.path.StatementId);
    if (index < 0) throw notFound(`Statement ${call.path.StatementId} is not found in resource policy.`);
    checkRevision(resource, call.query.get('RevisionId') ?? undefined);
    statements.splice(index, 1);
    resource.revisionId = ground.newId();
    return { status: 204 };
  };

  /** A policy belongs to the function, to a version or to an alias, and its changes give that a new revision. */
  const targetOf = (call: RestCall) => {
    const reference = readReference(ground, call.path.FunctionName!, call.query.get('Qualifier'));
    const fn = findFunction(state, reference);
    const { qualifier } = reference;
    if (qualifier === '$LATEST') throw invalidParameter('We currently do not support adding policies for $LATEST.');
    const resource: AliasRecord | VersionRecord = fn.aliases.get(qualifier ?? '') ?? findVersion(state, fn, qualifier);
    const key = qualifier ?? '$LATEST';
    const statements: PolicyStatement[] = fn.policies.get(key) ?? [];
    fn.policies.set(key, statements);
    return { statements, resource, arn: functionArn(ground, reference) };
  };

  return [
    ['POST', '/2015-03-31/functions/{FunctionName}/policy', addPermission],
    ['GET', '/2015-03-31/functions/{FunctionName}/policy', getPolicy],
    ['DELETE', '/2015-03-31/functions/{FunctionName}/policy/{StatementId}', removePermission],
  ];
}

function toStatement(input: Record<string, string>, arn: string): PolicyStatement {
  const stringEquals = {
    ...(input.SourceAccount && { 'AWS:SourceAccount': input.SourceAccount }),
    ...(input.EventSourceToken && { 'lambda:EventSourceToken': input.EventSourceToken }),
    ...(input.FunctionUrlAuthType && { 'lambda:FunctionUrlAuthType': input.FunctionUrlAuthType }),
    ...(input.PrincipalOrgID && { 'aws:PrincipalOrgID': input.PrincipalOrgID }),
  };
  const condition = {
    ...(Object.keys(stringEquals).length && { StringEquals: stringEquals }),
    ...(input.InvokedViaFunctionUrl !== undefined && { Bool: { 'lambda:InvokedViaFunctionUrl': String(input.InvokedViaFunctionUrl) } }),
    ...(input.SourceArn && { ArnLike: { 'AWS:SourceArn': input.SourceArn } }),
  };
  return {
    Sid: input.StatementId!,
    Effect: 'Allow',
    Principal: toPrincipal(input.Principal!),
    Action: input.Action!,
    Resource: arn,
    ...(Object.keys(condition).length && { Condition: condition }),
  };
}

function toPrincipal(principal: string): unknown {
  if (principal === '*') return principal;
  if (/^\d{12}$/.test(principal)) return { AWS: `arn:aws:iam::${principal}:root` };
  return principal.startsWith('arn:') ? { AWS: principal } : { Service: principal };
}
