import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SFNClient } from '@aws-sdk/client-sfn';
import { createLocalAws, type HostSurroundings, type LocalAws } from '../../../local/aws.ts';
import { createVirtualClock, type VirtualClock } from '../../../local/clock.ts';
import type { FunctionHost } from '../../../local/lambda/host.ts';
import { createProcessHost } from '../../../local/lambda/process-host.ts';
import { noSigner } from '../../../local/request-handler.ts';
import { QUICK, quickly } from '../../world/clients.ts';
import { watchCreations } from './created.ts';
import { createInProcessHost } from './in-process-host.ts';

export interface Clients {
  lambda: LambdaClient;
  sfn: SFNClient;
  cloudwatch: CloudWatchClient;
  events: EventBridgeClient;
  scheduler: SchedulerClient;
  dynamodb: DynamoDBClient;
}

/** An AWS account as the tests see it: which one it is they do not know. */
export interface Account extends Clients {
  region: string;
  accountId: string;
  /** The role of functions, state machines and schedules; README.md says what it may do. */
  roleArn: string;
  /** Another role that functions may have. Throws when there is none. */
  otherRoleArn(): string;
  /** A name of this run's own, with `what` in it. */
  name(what: string): string;
  /** Cloud time. */
  cloudNow(): Date;
  /** Lets cloud time pass. */
  pass(seconds: number): Promise<void>;
  /** Asks until `condition` gives something true, which it returns. Throws after `withinSeconds` of cloud time. */
  until<T>(what: string, condition: () => Promise<T>, withinSeconds: number): Promise<NonNullable<T>>;
  /** For SDK clients of services that few tests ask. What they create, the test deletes. */
  clientConfig: object;
  /** Where requests signed by hand go: `service` is an endpoint's name, such as `monitoring`. */
  endpoint(service: string): Promise<string>;
  /** Deletes everything that was created. */
  deleteAll(): Promise<void>;
  /** Deletes everything that was created, and takes leave of the account. */
  close(): Promise<void>;
}

export interface AccountOptions {
  /**
   * How functions run where somebody has a choice: in processes of their own when the test is about how one ends,
   * otherwise as cheaply as possible. Default cheap.
   */
  functionsRun?: 'cheaply' | 'in processes';
}

/** What differs between a real account and a local one. */
interface Ground
  extends Pick<Account, 'region' | 'accountId' | 'roleArn' | 'otherRoleArn' | 'cloudNow' | 'pass' | 'clientConfig' | 'endpoint'> {
  clients: Clients;
  close(): Promise<void>;
  /** Lets the machine's time pass, for what runs on it (a task's timeout) when all cloud time has passed. */
  idle?(): Promise<void>;
}

const FIRST_POLL_SECONDS = 1;
const LONGEST_POLL_SECONDS = 10;
const LONGEST_IDLE_MS = 5000;

/** A real account with TEAL_CONFORMANCE=account, otherwise a local one on a virtual clock. */
export async function openAccount(options: AccountOptions = {}): Promise<Account> {
  const ground = process.env.TEAL_CONFORMANCE === 'account' ? openRealAccount() : await openLocalAccount(options);
  const { clients, close, idle, ...rest } = ground;
  const { deleteAll } = watchCreations(clients);
  const run = randomBytes(3).toString('hex');
  return {
    ...clients,
    ...rest,
    name: (what) => `teal-conformance-${run}-${what}`,
    async until(what, condition, withinSeconds) {
      const givesUpMs = ground.cloudNow().getTime() + withinSeconds * 1000;
      const machineStartMs = performance.now();
      for (let waitSeconds = FIRST_POLL_SECONDS; ; waitSeconds = Math.min(waitSeconds * 1.2, LONGEST_POLL_SECONDS)) {
        await ground.pass(0);
        const found = await condition();
        if (found) return found;
        const leftSeconds = (givesUpMs - ground.cloudNow().getTime()) / 1000;
        if (leftSeconds > 0) await ground.pass(Math.min(waitSeconds, leftSeconds));
        else if (idle && performance.now() - machineStartMs < Math.min(withinSeconds * 1000, LONGEST_IDLE_MS)) await idle();
        else throw new Error(`after ${withinSeconds} s this is still not so: ${what}`);
      }
    },
    deleteAll,
    async close() {
      try {
        await deleteAll();
      } finally {
        for (const client of Object.values(clients)) client.destroy();
        await close();
      }
    },
  };
}

function openRealAccount(): Ground {
  const roleArn = process.env.TEAL_CONFORMANCE_ROLE ?? '';
  const region = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
  const accountId = /^arn:aws:iam::(\d{12}):role\//.exec(roleArn)?.[1];
  if (!accountId)
    throw new Error(`TEAL_CONFORMANCE_ROLE must be the ARN of a role (see test/local/conformance/README.md), not "${roleArn}"`);
  if (!region) throw new Error('AWS_REGION must name the region of the account in which the conformance tests run');
  const clientConfig = { region, maxAttempts: 8 };
  return {
    clients: makeClients(clientConfig),
    clientConfig,
    region,
    accountId,
    roleArn,
    otherRoleArn() {
      const other = process.env.TEAL_CONFORMANCE_OTHER_ROLE;
      if (!other)
        throw new Error('TEAL_CONFORMANCE_OTHER_ROLE must be the ARN of a second role: this test needs a function with another role');
      return other;
    },
    cloudNow: () => new Date(),
    pass: (seconds) => sleep(seconds * 1000),
    // SDK clients go by this variable too.
    endpoint: async (service) => process.env.AWS_ENDPOINT_URL ?? `https://${service}.${region}.amazonaws.com`,
    close: async () => {},
  };
}

const ROLE_TRUST = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: ['lambda.amazonaws.com', 'states.amazonaws.com', 'scheduler.amazonaws.com'] },
      Action: 'sts:AssumeRole',
    },
  ],
};

/** Not at the beginning of a minute or a second: no test may count on one. */
const LOCAL_START_MS = Date.UTC(2026, 2, 9, 10, 20, 17, 350);

async function openLocalAccount({ functionsRun }: AccountOptions): Promise<Ground> {
  const [region, accountId] = ['us-west-2', '210987654321'];
  let aws: LocalAws<VirtualClock>;
  const createCheapHost = ({ credentialsFor }: HostSurroundings): FunctionHost =>
    createInProcessHost({
      nowMs: () => aws.ground.clock.nowMs(),
      clientConfigFor({ role, functionName }) {
        const identity = credentialsFor(role, functionName);
        return { region, credentials: { ...identity }, signer: noSigner, requestHandler: aws.requestHandlerOf(identity) };
      },
    });
  aws = createLocalAws({
    region,
    accountId,
    clock: (settle) => createVirtualClock(LOCAL_START_MS, settle),
    host: functionsRun === 'in processes' ? createProcessHost : createCheapHost,
  });
  const { clock } = aws.ground;
  let listening: Promise<{ endpoint: string }> | undefined;
  const listen = () => {
    listening ??= aws.listen(0);
    return listening;
  };
  if (functionsRun === 'in processes') await listen();
  const roleArn = `arn:aws:iam::${accountId}:role/conformance`;
  const policies = [{ name: 'conformance', document: JSON.parse(readFileSync(new URL('role-policy.json', import.meta.url), 'utf8')) }];
  for (const name of ['conformance', 'conformance-other']) {
    aws.iam.roles.put({ name, arn: `arn:aws:iam::${accountId}:role/${name}`, trust: ROLE_TRUST, policies });
  }
  // What fails is meant to: the pauses of the SDK's retries would take the machine's time. Signing would be a fifth of
  // each call; signatures.test.ts has requests of its own.
  const clientConfig = {
    ...aws.clientConfig,
    maxAttempts: 1,
    signer: noSigner,
    requestHandler: aws.requestHandlerOf(aws.identities.administrator),
  };
  const clients = makeClients({ ...clientConfig, ...QUICK });
  for (const client of Object.values(clients)) quickly(client);
  return {
    clients,
    clientConfig,
    region,
    accountId,
    roleArn,
    otherRoleArn: () => `${roleArn}-other`,
    cloudNow: () => new Date(clock.nowMs()),
    pass: (seconds) => clock.advanceTo(clock.nowMs() + seconds * 1000),
    endpoint: async () => (await listen()).endpoint,
    idle: () => sleep(20),
    close: aws.close,
  };
}

function makeClients(config: object): Clients {
  return {
    lambda: new LambdaClient(config),
    sfn: new SFNClient(config),
    cloudwatch: new CloudWatchClient(config),
    events: new EventBridgeClient(config),
    scheduler: new SchedulerClient(config),
    dynamodb: new DynamoDBClient(config),
  };
}
