import { command } from './command.ts';
import { freeStatementId, type Permission, type PolicyStatement, toPermission } from './policy.ts';
import { type Adopted, type Caller, change } from './report.ts';

/** The URL of a bare function. The alias's is another address: nobody can move one to the other. */

export interface FunctionUrl {
  url: string;
  authType: string;
  invokeMode?: string;
  /** As CreateFunctionUrlConfig takes it. */
  cors?: Record<string, unknown>;
}

export interface Urls {
  ofFunction: FunctionUrl;
  ofAlias: FunctionUrl | undefined;
}

/** `ofAlias` is the alias's policy: what it lacks for its URL is among the commands. */
export function findUrl(adopted: Adopted, { ofFunction, ofAlias: existing }: Urls, ofAlias: PolicyStatement[]): Caller {
  const { function: name, alias, region } = adopted;
  const named = { 'function-name': name, qualifier: alias };
  const create = command('lambda create-function-url-config', region, {
    ...named,
    'auth-type': ofFunction.authType,
    cors: ofFunction.cors && JSON.stringify(ofFunction.cors),
    'invoke-mode': ofFunction.invokeMode,
  });
  const where = existing ? `which is ${existing.url}` : 'which the command prints';
  const remove = command('lambda delete-function-url-config', region, { 'function-name': name });
  return {
    kind: 'function-url',
    where: { url: ofFunction.url, authType: ofFunction.authType },
    change: change(
      adopted,
      [...(existing ? [] : [create]), ...(ofFunction.authType === 'NONE' ? openToAll(named, region, ofAlias) : [])],
      [
        `the alias's URL, ${where}, is another address: give it to whoever calls the old one, and then end that: ${remove}`,
        ...(ofFunction.authType === 'NONE' ? [] : [`whoever calls it by a policy of his own needs one for ${adopted.aliasArn}`]),
      ],
    ),
  };
}

/** URLs made since October 2025 need both of these ("Control access to Lambda function URLs", Lambda Developer Guide). */
function openToAll(named: Record<string, string>, region: string, ofAlias: PolicyStatement[]): string[] {
  const isAllowed = (action: string) => ofAlias.some((statement) => isOpen(toPermission(statement), action));
  const taken = ofAlias.map(({ Sid }) => Sid);
  const add = (action: string, statementId: string, rest: Record<string, string | true>) =>
    command('lambda add-permission', region, {
      ...named,
      'statement-id': freeStatementId(statementId, taken),
      action,
      principal: '*',
      ...rest,
    });
  return [
    ...(isAllowed('lambda:InvokeFunctionUrl')
      ? []
      : [add('lambda:InvokeFunctionUrl', 'FunctionUrlPublic', { 'function-url-auth-type': 'NONE' })]),
    ...(isAllowed('lambda:InvokeFunction')
      ? []
      : [add('lambda:InvokeFunction', 'FunctionUrlInvoke', { 'invoked-via-function-url': true })]),
  ];
}

/** Whether a permission lets everyone in who comes by the URL: one for an organization, an account or a source does not. */
const isOpen = (permission: Permission | undefined, wanted: string): boolean =>
  permission !== undefined &&
  permission.principal === '*' &&
  permission.action === wanted &&
  (permission.functionUrlAuthType ?? 'NONE') === 'NONE' &&
  [permission.principalOrgId, permission.sourceAccount, permission.sourceArn, permission.eventSourceToken].every(
    (one) => one === undefined,
  );
