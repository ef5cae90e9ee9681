import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';
import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPeople } from '../world/people.ts';

interface Ready {
  endpoint: string;
  region: string;
  api: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

interface Ended {
  exitCode: number | null;
  output: string;
  said: string;
}

const folder = mkdtempSync(join(tmpdir(), 'teal-process-'));
const bundle = join(folder, 'teal.mjs');
let local: ChildProcess;
let ready: Ready;
let people: ReturnType<typeof createPeople>;

beforeAll(async () => {
  execFileSync(process.execPath, ['esbuild.cli.cjs', folder]);
  local = spawn(process.execPath, ['scripts/local.ts', '--port', '0', '--speed', '60', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  ready = JSON.parse((await once(createInterface({ input: local.stdout! }), 'line'))[0] as string) as Ready;
  people = createPeople({ lambda: new LambdaClient(ready), cloudwatch: new CloudWatchClient(ready) } as never);
});

afterAll(async () => {
  local.kill();
  await once(local, 'exit');
  rmSync(folder, { recursive: true, force: true });
});

let functions = 0;
/** A function of its own for each test, with newer code waiting. */
let name: string;
beforeEach(async () => {
  name = `orders-${++functions}`;
  await people.aFunction(name);
});

/** What `npm run local` prints for a shell, and nothing of the person's own. */
const environment = (variables: Record<string, string> = {}): Record<string, string> => ({
  PATH: process.env.PATH!,
  HOME: folder,
  AWS_ENDPOINT_URL: ready.endpoint,
  AWS_REGION: ready.region,
  AWS_ACCESS_KEY_ID: ready.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: ready.credentials.secretAccessKey,
  TEAL_API: ready.api,
  ...variables,
});

/** Starts `teal`, as a shell does. */
function start(
  args: string[],
  { variables, command = [process.execPath, bundle] }: { variables?: Record<string, string>; command?: string[] } = {},
) {
  const [program, ...first] = command;
  const child = spawn(program!, [...first, ...args], { cwd: folder, env: environment(variables), stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, said] = ['', ''];
  const waiting: { text: RegExp; resolve(found: RegExpMatchArray): void }[] = [];
  const hear = () => {
    for (const one of waiting) {
      const found = (output + said).match(one.text);
      if (found) one.resolve(found);
    }
  };
  child.stdout.on('data', (data) => {
    output += data;
    hear();
  });
  child.stderr.on('data', (data) => {
    said += data;
    hear();
  });
  const ended = once(child, 'close').then(([exitCode]): Ended => ({ exitCode: exitCode as number | null, output, said }));
  return {
    child,
    ended,
    /** Fails when it ends before it has said that. */
    async until(text: RegExp): Promise<RegExpMatchArray> {
      const found = new Promise<RegExpMatchArray>((resolve) => waiting.push({ text, resolve }));
      hear();
      return Promise.race([
        found,
        ended.then((end) => {
          throw new Error(`it ended without ${text}: ${JSON.stringify(end)}`);
        }),
      ]);
    },
  };
}

const teal = (args: string[], variables?: Record<string, string>) => start(args, { variables }).ended;
const RELEASE = ['--plan', '50% 5m, 100% 5m', '--unwatched'];
const idOf = async (release: ReturnType<typeof start>) => (await release.until(/Release (\S+) of /))[1]!;

const NO_PERMISSION = /answered with 403: Forbidden.*execute-api:Invoke on (GET|POST) \/.*teal doctor --ci-policy/;

let roles = 0;
/** A role with this policy: the credentials that a function of its own has from Lambda, as the variables of a shell. */
async function aRole(of: string, document: object): Promise<Record<string, string>> {
  const roleName = `${of}-${++roles}`;
  const Trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const cloudformation = new CloudFormationClient(ready);
  await cloudformation.send(
    new CreateStackCommand({
      StackName: roleName,
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      TemplateBody: JSON.stringify({
        Resources: {
          Role: {
            Type: 'AWS::IAM::Role',
            Properties: {
              RoleName: roleName,
              AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [Trust] },
              Policies: [{ PolicyName: of, PolicyDocument: document }],
            },
          },
        },
      }),
    }),
  );
  await waitUntilStackCreateComplete({ client: cloudformation, minDelay: 1, maxDelay: 1, maxWaitTime: 60 }, { StackName: roleName });
  const code =
    'export const handler = async () => Object.fromEntries(Object.entries(process.env).filter(([name]) => /^AWS_(ACC|SEC|SES)/.test(name)));';
  const lambda = new LambdaClient(ready);
  const { Account } = await new STSClient(ready).send(new GetCallerIdentityCommand());
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: roleName,
      Role: `arn:aws:iam::${Account}:role/${roleName}`,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: zipSync({ 'index.mjs': Buffer.from(code) }) },
    }),
  );
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: roleName }));
  return JSON.parse(Buffer.from(Payload!).toString());
}

describe('teal against npm run local', () => {
  it('releases a function, which is promoted', async () => {
    const { exitCode, output, said } = await teal(['release', name, ...RELEASE]);
    expect([exitCode, said]).toEqual([0, '']);
    expect(output).toMatch(/· shifting 50 % to green$/m);
    expect(output).toMatch(/^Release \S+ is promoted/m);
    expect(await people.alias(name)).toEqual({ version: '2', weights: {} });
    const status = await teal(['status', name, '--json']);
    expect(JSON.parse(status.output)).toMatchObject({ function: name, version: '2' });
  });

  it('releases a function, which an alarm reverts, and writes a summary for GitHub Actions', async () => {
    const alarm = await people.anAlarm(`${name}-errors`);
    const summary = join(folder, 'summary.md');
    const release = start(['release', name, ...RELEASE, '--alarm', alarm], { variables: { GITHUB_STEP_SUMMARY: summary } });
    await release.until(/◐ baking/);
    await people.setAlarm(alarm, 'ALARM');
    const { exitCode, said } = await release.ended;
    expect(exitCode).toBe(1);
    expect(said).toContain(`alarm ${alarm}`);
    expect(await people.alias(name)).toEqual({ version: '1', weights: {} });
    expect(readFileSync(summary, 'utf8')).toMatch(/^### ↶ Teal: release \S+ is reverted$/m);
  });

  it('aborts from a second terminal', async () => {
    const release = start(['release', name, '--plan', '50% 60m', '--unwatched']);
    const id = await idOf(release);
    await release.until(/◐ baking/);
    const abort = await teal(['abort', id, '--reason', 'support sees errors']);
    expect([abort.exitCode, abort.said]).toEqual([0, '']);
    const { exitCode, said } = await release.ended;
    expect(exitCode).toBe(1);
    expect(said).toContain('aborted it: support sees errors');
    expect(await people.alias(name)).toEqual({ version: '1', weights: {} });
  });

  it('leaves the release running at Ctrl-C, says how to abort it, and watches it again', async () => {
    const release = start(['release', name, ...RELEASE]);
    const id = await idOf(release);
    await release.until(/○ preparing/);
    release.child.kill('SIGINT');
    const { exitCode, said } = await release.ended;
    expect(exitCode).toBe(130);
    expect(said).toContain(`teal abort ${id}`);
    const again = await teal(['watch', id]);
    expect([again.exitCode, again.output]).toEqual([0, expect.stringContaining(`Release ${id} is promoted`)]);
  });

  it('draws one screen in place on a terminal', async () => {
    // util-linux's on Linux, BSD's on a Mac.
    const inTerminal = process.platform === 'darwin' ? ['script', '-q', '/dev/null'] : ['script', '-qec'];
    const words = [process.execPath, bundle, 'release', name, '--plan', '50%\u00a05m', '--unwatched'];
    const line = `stty columns 90 rows 40; '${words.join("' '").replace('\u00a0', ' ')}'`;
    const args = process.platform === 'darwin' ? ['sh', '-c', line] : [line, '/dev/null'];
    const release = start(args, { command: inTerminal, variables: { TERM: 'xterm-256color' } });
    const { exitCode, output } = await release.ended;
    expect(exitCode).toBe(0);
    expect(output.split('\x1b[J').length).toBeGreaterThan(3);
    const last = stripVTControlCharacters(output.slice(output.lastIndexOf('\x1b[J')));
    expect(last).toMatch(/✔ promoted[\s\S]*✔ prepare +done[\s\S]*✔ promote +done[\s\S]*is promoted/);
    for (const text of stripVTControlCharacters(output).split('\n').slice(0, -3))
      expect([...text.replaceAll('\r', '')].length).toBeLessThanOrEqual(90);
  });

  it('prints JSON lines for a program', async () => {
    const { exitCode, output } = await teal(['release', name, ...RELEASE, '--json']);
    expect(exitCode).toBe(0);
    const models = output
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text));
    expect(models.at(-1)).toMatchObject({ status: 'promoted', targets: [{ target: `${name}:live` }] });
  });

  it('tries a release dry', async () => {
    const { exitCode, output, said } = await teal(['release', name, ...RELEASE, '--dry-run']);
    expect([exitCode, said]).toEqual([0, '']);
    expect(output).toMatch(/^This release would begin\.\n\nPlan {7}50% 5m, 100% 5m\n/);
    expect(await people.alias(name)).toEqual({ version: '1', weights: {} });
  });

  it('finds all well, and tells which policy a pipeline needs', async () => {
    const { exitCode, output, said } = await teal(['doctor']);
    expect([exitCode, said]).toEqual([0, '']);
    expect(output).toMatch(/^✔ region: eu-west-1\n✔ credentials: arn:aws:iam::\d{12}:user\/administrator\n/);
    expect(output).toContain(`✔ API: ${ready.api} answers`);
    const policy = await teal(['doctor', '--ci-policy'], { TEAL_API: '' });
    const { Statement: statements } = JSON.parse(policy.output);
    expect(statements[0].Resource[0]).toMatch(/^arn:aws:execute-api:eu-west-1:\d{12}:\w+\/\$default\/POST\/releases$/);
  });

  it('releases from a pipeline whose role has the policy that the doctor prints, and nothing else', async () => {
    const { output } = await teal(['doctor', '--ci-policy'], { TEAL_API: '' });
    const policy = JSON.parse(output) as { Statement: { Sid: string }[] };
    const pipeline = await aRole('pipeline', policy);
    const released = await teal(['release', name, ...RELEASE], pipeline);
    expect([released.exitCode, released.said]).toEqual([0, '']);
    expect(await people.alias(name)).toEqual({ version: '2', weights: {} });
    expect((await teal(['status', name], pipeline)).exitCode).toBe(0);
    expect((await teal(['doctor'], pipeline)).exitCode).toBe(0);
    const id = /Release (\S+) of/.exec(released.output)![1]!;
    // Over, and so refused, but by Teal and not for want of a right.
    expect(await teal(['abort', id], pipeline)).toMatchObject({ exitCode: 2, said: `Release ${id} is over: promoted.\n` });
    expect(await teal(['adopt', name], pipeline)).toMatchObject({ exitCode: 69, said: expect.stringMatching(NO_PERMISSION) });
  });

  it.each([
    ['release', () => ['release', name, ...RELEASE]],
    ['list', () => ['list']],
    ['abort', () => ['abort', `${name}-1`]],
    ['doctor', () => ['doctor']],
  ])('ends with 69 for credentials without the right to call Teal, and says which that is: teal %s', async (_, args) => {
    const reader = await aRole('reader', {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: ['cloudwatch:GetMetricData', 'lambda:ListFunctions'], Resource: '*' }],
    });
    const { exitCode, output, said } = await teal(args(), reader);
    expect(exitCode).toBe(69);
    expect(output + said).toMatch(NO_PERMISSION);
    expect(await people.alias(name)).toEqual({ version: '1', weights: {} });
  });

  it('stops quietly when nobody reads on', async () => {
    const shell = start(['-c', `'${process.execPath}' '${bundle}' list | head -1`], { command: ['bash'] });
    const { exitCode, output, said } = await shell.ended;
    expect([exitCode, said]).toEqual([0, '']);
    expect(output).toMatch(/^(RELEASE|No release)/);
  });

  it('ends as it does, also when nobody hears what it says', async () => {
    // Node ends with 1 when it cannot write: here that is a reverted release.
    const show = start(['show', 'nothing-1']);
    show.child.stderr.destroy();
    expect((await show.ended).exitCode).toBe(64);
  });

  it('takes the profile that it is told, and does not speak of the keys that are set too', async () => {
    writeFileSync(
      join(folder, 'credentials'),
      `[team]\naws_access_key_id=${ready.credentials.accessKeyId}\naws_secret_access_key=${ready.credentials.secretAccessKey}\n`,
    );
    const variables = { AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'), AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7NOBODY0' };
    expect(await teal(['list', '--profile', 'team'], variables)).toMatchObject({ exitCode: 0, said: '' });
    expect(await teal(['doctor', '--profile', 'team'], variables)).toMatchObject({ exitCode: 0, said: '' });
    const none = await teal(['list', '--profile', 'nobody'], variables);
    expect(none).toMatchObject({ exitCode: 69, said: expect.stringMatching(/^There are no AWS credentials .*list-profiles/) });
  });

  it.each<[string, string[], Record<string, string>, RegExp]>([
    ['a flag that there is not', ['release', 'orders', '--plam', '10% 5m'], {}, /unknown option '--plam'/],
    ['a folder for a file', ['release', 'orders', '--file', '.'], {}, /^\. cannot be read: EISDIR/],
    ['a plan that cannot be read', ['release', 'orders', '--plan', 'soon'], {}, /^plan: cannot read "soon"/],
  ])('ends with 64 for %s', async (_, args, variables, said) => {
    const ended = await teal(args, variables);
    expect(ended).toEqual({ exitCode: 64, output: '', said: expect.stringMatching(said) });
  });

  it.each<[string, string[], Record<string, string>, RegExp]>([
    ['no API at that address', ['list', '--api', 'http://127.0.0.1:9'], {}, /does not answer.*Check the network, and the address/s],
    ['no such stack', ['list', '--teal-stack', 'teal-nowhere'], { TEAL_API: '' }, /no stack teal-nowhere in eu-west-1/],
    ['another region', ['list'], { TEAL_API: '', AWS_REGION: 'us-east-1' }, /us-east-1 cannot be read.*--region \(AWS_REGION\)/s],
    ['no region', ['list'], { AWS_REGION: '' }, /--region eu-west-1, or set AWS_REGION/],
    [
      'no credentials',
      ['list'],
      { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_EC2_METADATA_DISABLED: 'true' },
      /no AWS credentials.*aws sso login/s,
    ],
    ['credentials of nobody', ['list'], { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7NOBODY0' }, /answered with 403.*execute-api:Invoke/s],
  ])('ends with 69 for %s', async (_, args, variables, said) => {
    const ended = await teal(args, variables);
    expect(ended).toEqual({ exitCode: 69, output: '', said: expect.stringMatching(said) });
  });
});
