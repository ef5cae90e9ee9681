import { AsyncLocalStorage } from 'node:async_hooks';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient } from '@aws-sdk/client-sfn';
import { unzipSync } from 'fflate';
import { type Aws, namesFrom } from '../../functions/aws/connect.ts';
import type { HostSurroundings, LocalAws } from '../../local/aws.ts';
import { NoReply } from '../../local/faults.ts';
import type { FunctionHost, HostedVersion, RuntimeAnswer } from '../../local/lambda/host.ts';
import { operationOf } from '../../local/operation.ts';
import { noSigner } from '../../local/request-handler.ts';
import type { Caller } from '../../local/service.ts';
import { quickly } from './clients.ts';

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

type RequestHandler = LocalAws['requestHandler'];

/** One request being served: over when it is killed, and then none of its calls ever leaves or returns. */
interface Life {
  isOver: boolean;
  end(): void;
  /** Where its calls go. */
  send: RequestHandler['handle'];
  seam: CallSeam;
}
const lives = new AsyncLocalStorage<Life>();
const never = () => new Promise<never>(() => {});

/** What a sample function does, by the first word of its code. */
export type Behaviours = Record<string, (event: unknown, version: HostedVersion) => unknown>;

export interface InProcessOptions {
  credentialsFor: HostSurroundings['credentialsFor'];
  requestHandlerOf(caller: Caller): RequestHandler;
  behaviours: Behaviours;
  seam: CallSeam;
}

/**
 * Runs functions in the test's own process, on the virtual clock: Teal's handlers from their source, with clients of
 * the world's AWS, everything else as `behaviours` says.
 */
export function createInProcessHost({ credentialsFor, requestHandlerOf, behaviours, seam }: InProcessOptions): FunctionHost {
  return {
    open(version) {
      const handle = version.functionName.startsWith('teal-') ? teal(version) : sample(version, behaviours);
      const { handle: send } = requestHandlerOf(credentialsFor(version.role, version.functionName));
      return {
        async invoke({ payload, requestId }) {
          const { promise: killed, resolve: kill } = Promise.withResolvers<RuntimeAnswer>();
          const life: Life = {
            isOver: false,
            end: () => kill(failure(Object.assign(new Error('exit status 1'), { name: 'Runtime.ExitError' }))),
            send,
            seam,
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

/**
 * Handlers are made once for all worlds: SDK clients resolve their configuration at their first call, which takes
 * longer than a whole release. The life that makes a call says to which world it goes, and as whose.
 */
const handlers = new Map<string, Promise<Handler>>();

function teal({ functionName, handler, environment }: HostedVersion): Promise<Handler> {
  const key = JSON.stringify([functionName, handler, environment]);
  const known = handlers.get(key);
  if (known) return known;
  const made = makeHandler(functionName, handler, environment);
  handlers.set(key, made);
  return made;
}

async function makeHandler(functionName: string, handler: string, environment: HostedVersion['environment']): Promise<Handler> {
  const from = functionName.replace(/^teal-prod-/, '');
  const settings = {
    region: 'eu-west-1',
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    signer: noSigner,
    // What is transient is tried again by the state machine; the SDK's own pauses would take the machine's time.
    maxAttempts: 1,
    requestHandler: {
      metadata: { handlerProtocol: 'http/1.1' },
      handle: (...args: Parameters<RequestHandler['handle']>) => send(from, ...args),
      updateHttpClientConfig() {},
      httpHandlerConfigs: () => ({}),
      destroy() {},
    },
  };
  const file = handler.replace(/^functions\/(.*)\.handler$/, '$1');
  const { createHandler } = (await import(`../../functions/${file}.ts`)) as HandlerModule;
  return createHandler({
    lambda: quickly(new LambdaClient(settings)),
    cloudwatch: quickly(new CloudWatchClient(settings)),
    sfn: quickly(new SFNClient(settings)),
    events: quickly(new EventBridgeClient(settings)),
    table: { client: quickly(new DynamoDBClient(settings)), name: environment.TABLE_NAME! },
    names: namesFrom(environment),
  });
}

async function send(from: string, ...args: Parameters<RequestHandler['handle']>) {
  const life = lives.getStore()!;
  if (life.isOver) return never();
  const call = { from, operation: operationOf({ ...args[0], query: undefined }) };
  try {
    await life.seam.before(call);
    const answered = await life.send(...args);
    await life.seam.after(call);
    return life.isOver ? never() : answered;
  } catch (error) {
    if (error instanceof NoReply && error.kind === 'killed') {
      life.isOver = true;
      life.end();
    }
    if (life.isOver) return never();
    throw error;
  }
}

async function sample(version: HostedVersion, behaviours: Behaviours): Promise<Handler> {
  const name = Buffer.from(unzipSync(version.zip)['index.mjs']!).toString();
  const behave = behaviours[name.split(' ')[0]!];
  if (!behave) throw new Error(`no behaviour is called ${name}`);
  return async (event: unknown) => behave(event, version);
}
