import type { Resource, Template } from './framework.ts';
import { findReferences, type Named } from './references.ts';
import { isObject } from './settings.ts';

/**
 * The order in which CloudFormation moves callers of a service that serves already: a caller goes to the alias once the
 * alias is there and may be called. CloudFormation orders by references and DependsOn alone, and neither an integration
 * nor a topic names the permission that it needs.
 */

/** Who calls for a type of resource. The rest needs no permission on the function: it calls by a role. */
const PRINCIPALS: [type: RegExp, principal: RegExp][] = [
  [/^AWS::ApiGateway(V2)?::/, /apigateway/],
  [/^AWS::Events::|^Custom::EventBridge$/, /events/],
  [/^AWS::SNS::/, /sns/],
  [/^AWS::S3::|^Custom::S3$/, /s3/],
  [/^AWS::Logs::/, /logs/],
  [/^AWS::IoT::/, /iot/],
  [/^AWS::Cognito::|^Custom::CognitoUserPool$/, /cognito-idp/],
  [/^AWS::ElasticLoadBalancingV2::/, /elasticloadbalancing/],
];

const PERMISSION = 'AWS::Lambda::Permission';

/** Makes everything that calls an alias wait for it, and for its permission where that does not wait for the caller itself. */
export function orderCutOver({ Resources: resources }: Template, functions: Named[]): void {
  const graph = new Map(Object.entries(resources).map(([id, resource]) => [id, dependenciesOf(resource, resources)]));
  const wait = (id: string, forId: string) => {
    if (id === forId || graph.get(id)!.has(forId) || reaches(graph, forId, id)) return;
    graph.get(id)!.add(forId);
    const { DependsOn: before = [] } = resources[id]!;
    resources[id]!.DependsOn = [...[before].flat(), forId];
  };
  const byAlias = Object.entries(resources).map(([id, resource]) => {
    const references = findReferences(resource.Properties, functions).filter(({ isBare }) => !isBare);
    return { id, resource, named: new Set(references.map(({ named }) => named)) };
  });
  const permissions = byAlias.filter(({ resource }) => resource.Type === PERMISSION);
  for (const { id, resource, named } of byAlias) {
    if (/^AWS::(IAM::|Lambda::Function$)/.test(resource.Type)) continue;
    for (const one of named) if (resources[one.alias.logicalId]) wait(id, one.alias.logicalId);
    const principal = PRINCIPALS.find(([type]) => type.test(resource.Type))?.[1];
    if (!principal) continue;
    const words = new Set(wordsOf(resource.Properties));
    for (const permission of permissions) {
      const { Principal: who, SourceArn: source } = permission.resource.Properties!;
      // Without a source it is for all of them.
      const isFor = principal.test(JSON.stringify(who)) && (source === undefined || wordsOf(source).some((word) => words.has(word)));
      if (isFor && [...named].some((one) => permission.named.has(one))) wait(id, permission.id);
    }
  }
}

/** What a source and who calls for it have in common: "HttpApi" of a Ref, "orders" of a topic's name and ARN. */
function wordsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value.replace(/^[:/*]+|[:/*]+$/g, '')].filter((word) => !IN_EVERY_ARN.test(word));
  return Array.isArray(value) || isObject(value) ? Object.values(value).flatMap(wordsOf) : [];
}

const IN_EVERY_ARN = /^(|arn|Arn|AWS::\w+|lambda|sns|s3|events|logs|iot|rule|execute-api)$/;

function reaches(graph: Map<string, Set<string>>, from: string, to: string, seen = new Set<string>()): boolean {
  if (from === to) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return [...(graph.get(from) ?? [])].some((next) => reaches(graph, next, to, seen));
}

/** The resources that a resource refers to or names in DependsOn. */
function dependenciesOf({ Properties: properties, DependsOn: dependsOn = [] }: Resource, resources: Template['Resources']): Set<string> {
  const found = new Set([dependsOn].flat());
  const visit = (value: unknown): void => {
    for (const inner of Array.isArray(value) || isObject(value) ? Object.values(value) : []) visit(inner);
    if (!isObject(value)) return;
    if (typeof value.Ref === 'string') found.add(value.Ref);
    const got = value['Fn::GetAtt'];
    if (got !== undefined) found.add(String(typeof got === 'string' ? got.split('.')[0] : (got as unknown[])[0]));
    const text = [value['Fn::Sub']].flat()[0];
    if (typeof text === 'string') for (const [, id] of text.matchAll(/\$\{(\w+)[.}]/g)) found.add(id!);
  };
  visit(properties);
  return new Set([...found].filter((id) => Object.hasOwn(resources, id)));
}
