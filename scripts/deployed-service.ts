import type { Deployment } from '../local/cloudformation/deploy.ts';

/** A deployed service, for the ready line. */
export interface DeployedService {
  stackName: string;
  /** The URL of its HTTP API. */
  api?: string;
  functions: string[];
  /** `function:alias` */
  aliases: string[];
  alarms: string[];
  outputs: Record<string, string>;
}

export function describeService({ stackName, outputs, resources }: Deployment, endpoint: string): DeployedService {
  const namesOf = (...types: string[]) =>
    Object.values(resources)
      .filter(({ type }) => types.includes(type))
      .map(({ physicalId }) => physicalId);
  const [apiId] = namesOf('AWS::ApiGatewayV2::Api');
  return {
    stackName,
    ...(apiId && { api: apiUrl(endpoint, apiId) }),
    functions: namesOf('AWS::Lambda::Function'),
    aliases: namesOf('AWS::Lambda::Alias').map((arn) => arn.split(':').slice(-2).join(':')),
    alarms: namesOf('AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm'),
    outputs,
  };
}

export const apiUrl = (endpoint: string, apiId: string) => `${endpoint}/execute-api/${apiId}`;

/** What a person needs to know of it, line by line. */
export function serviceLines({ stackName, api, functions, aliases, alarms }: DeployedService): string[] {
  const list = (what: string, names: string[]) => (names.length ? [`  ${what} ${names.join(', ')}`] : []);
  return [
    `${stackName} is deployed:`,
    ...list('functions', functions),
    ...list('aliases', aliases),
    ...list('alarms', alarms),
    ...list('API', api ? [api] : []),
  ];
}
