import { type CloudWatchClient, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  InvokeCommand,
  type LambdaClient,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { zipSync } from 'fflate';

/** The function under release: a back end of a mobile app, small enough to read here. */

export const FUNCTION = 'mobile-api';
export const ALIAS = 'live';
export const ALARM = 'mobile-api-errors';

/** What the bad version says when it fails: how its failures are told from any other. */
export const BUG = 'cannot add up an empty cart';
/** Every fourth customer has an empty cart. */
const CUSTOMERS = 4;

/** The request of the nth customer. */
export const requestOf = (n: number) => ({ path: '/cart/total', cart: n % CUSTOMERS === 0 ? [] : [10, 5 * (n % CUSTOMERS)] });

/** What a smoke test asks, and what it expects: a cart that is not empty, so it does not see the bug. */
export const SMOKE_TEST = { target: FUNCTION, payload: requestOf(1), expect: { statusCode: 200 } };

const CODE = {
  first: `exports.handler = async ({ cart }) => ({ statusCode: 200, total: cart.reduce((sum, price) => sum + price, 0) });`,
  good: `exports.handler = async ({ cart }) => ({ statusCode: 200, total: cart.reduce((sum, price) => sum + price, 0), currency: 'EUR' });`,
  bad: `exports.handler = async ({ cart }) => {
  if (cart.length === 0) throw new Error('${BUG}');
  return { statusCode: 200, total: cart.reduce((sum, price) => sum + price), currency: 'EUR', discount: 0 };
};`,
};

const zip = (version: keyof typeof CODE) => zipSync({ 'index.js': Buffer.from(CODE[version]) });

/** The function at its first version behind its alias, and an alarm on the alias's error rate. */
export async function createMobileApi(lambda: LambdaClient, cloudwatch: CloudWatchClient, accountId: string): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: FUNCTION,
      Role: `arn:aws:iam::${accountId}:role/${FUNCTION}`,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: zip('first') },
      Publish: true,
    }),
  );
  await lambda.send(new CreateAliasCommand({ FunctionName: FUNCTION, Name: ALIAS, FunctionVersion: '1' }));
  // Its first process, so that steady traffic does not begin with a burst of cold starts.
  await lambda.send(new InvokeCommand({ FunctionName: FUNCTION, Qualifier: ALIAS, Payload: Buffer.from(JSON.stringify(requestOf(1))) }));
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName: ALARM,
      AlarmDescription: 'More than 1 % of the requests of a minute failed',
      Metrics: [
        metric('errors', 'Errors'),
        metric('requests', 'Invocations'),
        { Id: 'rate', Expression: '100 * errors / requests', Label: 'failed requests in %', ReturnData: true },
      ],
      EvaluationPeriods: 1,
      DatapointsToAlarm: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
    }),
  );
}

const metric = (id: string, name: string) => ({
  Id: id,
  ReturnData: false,
  MetricStat: {
    Metric: {
      Namespace: 'AWS/Lambda',
      MetricName: name,
      Dimensions: [
        { Name: 'FunctionName', Value: FUNCTION },
        { Name: 'Resource', Value: `${FUNCTION}:${ALIAS}` },
      ],
    },
    Period: 60,
    Stat: 'Sum',
  },
});

/** Puts a version's code into $LATEST, as a deploy does. */
export async function deployCode(lambda: LambdaClient, version: 'good' | 'bad'): Promise<void> {
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: FUNCTION, ZipFile: zip(version) }));
}
