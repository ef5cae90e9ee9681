import { AsyncLocalStorage } from 'node:async_hooks';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient } from '@aws-sdk/client-sfn';
import { unzipSync } from 'fflate';
import { type Aws, namesFrom } from '../functions/aws/connect.ts';
import type { LocalAws } from '../local/aws.ts';
import { NoReply } from '../local/faults.ts';
import type { FunctionHost, HostedVersion, RuntimeAnswer } from '../local/lambda/host.ts';
import { operationOf } from '../local/operation.ts';

type Handler = (event: never, context: never) => Promise<unknown>;
interface HandlerModule {
  createHandler(aws: Aws): Handler;
}

/** A call of one of Teal's functions to AWS, as it leaves. */
export interface OutgoingCall {
  /** "shiftTraffic" */
  from: string;
  /** "UpdateAlias" */
  operation: string;
}

/** Called before a call reaches AWS, and again after it took effect; may do what another writer does just then, or throw. */
export interface CallSeam {
  before(call: OutgoingCall): Promise<void>;
  after(call: OutgoingCall): Promise<void>;
}

/** One request being served: over when it is killed, and then none of its calls ever leaves or returns. */
interface Life {
  isOver: boolean;
  end(): void;
}
const lives = new AsyncLocalStorage<Life>();
const never = () => new Promise<never>(() => {});

/** What a sample function does, by the name that its code carries. */
export type Behaviours = Record<string, (event: unknown, version: HostedVersion) => unknown>;

/**
 * Runs functions in the test's own process, on the virtual clock: Teal's handlers from their source, with clients of
 * the world's AWS, everything else as `behaviours` says.
 */
export function createInProcessHost(clientConfig: (role: string) => ClientConfig, behaviours: Behaviours, seam: CallSeam): FunctionHost {
  return {
    open(version) {
      const handle = version.functionName.startsWith('teal-')
        ? teal(version, clientConfig(version.role), seam)
        : sample(version, behaviours);
      return {
        async invoke({ payload, requestId }) {
          const { promise: killed, resolve: kill } = Promise.withResolvers<RuntimeAnswer>();
          const life: Life = {
            isOver: false,
            end: () => kill(failure(Object.assign(new Error('exit status 1'), { name: 'Runtime.ExitError' }))),
          };
          const run = async (): Promise<RuntimeAnswer> => {
            try {
              const result = await (await handle)(
                JSON.parse(Buffer.from(payload).toString()) as never,
                { awsRequestId: requestId, functionName: version.functionName } as never,
              );
              return answer(result);
            } catch (error) {
              return failure(error as Error);
            }
          };
          return Promise.race([lives.run(life, run), killed]);
        },
        async close() {},
      };
    },
  };
}

const answer = (result: unknown): RuntimeAnswer => ({
  payload: Buffer.from(typeof result === 'string' && result.startsWith('raw:') ? result.slice(4) : JSON.stringify(result ?? null)),
  logTail: '',
});

const failure = (error: Error): RuntimeAnswer => ({
  functionError: 'Unhandled',
  payload: Buffer.from(JSON.stringify({ errorType: error.name, errorMessage: error.message, trace: [] })),
  logTail: '',
});

type ClientConfig = LocalAws['clientConfig'];

async function teal(version: HostedVersion, clientConfig: ClientConfig, seam: CallSeam): Promise<Handler> {
  const { requestHandler } = clientConfig;
  const config = {
    ...clientConfig,
    credentials: { ...clientConfig.credentials },
    requestHandler: {
      ...requestHandler,
      async handle(...args: Parameters<typeof requestHandler.handle>) {
        const life = lives.getStore()!;
        if (life.isOver) return never();
        const call = { from: version.functionName.replace(/^teal-prod-/, ''), operation: operationOf(args[0]) };
        try {
          await seam.before(call);
          const answer = await requestHandler.handle(...args);
          await seam.after(call);
          return life.isOver ? never() : answer;
        } catch (error) {
          if (error instanceof NoReply && error.kind === 'killed') {
            life.isOver = true;
            life.end();
          }
          if (life.isOver) return never();
          throw error;
        }
      },
    },
  };
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
