import { AsyncLocalStorage } from 'node:async_hooks';
import { readFileSync } from 'node:fs';
import { APIGatewayClient } from '@aws-sdk/client-api-gateway';
import { ApiGatewayV2Client } from '@aws-sdk/client-apigatewayv2';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import { SFNClient } from '@aws-sdk/client-sfn';
import { unzipSync } from 'fflate';
import { type Aws, namesFrom, PERSISTENT, SETTINGS } from '../../functions/aws/connect.ts';
import type { HostSurroundings, LocalAws } from '../../local/aws.ts';
import { NoReply } from '../../local/faults.ts';
import type { FunctionHost, HostedVersion, RuntimeAnswer } from '../../local/lambda/host.ts';
import { createInvocationLog } from '../../local/lambda/invocation-log.ts';
import { createMetricLines } from '../../local/lambda/metric-lines.ts';
import { operationOf } from '../../local/operation.ts';
import { noSigner } from '../../local/request-handler.ts';
import type { Caller, Ground } from '../../local/service.ts';
import { QUICK, quickly } from './clients.ts';
import { createSdkRetries, type Pauses } from './sdk-retries.ts';

type Handler = (event: never, context: never) => Promise<unknown>;
interface HandlerModule {
  createHandler(aws: Aws & Outside): Handler;
}

/** What a handler has besides AWS. */
export interface Outside {
  /** PUTs to a presigned URL. */
  put(url: string, body: string): Promise<void>;
  pause(ms: number): Promise<void>;
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
  /** Where its clients wait before they try again; without it they do not. */
  pauses?: Pauses;
  outside: Outside;
}
const lives = new AsyncLocalStorage<Life>();
const never = () => new Promise<never>(() => {});

/**
 * What a sample function does, by the first word of its code. `print` writes a line to its log; metrics in the embedded
 * metric format have cloud time there. `took` says how long the request lasted: the machine's own time would be chance.
 */
export type Behaviours = Record<
  string,
  (event: unknown, version: HostedVersion, print: (line: string) => void, took: (ms: number) => void) => unknown
>;

const DURATION_MS = 5;

export interface InProcessOptions {
  credentialsFor: HostSurroundings['credentialsFor'];
  requestHandlerOf(caller: Caller): RequestHandler;
  behaviours: Behaviours;
  seam: CallSeam;
  outside: Outside;
  nowMs(): number;
  /**
   * With it time passes for functions: their SDK clients try again as they do on AWS, with pauses in cloud time, and a
   * function that takes longer than its timeout is ended. Without it what is transient is tried again by the state machine alone.
   */
  ground?: () => Ground;
}

/**
 * Runs functions in the test's own process, on the virtual clock: Teal's handlers from their source, with clients of
 * the world's AWS, everything else as `behaviours` says.
 */
export function createInProcessHost({
  credentialsFor,
  requestHandlerOf,
  behaviours,
  seam,
  outside,
  nowMs,
  ground,
}: InProcessOptions): FunctionHost {
  return {
    open(version) {
      const printed = createMetricLines();
      const isTeal = version.functionName.startsWith('teal-');
      let durationMs = DURATION_MS;
      const took = (ms: number) => {
        durationMs = ms;
      };
      const handle = isTeal ? teal(version, ground !== undefined) : sample(version, behaviours, (line) => printed.write(`${line}\n`), took);
      const { handle: send } = requestHandlerOf(credentialsFor(version.role, version.functionName));
      return {
        async invoke({ payload, requestId, invokedFunctionArn }) {
          durationMs = DURATION_MS;
          const { promise: killed, resolve: kill } = Promise.withResolvers<RuntimeAnswer>();
          const life: Life = {
            isOver: false,
            end: () => kill(failure(Object.assign(new Error('exit status 1'), { name: 'Runtime.ExitError' }))),
            send,
            seam,
            outside,
            ...(ground && { pauses: { ground: ground(), capacity: new Map() } }),
          };
          const endsMs = nowMs() + version.timeoutSeconds * 1000;
          const timeout = ground && endAfter(ground(), version.timeoutSeconds, life, kill);
          const run = async (): Promise<RuntimeAnswer> => {
            try {
              const result = await (await handle)(
                JSON.parse(Buffer.from(payload).toString()) as never,
                {
                  awsRequestId: requestId,
                  invokedFunctionArn,
                  functionName: version.functionName,
                  getRemainingTimeInMillis: () => endsMs - nowMs(),
                } as never,
              );
              return answer(result);
            } catch (error) {
              return failure(error as Error);
            } finally {
              timeout?.cancel();
            }
          };
          const answered = await Promise.race([lives.run(life, run), killed]);
          const metricLines = printed.take();
          if (isTeal) return { ...answered, metricLines };
          const logTail = createInvocationLog().end(requestId, { durationMs, memoryMb: version.memoryMb });
          return { ...answered, metricLines, durationMs, logTail };
        },
        async close() {},
      };
    },
  };
}

/** Lambda's own error of a function that took too long. */
function endAfter({ clock }: Ground, timeoutSeconds: number, life: Life, kill: (answer: RuntimeAnswer) => void) {
  return clock.at(clock.nowMs() + timeoutSeconds * 1000, () => {
    life.isOver = true;
    const message = `Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
    kill(failure(Object.assign(new Error(message), { name: 'Sandbox.Timedout' })));
  });
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

function teal({ functionName, handler, environment }: HostedVersion, hasRetries: boolean): Promise<Handler> {
  const key = JSON.stringify([functionName, handler, environment, hasRetries]);
  const known = handlers.get(key);
  if (known) return known;
  const made = makeHandler(functionName, handler, environment, hasRetries);
  handlers.set(key, made);
  return made;
}

async function makeHandler(
  functionName: string,
  handler: string,
  environment: HostedVersion['environment'],
  hasRetries: boolean,
): Promise<Handler> {
  const from = functionName.replace(/^teal-prod-/, '');
  const settings = {
    ...QUICK,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    signer: noSigner,
    requestHandler: {
      metadata: { handlerProtocol: 'http/1.1' },
      handle: (...args: Parameters<RequestHandler['handle']>) => send(from, ...args),
      updateHttpClientConfig() {},
      httpHandlerConfigs: () => ({}),
      destroy() {},
    },
  };
  const file = fileOf(handler);
  const { createHandler } = (await import(file.href)) as HandlerModule;
  const source = readFileSync(file, 'utf8');
  // What is transient is else tried again by the state machine alone: the SDK's own pauses would take the machine's time.
  const as = (connect: string) => ({
    ...settings,
    maxAttempts: 1,
    ...(hasRetries && createSdkRetries(() => lives.getStore()!.pauses!, attemptsOf(source, connect))),
  });
  return createHandler({
    lambda: quickly(new LambdaClient(as('connectLambda'))),
    cloudwatch: quickly(new CloudWatchClient(as('connectCloudWatch'))),
    cloudformation: quickly(new CloudFormationClient(as('connectCloudFormation'))),
    tagging: quickly(new ResourceGroupsTaggingAPIClient(as('connectTagging'))),
    sfn: quickly(new SFNClient(as('connectStepFunctions'))),
    events: quickly(new EventBridgeClient(as('connectEvents'))),
    httpApis: quickly(new ApiGatewayV2Client(as('connectHttpApis'))),
    restApis: quickly(new APIGatewayClient(as('connectRestApis'))),
    table: { client: quickly(new DynamoDBClient(as('connectTable'))), name: environment.TABLE_NAME! },
    names: namesFrom(environment),
    put: (url, body) => lives.getStore()!.outside.put(url, body),
    pause: (ms) => lives.getStore()!.outside.pause(ms),
  });
}

/** "functions/plan.handler" is functions/plan.ts. */
const fileOf = (handler: string) => new URL(`../../${handler.replace(/\.handler$/, '.ts')}`, import.meta.url);

/**
 * Reads the files of these handlers, which takes as long as the machine takes: one that is read while cloud time goes on may be
 * late in cloud time on a machine that is busy.
 */
export const loadHandlers = (handlers: string[]): Promise<unknown> => Promise.all(handlers.map((handler) => import(fileOf(handler).href)));

/** How often a client tries, as the last lines of its handler's file connect it. */
function attemptsOf(source: string, connect: string): number {
  if (source.includes(`${connect}(PERSISTENT)`)) return PERSISTENT.maxAttempts;
  // Smoke tests are never sent twice.
  return source.includes(`${connect}ToInvoke()`) ? 1 : SETTINGS.maxAttempts;
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

async function sample(
  version: HostedVersion,
  behaviours: Behaviours,
  ...says: [(line: string) => void, (ms: number) => void]
): Promise<Handler> {
  const name = Buffer.from(unzipSync(version.zip)['index.mjs']!).toString();
  const behave = behaviours[name.split(' ')[0]!];
  if (!behave) throw new Error(`no behaviour is called ${name}`);
  return async (event: unknown) => behave(event, version, ...says);
}
