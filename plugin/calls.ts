import type { Resource, Template } from './framework.ts';
import { describePath, findReferences, type Named, type Path, type Reference } from './references.ts';
import { isObject } from './settings.ts';

/** What in a compiled template still calls a released function past its alias: mended where it may be, told where not. */

/** A call past the alias. */
export interface BareCall {
  resourceId: string;
  resource: Resource;
  reference: Reference;
}

/** Names a function and calls none. Roles are looked at by what they allow. */
const NO_CALLS =
  /^(AWS::IAM::|AWS::Logs::(LogGroup|MetricFilter)$|AWS::CloudWatch::|AWS::Lambda::(Version|Alias|LayerVersionPermission)$|AWS::ApplicationAutoScaling::|Custom::TealAlias$)/;

/** What calls is for others to know: code that reads a variable, a handler of a custom resource, another stack. */
const NOT_OURS = /^(AWS::Lambda::Function$|AWS::SSM::|AWS::SecretsManager::|AWS::CloudFormation::|Custom::)/;

export function findBareCalls({ Resources: resources }: Template, functions: Named[]): BareCall[] {
  return Object.entries(resources).flatMap(([resourceId, resource]) => {
    if (NO_CALLS.test(resource.Type)) return [];
    const references = findReferences(callingProperties(resource, functions), functions);
    return references.flatMap((reference) => (reference.isBare ? [{ resourceId, resource, reference }] : []));
  });
}

/** The properties without what names the function and its alias apart, and without a function's own name. */
function callingProperties({ Type: type, Properties: properties = {} }: Resource, functions: Named[]): Record<string, unknown> {
  if (type === 'AWS::Lambda::Function') return { ...properties, FunctionName: undefined };
  const isAlias = (qualifier: unknown) => functions.some(({ alias }) => qualifier === alias.name || isObject(qualifier));
  // AWS::Lambda::EventInvokeConfig and AWS::Lambda::Url have a Qualifier, the framework's own custom resources a FunctionQualifier.
  if (isAlias(properties.Qualifier) || isAlias(properties.FunctionQualifier))
    return { ...properties, FunctionName: undefined, TargetFunctionArn: undefined };
  return properties;
}

/** Points every call that the framework compiled at the alias, and lets every role that may call a function call its alias too. */
export function mendTemplate(template: Template, functions: Named[]): void {
  for (const { resource, reference } of findBareCalls(template, functions)) {
    if (NOT_OURS.test(resource.Type)) continue;
    const { path, named, isInText } = reference;
    replaceAt(resource.Properties!, path, (value) => (isInText ? inText(value as string, named) : { Ref: named.alias.logicalId }));
  }
  for (const { statement, named } of findBareRights(template, functions)) {
    const resources = [statement.Resource].flat();
    const alias = {
      'Fn::Sub': `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:${named.name}:${named.alias.name}`,
    };
    statement.Resource = [...resources, alias];
  }
}

/** `${Orders.Arn}` → `${Orders.Arn}:live`, "…:function:shop-prod-orders" → "…:function:shop-prod-orders:live". */
const inText = (text: string, { logicalId, name, alias }: Named): string =>
  text.replaceAll(
    new RegExp(`(\\$\\{${logicalId}(?:\\.Arn)?\\}|(?<=:function:)${name}(?![\\w-]))(?!:)`, 'g'),
    (found) => `${found}:${alias.name}`,
  );

function replaceAt(root: Record<string, unknown>, path: Path, replace: (value: unknown) => unknown): void {
  const parent = path.slice(0, -1).reduce<unknown>((at, step) => (at as Record<string | number, unknown>)[step], root) as Record<
    string | number,
    unknown
  >;
  const last = path.at(-1)!;
  parent[last] = replace(parent[last]);
}

type Statement = Record<string, unknown>;

/** Statements that allow to call a function and not its alias: Lambda holds a call to the ARN that it named. */
function findBareRights(
  { Resources: resources }: Template,
  functions: Named[],
): { resourceId: string; statement: Statement; named: Named }[] {
  return Object.entries(resources).flatMap(([resourceId, { Type: type, Properties: properties }]) =>
    type.startsWith('AWS::IAM::')
      ? findStatements(properties).flatMap((statement) => {
          const references = allowsCalls(statement) ? findReferences(statement.Resource, functions) : [];
          const has = (named: Named, isBare: boolean) => references.some((one) => one.named === named && one.isBare === isBare);
          return functions.filter((named) => has(named, true) && !has(named, false)).map((named) => ({ resourceId, statement, named }));
        })
      : [],
  );
}

function findStatements(value: unknown): Statement[] {
  if (Array.isArray(value)) return value.flatMap(findStatements);
  if (!isObject(value)) return [];
  return 'Effect' in value ? [value] : Object.values(value).flatMap(findStatements);
}

const allowsCalls = ({ Effect: effect, Action: action }: Statement) =>
  effect === 'Allow' && [action].flat().some((one) => typeof one === 'string' && /^(\*|lambda:(\*|Invoke(\*|Function)))$/i.test(one));

/** What is left, for a person: where, what calls, and what to write instead. */
export function describeBareCalls(template: Template, functions: Named[]): string[] {
  return [
    ...findBareCalls(template, functions).map(describeCall),
    ...findBareRights(template, functions).map(
      ({ resourceId, named }) =>
        `${resourceId} allows to call ${named.name} and not its alias: a call through the alias is denied. Add to its Resource: !Ref ${named.alias.logicalId}`,
    ),
  ];
}

function describeCall({ resourceId, resource: { Type: type }, reference: { path, named, gives, isInText } }: BareCall): string {
  const { name, alias, logicalId } = named;
  const place = `${resourceId} (${type}) calls ${name} past its alias ${alias.name}, at ${describePath(path)}: new code is live there before Teal releases it.`;
  if (/^Custom::(S3|EventBridge|CognitoUserPool)$/.test(type))
    return `${place} This framework's own ${type} cannot name an alias (osls 4 can): use osls 4, or say release: false in functions.${named.key}`;
  // A function that refers to its own alias resource would be a circle.
  if (type === 'AWS::Lambda::Function')
    return `${place} Say instead: ${gives === 'name' ? `${name}:${alias.name}` : `!Sub arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:${name}:${alias.name}`}`;
  if (isInText)
    return `${place} Say \${${alias.logicalId}} instead of \${${logicalId}.Arn} there (in Fn::Sub), or add :${alias.name} to the function's ARN`;
  return `${place} Say instead: !Ref ${alias.logicalId}`;
}
