import { ApiError } from '../client/api.ts';
import { withCommands } from '../client/with-commands.ts';
import { targetKey } from '../functions/release/target.ts';
import packageJson from '../package.json' with { type: 'json' };
import { apiOf, connect, givenApi, type Place, readTealStack, type Teal } from './connect.ts';
import { explain } from './explain.ts';
import { EXIT, Failure } from './failure.ts';
import type { Machine } from './machine.ts';
import type { ReleaseSummary } from './release-answer.ts';
import { readAlias } from './status.ts';

interface Finding {
  state: 'passed' | 'failed' | 'warning' | 'skipped';
  /** "credentials" */
  of: string;
  /** What is there; of what is wrong also how to mend it. */
  message: string;
}

const MARKS: Record<Finding['state'], string> = { passed: '✔', failed: '✖', warning: '!', skipped: '·' };
/** The aliases of so many releases, the newest, are looked at. */
const MOST_RELEASES = 20;
const MINUTE_MS = 60_000;

/**
 * `teal doctor`: looks at what stands between a person and their releases, one thing after the other until nothing can
 * follow. Returns the exit code: 69 when something is wrong.
 */
export async function doctor(machine: Machine, options: Place & { json?: boolean }): Promise<number> {
  const findings: Finding[] = [];
  const tell = (of: string, state: Finding['state'], message: string) => {
    findings.push({ state, of, message });
    if (!options.json) machine.write(`${MARKS[state]} ${of}: ${message}\n`);
  };
  /** What was found; undefined when it is wrong, which was told then. */
  const look = <Found>(of: string, ask: () => Promise<Found>): Promise<Found | undefined> =>
    ask().catch((error) => {
      const explained = explain(error);
      tell(of, 'failed', explained instanceof Failure ? explained.message : describeUnknown(of, error));
      return undefined;
    });

  await examine(machine, options, look, tell);
  if (options.json) machine.write(`${JSON.stringify({ findings })}\n`);
  return findings.some(({ state }) => state === 'failed') ? EXIT.unreachable : EXIT.ok;
}

type Look = <Found>(of: string, ask: () => Promise<Found>) => Promise<Found | undefined>;
type Tell = (of: string, state: Finding['state'], message: string) => void;

async function examine(machine: Machine, options: Place, look: Look, tell: Tell): Promise<void> {
  const aws = machine.connectAws(options);
  const region = await look('region', aws.region);
  if (!region) return;
  tell('region', 'passed', region);

  const caller = await look('credentials', aws.readCaller);
  if (!caller) return;
  tell('credentials', 'passed', caller);

  const given = await look('API', async () => ({ url: givenApi(machine, options) }));
  if (!given) return;
  if (given.url) tell('stack', 'skipped', 'not looked at, since --api or TEAL_API says where Teal is');
  const url = given.url ?? (await examineStack(machine, options, look, tell));
  if (!url) return;

  const answered = await look('API', async () => {
    const teal = await connect(machine, { ...options, api: url });
    const { releases } = await teal.call<{ releases: ReleaseSummary[] }>('GET', `/releases?limit=${MOST_RELEASES}`);
    return { teal, releases };
  });
  if (!answered) return;
  tell('API', 'passed', `${answered.teal.url} answers, and these credentials may call it`);

  await examineMetrics(answered.teal, machine.nowMs(), tell);
  await examineAliases(answered.teal, answered.releases, look, tell);
}

/** Returns the API's address. */
async function examineStack(machine: Machine, options: Place, look: Look, tell: Tell): Promise<string | undefined> {
  const { tealStack: name } = options;
  const found = await look('stack', async () => {
    const stack = await readTealStack(machine.connectAws(options), name);
    return { ...stack, url: apiOf(name, stack) };
  });
  if (!found) return undefined;
  const { status, outputs, url } = found;
  if (status.endsWith('_FAILED'))
    tell('stack', 'failed', `${name} is ${status}. Its events in CloudFormation say why: mend that, and deploy Teal again`);
  else if (status.endsWith('_IN_PROGRESS')) tell('stack', 'warning', `${name} is ${status}: Teal is just being changed`);
  else tell('stack', 'passed', `${name} is ${status}`);

  const { Version: version } = outputs;
  if (!version)
    tell('version', 'warning', `${name} does not say which Teal it is, so it is an old one. Deploy this Teal, ${packageJson.version}`);
  else if (version === packageJson.version) tell('version', 'passed', `${version}, as this command`);
  else tell('version', 'warning', `Teal is ${version}, this command ${packageJson.version}. Deploy this Teal, or install teal@${version}`);
  return url;
}

async function examineMetrics({ aws }: Teal, nowMs: number, tell: Tell): Promise<void> {
  const query = { namespace: 'AWS/Lambda', metricName: 'Invocations', dimensions: {}, statistic: 'Sum' } as const;
  await aws.readMetrics([query], nowMs - MINUTE_MS, nowMs).then(
    () => tell('metrics', 'passed', 'these credentials may read them for the live view'),
    (error: Error) =>
      tell(
        'metrics',
        'warning',
        `the live view shows no numbers of blue and green (${error.name}: ${error.message}). Allow cloudwatch:GetMetricData`,
      ),
  );
}

async function examineAliases(teal: Teal, releases: ReleaseSummary[], look: Look, tell: Tell): Promise<void> {
  const targets = new Map(releases.flatMap((release) => release.targets.map((target) => [targetKey(target), target] as const)));
  if (targets.size === 0) tell('aliases', 'passed', 'nothing is released yet');
  for (const [key, target] of targets) {
    const answer = await look(key, () =>
      readAlias(teal, target).catch((error) => {
        if (!(error instanceof ApiError) || error.status !== 404) throw error;
        return { gone: String(error.problem.detail ?? error.message) };
      }),
    );
    if (!answer) return;
    if ('gone' in answer) tell(key, 'warning', `${answer.gone} To have it again: teal adopt ${target.function} --alias ${target.alias}`);
    else if (answer.warnings.length > 0) for (const warning of answer.warnings) tell(key, 'warning', withCommands(warning));
    else tell(key, 'passed', `on version ${answer.version}`);
  }
}

/** Of a connection that did not come about, which Node tells by the system call that failed. */
const isUnanswered = (error: Error): boolean => 'syscall' in error || error.name === 'TimeoutError';

const describeUnknown = (of: string, error: Error): string => {
  const { name, message } = error;
  if (isUnanswered(error)) return `AWS does not answer (${message}). Check the network, the proxy, and AWS_ENDPOINT_URL where it is set`;
  return of === 'credentials'
    ? `AWS does not take them (${name}: ${message}). Choose others by --profile or AWS_PROFILE, or log in again, for example: aws sso login`
    : `${name}: ${message}`;
};
