import { createApiGateway } from './api-gateway.ts';
import type { Clock } from './clock.ts';
import type { Clients, Deployment } from './cloudformation/deploy.ts';
import type { Package } from './cloudformation/folder.ts';
import { createResponses } from './cloudformation/responses.ts';
import { createStacks } from './cloudformation/stacks.ts';
import { createCloudWatch } from './cloudwatch/cloudwatch.ts';
import { createDynamoDb } from './dynamodb.ts';
import { createEcr } from './ecr.ts';
import { createEvents } from './events/events.ts';
import { createFaultyInvoker, type Faults } from './faults.ts';
import { createHttpApi } from './http-api.ts';
import type { Denial } from './iam/authority.ts';
import { createIam } from './iam/iam.ts';
import { createIdentities } from './identities.ts';
import type { FunctionHost } from './lambda/host.ts';
import { createLambda } from './lambda/lambda.ts';
import type { Allocation } from './lambda/provisioned-concurrency.ts';
import { createQuotas } from './quotas/quotas.ts';
import { createIds, createRandom } from './random.ts';
import { createRequestHandler, type Introduced, type UnsignedWireRequest } from './request-handler.ts';
import { createRouter } from './router.ts';
import { createBuckets } from './s3/buckets.ts';
import { createS3 } from './s3/s3.ts';
import { createScheduler } from './scheduler/scheduler.ts';
import { createLocalServer } from './server.ts';
import { type Caller, createLazyService, type EventBus, type Ground, type WireResponse } from './service.ts';
import type { Identity } from './signature.ts';
import { createStepFunctions } from './step-functions/step-functions.ts';
import { createSts } from './sts.ts';
import { createTagging } from './tagging.ts';
import { createWork } from './work.ts';

export interface LocalAwsOptions<C extends Clock> {
  /** The clock, or what makes one of a function that resolves once nothing is running. */
  clock: C | ((settle: () => Promise<void>) => C);
  /** Where functions run. */
  host(surroundings: HostSurroundings): FunctionHost & { close?(): Promise<void> };
  region?: string;
  accountId?: string;
  /** The same seed gives the same weighted routing, jitter and ids. */
  seed?: number;
  /** Cloud milliseconds that a function or version is Pending before it is Active; 0 unless told. */
  activeAfterMs?: () => number;
  /** How provisioned concurrency comes about: ready after a cloud minute unless told. */
  allocation?: () => Allocation;
  faults?: Faults;
  /** Told of everything that IAM denies, also to services, which tell nobody. */
  onDenied?: (denial: Denial) => void;
  /** Told once of each role that a service assumes though no template defined it. */
  onUnchecked?: (roleArn: string) => void;
  /** Whether the default quotas of an AWS account hold. `ground.quotas` may also be set later. */
  hasQuotas?: boolean;
}

/** What a host of functions needs of the AWS around it. */
export interface HostSurroundings {
  /** Throws until the local AWS listens. */
  endpoint(): string;
  region: string;
  /** What a function of this name with this role signs with; `role` is a name or an ARN. */
  credentialsFor(role: string, functionName: string): Required<Identity>;
}

export interface DeployFolderOptions {
  /** What the package says when left out. */
  stackName?: string;
  parameters?: Record<string, string>;
  /** Nothing runs: custom resources, and whatever waits for one, are left out. */
  isRehearsal?: boolean;
  /** Clients to deploy with; made anew when left out. */
  clients?: Clients;
}

export type LocalAws<C extends Clock = Clock> = ReturnType<typeof createLocalAws<C>>;

/** An AWS for a laptop or a test: every service on one clock, behind one door. */
export function createLocalAws<C extends Clock>(options: LocalAwsOptions<C>) {
  const { region = 'eu-west-1', accountId = '123456789012', seed = 1 } = options;
  const work = createWork();
  const clock = typeof options.clock === 'function' ? options.clock(work.settle) : options.clock;
  // Ids draw from a stream of their own, so that an id more or less changes no routing.
  const ground: Ground & { clock: C } = {
    clock,
    work,
    region,
    accountId,
    random: createRandom(seed),
    newId: createIds(createRandom(~seed)),
    faults: options.faults,
    ...(options.hasQuotas && { quotas: createQuotas(clock, region) }),
  };

  const identities = createIdentities(accountId);
  const server = createLocalServer((request) => route(request));
  let endpoint: string | undefined;
  const host = options.host({
    endpoint() {
      if (!endpoint) throw new Error('the local AWS does not listen yet: call listen() before functions run in processes');
      return endpoint;
    },
    region,
    credentialsFor: identities.forRole,
  });

  // Lambda reports to CloudWatch, CloudWatch to EventBridge, EventBridge invokes Lambda: the circle closes here.
  const iam = createIam({
    ground,
    isAdministrator: identities.isAdministrator,
    policyOf: (functionName, qualifier) => lambda.policyOf(functionName, qualifier),
    current: { functionSettings: (name) => lambda.functionSettings(name), stateMachine: (arn) => stepFunctions.stateMachine(arn) },
    onDenied: options.onDenied,
    onUnchecked: options.onUnchecked,
  });
  const invoker = iam.authorized({ invoke: (call) => lambda.invoke(call), invokeAsync: (call) => lambda.invokeAsync(call) });
  const bus: EventBus = { publish: (event) => events.publish(event) };
  const cloudwatch = createCloudWatch(ground, bus);
  const { activeAfterMs, allocation } = options;
  const lambda = createLambda(ground, { metrics: cloudwatch, host: iam.logging(host), activeAfterMs, allocation });
  const events = createEvents(ground, invoker);
  const scheduler = createScheduler(ground, invoker);
  const stepFunctions = createStepFunctions(ground, { invoker: createFaultyInvoker(ground, invoker, 'states'), bus });
  const dynamodb = createDynamoDb(ground);
  const httpApi = createHttpApi(ground, createFaultyInvoker(ground, invoker, 'apigateway'));

  const buckets = createBuckets(ground);
  const stacks = createStacks(ground);
  const responses = createResponses(ground, () => endpoint);
  /** What stacks are made of, and from. */
  const inAccount = {
    region,
    accountId,
    httpApi,
    roles: iam.roles,
    buckets,
    stacks,
    responses,
    newId: ground.newId,
    nowMs: clock.nowMs,
    work,
  };
  const cloudformation = createLazyService(async () => {
    const { createCloudFormation } = await import('./cloudformation/cloudformation.ts');
    return createCloudFormation(clientConfig, inAccount);
  });

  const router = createRouter({
    services: {
      lambda,
      monitoring: cloudwatch,
      states: stepFunctions,
      events,
      scheduler,
      dynamodb,
      cloudformation,
      s3: createS3(ground, buckets),
      tagging: createTagging(lambda.tagged),
      apigateway: createApiGateway(ground, httpApi),
      ecr: createEcr(ground),
      sts: createSts({ accountId }),
    },
    httpApi,
    findIdentity: identities.find,
    iam,
    ground,
    machineNowMs: Date.now,
  });
  const route = (request: UnsignedWireRequest, introduced?: Introduced): Promise<WireResponse> =>
    work.track(responses.isMeant(request) ? Promise.resolve(responses.handle(request)) : router(request, introduced));
  const requestHandler = createRequestHandler(route);
  const credentials = credentialsOf(identities.administrator);
  // A copy: SDK clients write into the credentials they are given.
  const clientConfig = { region, credentials: { ...credentials }, requestHandler };

  /** Reads what `serverless package` left in `folder`, and deploys it when told to. Throws when the local AWS does not support it. */
  const openPackage = async (folder: string, options: DeployFolderOptions = {}): Promise<Package> => {
    // Loaded when used: most tests deploy nothing, and these are six SDK clients.
    const { openPackage: open } = await import('./cloudformation/folder.ts');
    return open(folder, { ...options, ...inAccount, clientConfig });
  };

  return {
    ground,
    lambda,
    cloudwatch,
    events,
    scheduler,
    stepFunctions,
    dynamodb,
    httpApi,
    iam,
    identities,
    /** The administrator's. */
    credentials,
    /** Another administrator's. */
    colleagueCredentials: credentialsOf(identities.colleague),
    route,
    requestHandler,
    /** Spread into an SDK client, this sends its requests here without a socket. */
    clientConfig,
    /** For clients of one caller in this process, with `noSigner` as their signer. */
    requestHandlerOf: (caller: Caller) => createRequestHandler(route, caller),
    /** The buckets of S3. */
    buckets,
    /** The stacks of the account. */
    stacks,
    /** Where functions answer for custom resources. */
    responses,
    /** A PUT to an URL of this AWS, as a function that has no socket sends it. */
    put(url: string, body: string): Promise<WireResponse> {
      const { pathname: path, searchParams: query } = new URL(url);
      return route({ method: 'PUT', path, query, headers: {}, body: Buffer.from(body) });
    },
    openPackage,
    /** Deploys what `serverless package` left in `folder`, usually `.serverless`. */
    deploy: async (folder: string, options?: DeployFolderOptions): Promise<Deployment> => (await openPackage(folder, options)).deploy(),
    /** Serves on a port of the loopback address; 0 takes a free one. */
    async listen(port: number): Promise<{ endpoint: string }> {
      ({ endpoint } = await server.listen(port));
      return { endpoint };
    },
    /** Stops every timer, execution and function, and closes the port. */
    async close(): Promise<void> {
      clock.close();
      scheduler.close();
      cloudwatch.close();
      await server.close();
      await stepFunctions.close();
      await lambda.close();
      await host.close?.();
      await dynamodb.close();
    },
  };
}

const credentialsOf = ({ accessKeyId, secretAccessKey, sessionToken }: Identity) => ({
  accessKeyId,
  secretAccessKey,
  ...(sessionToken && { sessionToken }),
});
