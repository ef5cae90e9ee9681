/** `npm run local`: packages the service, deploys it and others into a local AWS, and serves that until it is interrupted. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createLocalAws, type LocalAws } from '../local/aws.ts';
import { createScaledClock } from '../local/clock.ts';
import type { Deployment } from '../local/cloudformation/deploy.ts';
import { deployPackages } from '../local/deploy-packages.ts';
import { createProcessHost } from '../local/lambda/process-host.ts';
import { createQuotas } from '../local/quotas/quotas.ts';
import { apiUrl, type DeployedService, describeService, serviceLines } from './deployed-service.ts';
import { createFunctionLog } from './function-log.ts';
import { inspectLines } from './inspect-lines.ts';
import { packageService } from './package-service.ts';

const USAGE = `npm run local -- [options]

  --port <number>     the port to serve on; 0 takes a free one (4566)
  --speed <number>    how many times as fast as real time cloud time runs; 60 makes a cloud minute a second (1)
  --package <folder>  deploy what serverless package left there, instead of packaging the service
  --deploy <folder>   deploy another service beside it: its folder, or what serverless package wrote; may be given more than once
  --quotas            refuse what is over the default quotas of an AWS account, once all is deployed; they count in cloud time
  --idle <seconds>    how long a function's process waits for its next request before it is ended (60)
  --json              print nothing but the one JSON line that says it is ready, and no function's log
  --help`;

interface Options {
  port: number;
  speed: number;
  packageFolder?: string;
  /** Of services beside Teal. */
  serviceFolders: string[];
  idleSeconds: number;
  hasQuotas: boolean;
  isJson: boolean;
}

/** What the person asked for. Throws an error that says what is wrong with it. */
function readOptions(args: string[]): Options | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: 'string', default: '4566' },
      speed: { type: 'string', default: '1' },
      package: { type: 'string' },
      deploy: { type: 'string', multiple: true, default: [] },
      idle: { type: 'string', default: '60' },
      quotas: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  for (const [name, value] of Object.entries(values)) {
    // Number takes them for 0, and a path for this folder.
    if ([value].flat().some((given) => typeof given === 'string' && given.trim() === '')) throw new Error(`--${name} needs a value`);
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port is a number from 0 to 65535, not ${values.port}`);
  const speed = Number(values.speed);
  if (!(speed > 0 && Number.isFinite(speed))) throw new Error(`--speed is a number above 0, not ${values.speed}`);
  const idleSeconds = Number(values.idle);
  if (!(idleSeconds > 0 && idleSeconds <= 86_400)) throw new Error(`--idle is a number of seconds up to a day, not ${values.idle}`);
  return {
    port,
    speed,
    packageFolder: values.package,
    serviceFolders: values.deploy,
    idleSeconds,
    hasQuotas: values.quotas,
    isJson: values.json,
  };
}

/** Packages Teal into a folder, unless there is one already, and removes it once it was used. */
async function withTeal<T>(given: string | undefined, signal: AbortSignal, use: (folder: string) => Promise<T>): Promise<T> {
  if (given) return use(given);
  const folder = mkdtempSync(join(tmpdir(), 'teal-package-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    await packageService(folder, { signal });
    return await use(folder);
  } finally {
    process.off('exit', remove);
    remove();
  }
}

/** The line that says the local AWS is ready, for programs. */
function readyLine(aws: LocalAws, endpoint: string, { resources }: Deployment, deployed: DeployedService[]) {
  const idOf = (type: string) => Object.values(resources).find((resource) => resource.type === type)?.physicalId;
  const apiId = idOf('AWS::ApiGatewayV2::Api');
  return {
    endpoint,
    region: aws.ground.region,
    accountId: aws.ground.accountId,
    credentials: aws.credentials,
    colleagueCredentials: aws.colleagueCredentials,
    api: apiId && apiUrl(endpoint, apiId),
    stateMachineArn: idOf('AWS::StepFunctions::StateMachine'),
    deployed,
  };
}

function describeReady(
  ready: ReturnType<typeof readyLine>,
  { stackName, resources }: Deployment,
  { speed, hasQuotas }: Pick<Options, 'speed' | 'hasQuotas'>,
): string {
  const pace = speed === 1 ? 'cloud time is real time' : `a cloud minute is ${Number((60 / speed).toPrecision(3))} s`;
  const tableName = Object.values(resources).find(({ type }) => type === 'AWS::DynamoDB::Table')?.physicalId;
  return [
    `The local AWS is ready at ${ready.endpoint}: ${pace}. Ctrl-C stops it.`,
    ...(hasQuotas ? ['What is over the default quotas of an AWS account is refused from here on.'] : []),
    ...(ready.api ? [`The API is ${ready.api}`] : []),
    ...ready.deployed.flatMap(serviceLines),
    '',
    ...inspectLines({ ...ready, stackName, tableName }),
    '',
  ].join('\n');
}

async function serve({ port, speed, packageFolder, serviceFolders, idleSeconds, hasQuotas, isJson }: Options): Promise<void> {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) {
    process.on(signal, () => {
      // Whoever interrupts twice does not want to wait.
      if (interrupted.signal.aborted) process.exit(130);
      interrupted.abort();
    });
  }
  // Nobody reads on, as in `npm run local | head -1`.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => interrupted.abort());
  const onLog = createFunctionLog(process.stderr, interrupted.signal);
  const said = new Set<string>();
  /** What is denied every minute is told once. */
  const sayOnce = (text: string) => {
    if (!isJson && !said.has(text)) console.error(text);
    said.add(text);
  };
  const aws = createLocalAws({
    clock: createScaledClock(speed),
    host: (surroundings) => createProcessHost({ ...surroundings, idleMs: idleSeconds * 1000, ...(!isJson && { onLog }) }),
    onDenied: ({ message }) => sayOnce(`IAM: ${message}`),
    onUnchecked: (roleArn) => sayOnce(`IAM: no template defined ${roleArn}: what it may do is not checked`),
  });
  try {
    // The port first: when it is taken there is nothing to package for.
    const { endpoint } = await aws.listen(port);
    // And the other services before that: what is plain from their packages is told at once.
    await Promise.all(serviceFolders.map((folder) => aws.openPackage(folder)));
    const [deployment, ...others] = await withTeal(packageFolder, interrupted.signal, (folder) =>
      deployPackages(aws, [folder, ...serviceFolders]),
    );
    const deployed = others.map((other) => describeService(other, endpoint));
    if (hasQuotas) aws.ground.quotas = createQuotas(aws.ground.clock, aws.ground.region);
    const ready = readyLine(aws, endpoint, deployment!, deployed);
    if (!isJson) console.log(describeReady(ready, deployment!, { speed, hasQuotas }));
    console.log(JSON.stringify(ready));
    await untilAborted(interrupted.signal);
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
  } finally {
    await aws.close();
  }
  // Whoever reads the log slowly is not waited for.
  if (interrupted.signal.aborted) process.exit();
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function fail(message: string, exitCode: number): void {
  console.error(message);
  process.exitCode = exitCode;
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') console.log(USAGE);
  else {
    await serve(options).catch((error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE';
      fail(
        isTaken
          ? `port ${options.port} is in use: stop what listens there, or take another with --port (0 takes a free one)`
          : error.message,
        1,
      );
    });
  }
} catch (error) {
  fail(`${(error as Error).message}\n\n${USAGE}`, 2);
}
