import type { CloudWatchClientConfig } from '@aws-sdk/client-cloudwatch';
import type { Credentials } from '../client/sign.ts';
import type { MetricQuery, Series } from '../functions/release/judge/metrics.ts';
import type { LambdaAccess } from './lambda-access.ts';

/** What the command asks AWS, with the person's own credentials. Each client is loaded when it is needed. */
export interface Aws {
  /** Throws when none is set. */
  region(): Promise<string>;
  credentials(): Promise<Credentials>;
  /** Whose the credentials are: an ARN. */
  readCaller(): Promise<string>;
  /** Throws when there is no such stack. */
  readStack(name: string): Promise<Stack>;
  /** The names of all functions of the account and region. */
  listFunctions(): Promise<string[]>;
  lambda(): Promise<LambdaAccess>;
  /** What CloudWatch has, by minute since 1970, from one time on until before another. */
  readMetrics(queries: MetricQuery[], fromMs: number, untilMs: number): Promise<Series[]>;
}

export interface Stack {
  /** "UPDATE_COMPLETE" */
  status: string;
  outputs: Record<string, string>;
}

/** Where a person looks for credentials, and in which region. */
export interface AwsChoice {
  region?: string;
  profile?: string;
}

/** What stands for the SDK's own findings in tests. */
export interface ClientConfig {
  region?: string;
  credentials?: Credentials;
  requestHandler?: CloudWatchClientConfig['requestHandler'];
}

const MINUTE_MS = 60_000;
/** Whoever names a profile has chosen: the SDK would warn of the keys that are set beside. */
const nothing = () => {};
const QUIET = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };
/** GetMetricData takes 500 queries. */
const QUERIES_PER_CALL = 500;

export function connectAws({ region, profile }: AwsChoice, given: ClientConfig = {}): Aws {
  const config = async () => ({ ...given, region: await aws.region(), credentials: aws.credentials, ...(profile && { profile }) });
  const credentials = once(async () => {
    const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
    return defaultProvider(profile ? { profile, logger: QUIET } : {});
  });
  const aws: Aws = {
    region: once(async () => {
      const known = region ?? given.region;
      if (known) return known;
      const { loadConfig, NODE_REGION_CONFIG_FILE_OPTIONS, NODE_REGION_CONFIG_OPTIONS } = await import('@smithy/core/config');
      const found = await loadConfig(NODE_REGION_CONFIG_OPTIONS, { ...NODE_REGION_CONFIG_FILE_OPTIONS, ...(profile && { profile }) })();
      // An AWS_REGION without a text is none.
      if (!found) throw new Error('Region is missing');
      return found;
    }),
    async credentials() {
      return given.credentials ?? (await credentials())();
    },
    async readCaller() {
      const { STSClient, GetCallerIdentityCommand } = await import('@aws-sdk/client-sts');
      return (await new STSClient(await config()).send(new GetCallerIdentityCommand({}))).Arn!;
    },
    async readStack(name) {
      const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
      const client = new CloudFormationClient(await config());
      const { Stacks: stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
      const { StackStatus: status, Outputs: outputs = [] } = stacks[0]!;
      return { status: status!, outputs: Object.fromEntries(outputs.map(({ OutputKey, OutputValue }) => [OutputKey!, OutputValue!])) };
    },
    async listFunctions() {
      const { LambdaClient, paginateListFunctions } = await import('@aws-sdk/client-lambda');
      const names: string[] = [];
      for await (const { Functions = [] } of paginateListFunctions({ client: new LambdaClient(await config()) }, {}))
        names.push(...Functions.map(({ FunctionName }) => FunctionName!));
      return names;
    },
    async lambda() {
      const { accessLambda } = await import('./lambda-access.ts');
      return accessLambda(await config());
    },
    async readMetrics(queries, fromMs, untilMs) {
      const { CloudWatchClient, paginateGetMetricData } = await import('@aws-sdk/client-cloudwatch');
      const client = new CloudWatchClient(await config());
      const found = queries.map(() => new Map<number, number>());
      for (let start = 0; start < queries.length; start += QUERIES_PER_CALL) {
        const input = {
          StartTime: new Date(fromMs),
          EndTime: new Date(untilMs),
          MetricDataQueries: queries.slice(start, start + QUERIES_PER_CALL).map((query, index) => toDataQuery(query, start + index)),
        };
        for await (const { MetricDataResults = [] } of paginateGetMetricData({ client }, input)) {
          for (const { Id, Timestamps = [], Values = [] } of MetricDataResults)
            for (const [index, time] of Timestamps.entries())
              found[Number(Id!.slice(1))]!.set(Math.floor(time.getTime() / MINUTE_MS), Values[index]!);
        }
      }
      return found;
    },
  };
  return aws;
}

const toDataQuery = ({ namespace, metricName, dimensions, statistic }: MetricQuery, index: number) => ({
  Id: `q${index}`,
  MetricStat: {
    Metric: {
      Namespace: namespace,
      MetricName: metricName,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    },
    Period: 60,
    Stat: statistic,
  },
});

/** The same answer to whoever asks again. */
function once<Result>(ask: () => Promise<Result>): () => Promise<Result> {
  let asked: Promise<Result> | undefined;
  return () => {
    asked ??= ask();
    return asked;
  };
}
