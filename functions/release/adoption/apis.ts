import { command } from './command.ts';
import type { Permission } from './policy.ts';
import { type Adopted, type Caller, change, withAlias } from './report.ts';

/** API Gateway: which APIs to read, and which of their parts invoke a bare function. */

/** An integration, or a Lambda authorizer. */
interface Invoking {
  id: string;
  uri?: string;
  /** The role that invokes, where it is not API Gateway itself. */
  roleArn?: string;
}

/** An HTTP or WebSocket API. */
export interface Api {
  apiId: string;
  integrations: Invoking[];
  authorizers: Invoking[];
  /** By the integration that each has. */
  routes: { key: string; integrationId?: string }[];
  stages: { name: string; isAutoDeployed: boolean }[];
}

export interface RestApi {
  apiId: string;
  /** `id` is the resource's. */
  methods: (Invoking & { path: string; method: string })[];
  authorizers: Invoking[];
  stages: { name: string; variables: Record<string, string> }[];
}

/** The APIs that permissions name as their source; "all" when one names none, or any. */
export function apisNamed(adopted: Adopted, permissions: Permission[]): Set<string> | 'all' {
  const ids = new Set<string>();
  for (const { principal, sourceArn } of permissions) {
    if (principal !== 'apigateway.amazonaws.com') continue;
    const id = apiIdOf(adopted, sourceArn);
    if (id === 'any') return 'all';
    if (id !== undefined) ids.add(id);
  }
  return ids;
}

/** Of `arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4/*`; undefined for an API of another account or region. */
export function apiIdOf({ region, accountId }: Adopted, sourceArn: string | undefined): string | 'any' | undefined {
  if (sourceArn === undefined) return 'any';
  const [, , , ofRegion = '*', ofAccount = '*', resource = '*'] = sourceArn.split(':');
  const id = resource.split('/')[0]!;
  if (!mayBe(ofRegion, region) || !mayBe(ofAccount, accountId)) return undefined;
  return /[*?]/.test(id) || id === '' ? 'any' : id;
}

const mayBe = (pattern: string, value: string) => pattern === value || pattern.includes('*');

const roleWords = ({ aliasArn }: Adopted, { roleArn }: Invoking) =>
  roleArn === undefined
    ? []
    : [`first let ${roleArn}, by which API Gateway calls, invoke ${aliasArn}: its policy is not changed by the adoption`];

/** Who of an HTTP or WebSocket API invokes the bare function. */
export function findInApi(adopted: Adopted, { apiId, integrations, authorizers, routes, stages }: Api): Caller[] {
  const { region } = adopted;
  const deploy = stages
    .filter(({ isAutoDeployed }) => !isAutoDeployed)
    .map(({ name }) => command('apigatewayv2 create-deployment', region, { 'api-id': apiId, 'stage-name': name }));
  const words = (part: Invoking) => [...roleWords(adopted, part), ...(deploy.length > 0 ? [DEPLOYS_ALL] : [])];
  const changed = (part: Invoking, operation: string, options: Record<string, string>) =>
    change(adopted, [command(`apigatewayv2 ${operation}`, region, { 'api-id': apiId, ...options }), ...deploy], words(part));
  return [
    ...integrations.flatMap((part): Caller[] => {
      const uri = withAlias(adopted, part.uri);
      if (uri === undefined) return [];
      const keys = routes.filter(({ integrationId }) => integrationId === part.id).map(({ key }) => key);
      return [
        {
          kind: 'api-integration',
          where: { api: apiId, integration: part.id, routes: keys.sort() },
          change: changed(part, 'update-integration', { 'integration-id': part.id, 'integration-uri': uri }),
        },
      ];
    }),
    ...authorizers.flatMap((part): Caller[] => {
      const uri = withAlias(adopted, part.uri);
      if (uri === undefined) return [];
      return [
        {
          kind: 'api-authorizer',
          where: { api: apiId, authorizer: part.id },
          change: changed(part, 'update-authorizer', { 'authorizer-id': part.id, 'authorizer-uri': uri }),
        },
      ];
    }),
  ];
}

const DEPLOYS_ALL = 'a deployment takes with it whatever else was changed in the API since the last one';

/** Who of a REST API invokes the bare function; by a stage variable too, with the value that each stage gives it. */
export function findInRestApi(adopted: Adopted, { apiId, methods, authorizers, stages }: RestApi): Caller[] {
  const { region } = adopted;
  const deploy = stages.map(({ name }) => command('apigateway create-deployment', region, { 'rest-api-id': apiId, 'stage-name': name }));
  const patched = (part: Invoking, operation: string, options: Record<string, string>, path: string, value: string) =>
    change(
      adopted,
      [
        command(`apigateway ${operation}`, region, { 'rest-api-id': apiId, ...options, 'patch-operations': replace(path, value) }),
        ...deploy,
      ],
      [...roleWords(adopted, part), ...(deploy.length > 0 ? [DEPLOYS_ALL] : [])],
    );
  return [
    ...methods.flatMap((part): Caller[] => {
      const uri = withAlias(adopted, part.uri);
      if (uri === undefined) return [];
      const options = { 'resource-id': part.id, 'http-method': part.method };
      return [
        {
          kind: 'rest-api-integration',
          where: { api: apiId, resource: part.id, route: `${part.method} ${part.path}` },
          change: patched(part, 'update-integration', options, '/uri', uri),
        },
      ];
    }),
    ...authorizers.flatMap((part): Caller[] => {
      const uri = withAlias(adopted, part.uri);
      if (uri === undefined) return [];
      return [
        {
          kind: 'rest-api-authorizer',
          where: { api: apiId, authorizer: part.id },
          change: patched(part, 'update-authorizer', { 'authorizer-id': part.id }, '/authorizerUri', uri),
        },
      ];
    }),
    ...stages.flatMap((stage) => findInStage(adopted, apiId, stage, [...methods, ...authorizers])),
  ];
}

const replace = (path: string, value: string) => JSON.stringify([{ op: 'replace', path, value }]);

const STAGE_VARIABLE = /\$\{stageVariables\.(\w+)\}/;

/** The variables by which addresses of the API are the bare function's in one stage. */
function findInStage(adopted: Adopted, apiId: string, { name, variables }: RestApi['stages'][number], parts: Invoking[]): Caller[] {
  const used = parts.flatMap(({ id, uri = '' }) => {
    const variable = STAGE_VARIABLE.exec(uri)?.[1];
    const resolved = uri.replaceAll(new RegExp(STAGE_VARIABLE, 'g'), (placeholder, key: string) => variables[key] ?? placeholder);
    return variable !== undefined && withAlias(adopted, resolved) !== undefined ? [{ id, variable }] : [];
  });
  return [...new Set(used.map(({ variable }) => variable))].map((variable): Caller => {
    const value = variables[variable]!;
    const withQualifier = `${value.replace(/:\$LATEST$/, '')}:${adopted.alias}`;
    const options = { 'rest-api-id': apiId, 'stage-name': name, 'patch-operations': replace(`/variables/${variable}`, withQualifier) };
    return {
      kind: 'rest-api-stage-variable',
      where: {
        api: apiId,
        stage: name,
        variable,
        usedBy: [...new Set(used.flatMap((use) => (use.variable === variable ? [use.id] : [])))],
      },
      change: change(
        adopted,
        [command('apigateway update-stage', adopted.region, options)],
        [`whatever of this stage has the variable gets ${withQualifier}: it must be the end of the function's name there`],
      ),
    };
  });
}
