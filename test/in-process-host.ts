import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient } from '@aws-sdk/client-sfn';
import { unzipSync } from 'fflate';
import { type Aws, namesFrom } from '../functions/aws/connect.ts';
import type { FunctionHost, HostedVersion, RuntimeAnswer } from '../local/lambda/host.ts';

type Handler = (event: never, context: never) => Promise<unknown>;
interface HandlerModule {
  createHandler(aws: Aws): Handler;
}

/** What a sample function does, by the name that its code carries. */
export type Behaviours = Record<string, (event: unknown, version: HostedVersion) => unknown>;

/**
 * Runs functions in the test's own process, on the virtual clock: Teal's handlers from their source, with clients of
 * the world's AWS, everything else as `behaviours` says.
 */
export function createInProcessHost(clientConfig: () => { requestHandler: object; region: string; credentials: object }, behaviours: Behaviours): FunctionHost {
  return {
    open(version) {
      const handle = version.functionName.startsWith('teal-') ? teal(version, clientConfig()) : sample(version, behaviours);
      return {
        async invoke({ payload, requestId }) {
          try {
            const result = await (await handle)(JSON.parse(Buffer.from(payload).toString()) as never, { awsRequestId: requestId, functionName: version.functionName } as never);
            return answer(result);
          } catch (error) {
            return failure(error as Error);
          }
        },
        async close() {},
      };
    },
  };
}

const answer = (result: unknown): RuntimeAnswer => ({ payload: Buffer.from(typeof result === 'string' && result.startsWith('raw:') ? result.slice(4) : JSON.stringify(result ?? null)), logTail: '' });

const failure = (error: Error): RuntimeAnswer => ({
  functionError: 'Unhandled',
  payload: Buffer.from(JSON.stringify({ errorType: error.name, errorMessage: error.message, trace: [] })),
  logTail: '',
});

async function teal(version: HostedVersion, config: object): Promise<Handler> {
  const file = version.handler.replace(/^functions\/(.*)\.handler$/, '$1');
  const { createHandler } = (await import(`../functions/${file}.ts`)) as HandlerModule;
  // What is transient is tried again by the state machine; the SDK's own pauses would take the machine's time.
  const settings = { ...config, maxAttempts: 1 };
  return createHandler({
    lambda: new LambdaClient(settings),
    cloudwatch: new CloudWatchClient(settings),
    sfn: new SFNClient(settings),
    events: new EventBridgeClient(settings),
    table: { client: new DynamoDBClient(settings), name: version.environment.TABLE_NAME! },
    names: namesFrom(version.environment),
  });
}

async function sample(version: HostedVersion, behaviours: Behaviours): Promise<Handler> {
  const name = Buffer.from(unzipSync(version.zip)['index.mjs']!).toString();
  const behave = behaviours[name];
  if (!behave) throw new Error(`no behaviour is called ${name}`);
  return async (event: unknown) => behave(event, version);
}
