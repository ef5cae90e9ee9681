import { describe, expect, it } from 'vitest';
import { createAuthority } from '../../local/iam/authority.ts';
import { createRoles } from '../../local/iam/roles.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { createWorldWith } from '../world.ts';
import { API, type Circumstances, runInWorld } from './run-in-world.ts';

const named = (name: string, message: string) => Object.assign(new Error(message), { name });
const refused = (name: string, message: string) => () => Promise.reject(named(name, message));
const BY_STACK = ['--teal-stack', 'teal', '--region', 'eu-west-1'];
const VERSION = `${packageJson.version}, as this command`;

describe('teal doctor', () => {
  it('finds all well, one thing after the other', async () => {
    const world = await createWorldWith('orders');
    await world.runRelease({ targets: ['orders'], plan: '100% 1m', unwatched: true });
    const { exitCode, output, said } = await runInWorld(world, ['doctor', ...BY_STACK], { env: {} });
    expect([exitCode, said]).toEqual([0, '']);
    expect(output.split('\n')).toEqual([
      '✔ region: eu-west-1',
      '✔ credentials: arn:aws:iam::123456789012:user/administrator',
      '✔ stack: teal is CREATE_COMPLETE',
      `✔ version: ${VERSION}`,
      expect.stringMatching(/^✔ API: https:\/\/\w+\.execute-api\.eu-west-1\.amazonaws\.com answers, and these credentials may call it$/),
      '✔ metrics: these credentials may read them for the live view',
      '✔ orders:live: on version 2',
      '',
    ]);
  });

  it('leaves the stack alone when a person says where Teal is', async () => {
    const world = await createWorldWith();
    const { exitCode, output } = await runInWorld(world, ['doctor'], { aws: { readStack: refused('AccessDenied', 'no') } });
    expect(exitCode).toBe(0);
    expect(output).toContain('· stack: not looked at, since --api or TEAL_API says where Teal is\n');
    expect(output).toContain('✔ aliases: nothing is released yet\n');
  });

  it('prints what it found as JSON', async () => {
    const world = await createWorldWith();
    const { output } = await runInWorld(world, ['doctor', '--json', ...BY_STACK], { env: {} });
    expect(JSON.parse(output).findings[0]).toEqual({ state: 'passed', of: 'region', message: 'eu-west-1' });
  });

  it.each<[string, Circumstances, RegExp]>([
    ['the region', { aws: { region: () => Promise.reject(new Error('Region is missing')) } }, /^✖ region: .*--region eu-west-1/m],
    ['credentials', { aws: { readCaller: refused('CredentialsProviderError', 'none') } }, /^✖ credentials: .*aws sso login$/m],
    [
      'credentials that AWS knows',
      { aws: { readCaller: refused('InvalidClientTokenId', 'The security token is invalid.') } },
      /^✖ credentials: AWS does not take them \(InvalidClientTokenId: .*--profile/m,
    ],
    [
      'a network',
      { aws: { readCaller: () => Promise.reject(Object.assign(new Error('getaddrinfo ENOTFOUND sts'), { syscall: 'getaddrinfo' })) } },
      /^✖ credentials: AWS does not answer \(getaddrinfo ENOTFOUND sts\)\. Check the network/m,
    ],
    ['the stack', { env: {}, aws: { readStack: refused('ValidationError', 'no') } }, /^✖ stack: There is no stack teal-prod in eu-west-1/m],
    ['an address', { env: { TEAL_API: 'teal-prod' } }, /^✖ API: "teal-prod" is no address/m],
    [
      'the right to call',
      { connection: async () => Response.json({ message: 'Forbidden' }, { status: 403 }) },
      /^✖ API: .*execute-api:Invoke/m,
    ],
    ['an API that answers', { connection: () => Promise.reject(new TypeError('fetch failed')) }, /^✖ API: .*Check the network/m],
  ])('ends with 69 at what cannot be gone without, with how to mend it: %s', async (_, circumstances, message) => {
    const world = await createWorldWith();
    const { exitCode, output } = await runInWorld(world, ['doctor'], circumstances);
    expect(exitCode).toBe(69);
    expect(output.trimEnd().split('\n').at(-1)).toMatch(message);
  });

  it.each([
    ['UPDATE_ROLLBACK_FAILED', 69, /^✖ stack: teal-prod is UPDATE_ROLLBACK_FAILED\. Its events in CloudFormation say why/m],
    ['UPDATE_IN_PROGRESS', 0, /^! stack: teal-prod is UPDATE_IN_PROGRESS: Teal is just being changed$/m],
  ])('goes on with a stack that is %s', async (status, code, message) => {
    const world = await createWorldWith();
    const aws = { readStack: async () => ({ status, outputs: { ApiUrl: API, Version: packageJson.version } }) };
    const { exitCode, output } = await runInWorld(world, ['doctor'], { env: {}, aws });
    expect(exitCode).toBe(code);
    expect(output).toMatch(message);
    expect(output).toContain(`✔ API: ${API} answers`);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['another version', { Version: '9.9.9' }, /^! version: Teal is 9\.9\.9, this command .*install teal@9\.9\.9$/m],
    ['a version that does not say so', {}, /^! version: teal-prod does not say which Teal it is.*Deploy this Teal/m],
  ])('warns of %s', async (_, outputs, message) => {
    const world = await createWorldWith();
    const aws = { readStack: async () => ({ status: 'UPDATE_COMPLETE', outputs: { ApiUrl: API, ...outputs } }) };
    const { exitCode, output } = await runInWorld(world, ['doctor'], { env: {}, aws });
    expect(exitCode).toBe(0);
    expect(output).toMatch(message);
  });

  it('warns that the live view has no numbers', async () => {
    const world = await createWorldWith();
    const aws = { readMetrics: refused('AccessDenied', 'not authorized') };
    const { exitCode, output } = await runInWorld(world, ['doctor'], { aws });
    expect(exitCode).toBe(0);
    expect(output).toMatch(/^! metrics: .*Allow cloudwatch:GetMetricData$/m);
  });

  it('warns of the aliases that it manages', async () => {
    const world = await createWorldWith('orders', 'payments');
    await world.runRelease({ targets: ['orders', 'payments'], plan: '100% 1m', unwatched: true });
    await world.moveAlias('orders', '1');
    await world.deleteFunction('payments');
    const { exitCode, output } = await runInWorld(world, ['doctor']);
    expect(exitCode).toBe(0);
    expect(output).toMatch(/^! orders:live: .*version 1/m);
    expect(output).toMatch(/^! payments:live: .*To have it again: teal adopt payments --alias live$/m);
  });
});

describe('teal doctor --ci-policy', () => {
  const ACCOUNT = { region: 'eu-west-1', accountId: '123456789012' };
  const INVOKE = 'execute-api:Invoke';
  const api = (id: string, route = 'POST/releases') => `arn:aws:execute-api:eu-west-1:123456789012:${id}/$default/${route}`;
  const COMMANDS = ['promote', 'advance', 'abort'].map((name) => `POST/releases/orders-1/${name}`);
  const stack = (name: string) => `arn:aws:cloudformation:eu-west-1:123456789012:stack/${name}/0a1b2c`;

  /** Whether a pipeline with this policy may do it. */
  const pipelineWith = (document: unknown) => {
    const roles = createRoles();
    const trust = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    };
    roles.put({ name: 'ci', arn: 'arn:aws:iam::123456789012:role/ci', trust, policies: [{ name: 'teal', document }] });
    const authority = createAuthority(ACCOUNT, roles);
    return (action: string, resource: string) =>
      authority.authorize('arn:aws:sts::123456789012:assumed-role/ci/run', { action, resource }).then(
        () => true,
        () => false,
      );
  };

  it('prints what lets a pipeline find Teal, call it and see numbers, and nothing else', async () => {
    const world = await createWorldWith();
    const { exitCode, output } = await runInWorld(world, ['doctor', '--ci-policy', ...BY_STACK], { env: {} });
    expect(exitCode).toBe(0);
    const may = pipelineWith(JSON.parse(output));
    const id = Object.values(world.resources).find(({ type }) => type === 'AWS::ApiGatewayV2::Api')!.physicalId;
    expect(await may(INVOKE, api(id))).toBe(true);
    for (const route of ['POST/dry-runs', 'GET/releases', 'GET/releases/orders-1', 'GET/functions/orders/aliases/live', ...COMMANDS])
      expect([route, await may(INVOKE, api(id, route))]).toEqual([route, true]);
    for (const route of ['POST/adoptions', 'POST/rollbacks', 'POST/releases/orders-1/approve', 'POST/releases/orders-1', 'DELETE/releases'])
      expect([route, await may(INVOKE, api(id, route))]).toEqual([route, false]);
    expect(await may(INVOKE, api('another'))).toBe(false);
    expect(await may('cloudformation:DescribeStacks', stack('teal'))).toBe(true);
    expect(await may('cloudformation:DescribeStacks', stack('shop'))).toBe(false);
    expect(await may('cloudwatch:GetMetricData', '*')).toBe(true);
    expect(await may('lambda:ListFunctions', '*')).toBe(true);
    expect(await may('lambda:UpdateAlias', 'arn:aws:lambda:eu-west-1:123456789012:function:orders')).toBe(false);
  });

  it('has what takes a hand in releases in a statement of its own, and says that it may go', async () => {
    const world = await createWorldWith();
    const { output, said } = await runInWorld(world, ['doctor', '--ci-policy']);
    expect(said).toMatch(/^Statement CommandReleases .* leave it out/);
    const policy = JSON.parse(output) as { Statement: { Sid: string }[] };
    const may = pipelineWith({ ...policy, Statement: policy.Statement.filter(({ Sid }) => Sid !== 'CommandReleases') });
    for (const route of COMMANDS) expect(await may(INVOKE, api('teal', route))).toBe(false);
    for (const route of ['POST/releases', 'GET/releases/orders-1']) expect(await may(INVOKE, api('teal', route))).toBe(true);
  });

  it('leaves the stack out for a pipeline that is told where Teal is', async () => {
    const world = await createWorldWith();
    const { output } = await runInWorld(world, ['doctor', '--ci-policy']);
    const may = pipelineWith(JSON.parse(output));
    expect(await may(INVOKE, api('teal'))).toBe(true);
    expect(await may('cloudformation:DescribeStacks', stack('teal-prod'))).toBe(false);
  });

  it('says what to do about an address that does not tell which API it is', async () => {
    const world = await createWorldWith();
    const { exitCode, said } = await runInWorld(world, ['doctor', '--ci-policy', '--region', 'eu-west-1'], {
      env: { TEAL_API: 'https://teal.example.com' },
    });
    expect(exitCode).toBe(64);
    expect(said).toMatch(/does not tell which API it is\. Leave out --api and TEAL_API/);
  });
});
