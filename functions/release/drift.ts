import type { AliasName, MetricQuery } from './judge/metrics.ts';
import { allTraffic, describeRouting, isSameRouting, type Routing } from './routing.ts';

/** Whether an alias is where Teal left it, who else may move it, and whether users come through it at all. */

/** The CloudFormation resource that an alias is. */
export interface StackResource {
  stack: string;
  logicalId: string;
  /** "AWS::Lambda::Alias", or "Custom::TealAlias". */
  type: string;
}

/** What the last promoted release put in service. */
export interface Serving {
  version: string;
  releaseId: string;
  since: string;
  /** What a rollback took out of service, when that is what put this in service. */
  rolledBack?: { version: string; codeSha256?: string };
}

export interface AliasFacts {
  routing: Routing;
  serving: Serving | undefined;
  /** Of $LATEST; undefined when that is not what would be released. */
  latestCodeSha256?: string;
  /** Undefined when no stack has it; "unknown" when CloudFormation did not answer. */
  owner: StackResource | undefined | 'unknown';
  /** Of the last day; undefined when CloudWatch did not answer. */
  requests: RequestCounts | undefined;
}

export interface RequestCounts {
  /** By whatever name, also of what Teal itself sent to a version: smoke tests, warm-ups. */
  ofFunction: number;
  ofAlias: number;
  /** By the bare name or as $LATEST: no release changes what these get, and Teal's own calls are none of them. */
  ofLatest: number;
}

/** What is to be added up for each count. Lambda counts a request under the name by which it was called, which is its Resource. */
export const requestQueries = ({ function: name, alias }: AliasName): Record<keyof RequestCounts, MetricQuery[]> => {
  const of = (dimensions: Record<string, string>) => ({
    namespace: 'AWS/Lambda',
    metricName: 'Invocations',
    statistic: 'Sum',
    dimensions: { FunctionName: name, ...dimensions },
  });
  return {
    ofFunction: [of({})],
    ofAlias: [of({ Resource: `${name}:${alias}` })],
    ofLatest: [of({ Resource: name }), of({ Resource: `${name}:$LATEST` })],
  };
};

/** What a person should know of an alias before it is released, in words; empty when all is as Teal left it. */
export function describeDrift(target: AliasName, { routing, serving, latestCodeSha256, owner, requests }: AliasFacts): string[] {
  const alias = `alias ${target.alias} of ${target.function}`;
  const isMoved = serving !== undefined && !isSameRouting(routing, allTraffic(serving.version));
  const isBackAgain = latestCodeSha256 !== undefined && serving?.rolledBack?.codeSha256 === latestCodeSha256;
  return [
    ...(isBackAgain
      ? [
          `the code in $LATEST of ${target.function} is that of version ${serving!.rolledBack!.version}, which release ${serving!.releaseId} rolled back: the next release would bring it again`,
        ]
      : []),
    ...(isMoved
      ? [
          `somebody has moved ${alias} since: it is on ${describeRouting(routing)}, and release ${serving.releaseId} put version ${serving.version} in service at ${serving.since}`,
        ]
      : []),
    ...(owner === 'unknown' ? [`CloudFormation did not say whether a stack has ${alias}`] : []),
    // A property of such a resource that changes makes CloudFormation write the version of the template again.
    ...(typeof owner === 'object' && owner.type === 'AWS::Lambda::Alias'
      ? [
          `stack ${owner.stack} owns where ${alias} points (${owner.logicalId}): a deploy that changes the resource moves it, also during a release`,
        ]
      : []),
    ...(requests === undefined ? [`CloudWatch did not say whether anybody calls ${alias}`] : []),
    ...(requests !== undefined && requests.ofLatest > 0 && requests.ofAlias === 0
      ? [
          `${target.function} had ${requests.ofLatest === 1 ? '1 request' : `${requests.ofLatest.toLocaleString('en')} requests`} without an alias in the last day, and its alias ${target.alias} none: whoever calls the function so gets $LATEST, whatever a release does; POST /adoptions tells who that is`,
        ]
      : []),
  ];
}
