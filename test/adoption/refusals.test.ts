import {
  AddPermissionCommand,
  GetPolicyCommand,
  PolicyLengthExceededException,
  PutProvisionedConcurrencyConfigCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { describe, expect, it } from 'vitest';
import { describeState, findAdoptionProblems } from '../../functions/release/adoption/problems.ts';
import type { CallFault, ServiceCall } from '../../local/faults.ts';
import { createWorld, createWorldWith, type World } from '../world.ts';
import { adopt } from './a-report.ts';

interface Problem {
  title: string;
  detail: string;
  errors: { field: string; message: string }[];
  releaseId?: string;
  target?: string;
}

const refused = async (world: World, body: unknown) => {
  const answer = await world.call<Problem>('POST', '/adoptions', body);
  return { status: answer.status, title: answer.body.title, errors: answer.body.errors };
};
const hasAlias = (world: World, name: string) =>
  world.alias(name).then(
    () => true,
    () => false,
  );

describe('an adoption is refused', () => {
  it.each([
    ['no body', undefined, ''],
    ['a list', [], ''],
    ['no functions', {}, 'functions'],
    ['an empty list', { functions: [] }, 'functions'],
    ['21 functions', { functions: Array.from({ length: 21 }, (_, index) => `f${index}`) }, 'functions'],
    ['an ARN', { functions: ['arn:aws:lambda:eu-west-1:123456789012:function:orders-api'] }, 'functions[0]'],
    ['a function twice', { functions: ['orders-api', 'orders-api'] }, 'functions[1]'],
    ['the alias $LATEST', { functions: ['orders-api'], alias: '$LATEST' }, 'alias'],
    ['an alias of digits', { functions: ['orders-api'], alias: '7' }, 'alias'],
    ['a field that it does not know', { functions: ['orders-api'], colour: 'teal' }, 'colour'],
  ])('for %s', async (_, body, field) => {
    const world = await createWorld();
    const { status, errors } = await refused(world, body);
    expect([status, errors.map((error) => error.field)]).toEqual([400, [field]]);
  });

  it('with every function that is in no state for it named, before anything is written', async () => {
    const world = await createWorldWith('split', 'provisioned', 'fine');
    await world.publish('split');
    await world.moveAlias('split', '1', { 2: 0.1 });
    await world.lambda.send(
      new PutProvisionedConcurrencyConfigCommand({ FunctionName: 'provisioned', Qualifier: 'live', ProvisionedConcurrentExecutions: 1 }),
    );
    await world.aBareFunction('on-latest');
    await world.createAlias('on-latest', '$LATEST');
    await world.aBareFunction('bare');
    await world.aBareFunction('updating');
    world.slowToActivate(5);
    await world.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'updating', MemorySize: 256 }));
    await world.aBareFunction('new');

    const functions = ['bare', 'no-such', 'split', 'provisioned', 'on-latest', 'updating', 'new', 'fine'];
    const { status, errors } = await refused(world, { functions });
    expect(status).toBe(400);
    expect(errors).toEqual([
      { field: 'functions[1]', message: 'function no-such does not exist in this account and region' },
      { field: 'functions[2]', message: expect.stringMatching(/^alias live of split is split .*; put it on one version first$/) },
      { field: 'functions[3]', message: expect.stringContaining('alias live of provisioned has provisioned concurrency of its own') },
      { field: 'functions[4]', message: 'alias live of on-latest names $LATEST, which cannot be split; point it at a published version' },
      { field: 'functions[5]', message: 'the last update of updating is InProgress; wait for it or mend it' },
      { field: 'functions[6]', message: 'new is Pending; wait for it or mend it' },
    ]);
    expect(await hasAlias(world, 'bare')).toBe(false);
  });

  it('while a release is in flight for the function, whichever of its aliases that moves', async () => {
    const world = await createWorldWith('orders-api', 'payments');
    const id = await world.start({ targets: ['orders-api'], plan: '10% 5m, 100% 5m' });
    await world.untilBaking(id);
    const { status, body } = await world.call<Problem>('POST', '/adoptions', { functions: ['payments', 'orders-api'], alias: 'blue' });
    expect([status, body.title, body.releaseId, body.target]).toEqual([409, 'Target is busy', id, 'orders-api:live']);
    await expect(world.alias('payments', 'blue')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await world.command(id, 'abort');
    await world.untilOver(id);
    expect(await adopt(world, 'orders-api')).toMatchObject([{ version: '1', aliasCreated: false }]);
  });

  it('when somebody deploys other code, or creates the alias, just then; the next call goes on', async () => {
    const world = await createWorld();
    await world.aBareFunction('orders-api');
    world.before('adopt', 'PublishVersion', () => world.deployCode('orders-api', 'good'));
    expect(await refused(world, { functions: ['orders-api'] })).toMatchObject({ status: 409, title: 'Changed meanwhile' });
    expect(await hasAlias(world, 'orders-api')).toBe(false);
    world.before('adopt', 'CreateAlias', async () => {
      await world.deployCode('orders-api', 'bad');
      await world.createAlias('orders-api', await world.publish('orders-api'));
    });
    expect(await refused(world, { functions: ['orders-api'] })).toMatchObject({ status: 409, title: 'Changed meanwhile' });
    expect(await adopt(world, 'orders-api')).toMatchObject([{ version: '2', aliasCreated: false, ready: true }]);
  });
});

it('is refused with the parameter to change for a function that Teal may not touch', async () => {
  const world = await createWorld();
  const heal = world.failing('adopt', 'GetFunction', () => Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' }));
  const { status, errors } = await refused(world, { functions: ['orders-api'] });
  heal();
  expect([status, errors]).toEqual([
    400,
    [{ field: 'functions[0]', message: expect.stringMatching(/^Teal may not release orders-api: its parameter releasableFunctions /) }],
  ]);
});

it('tells nothing to paste while the policy of the alias has no room for a statement', async () => {
  const world = await createWorld();
  await world.aBareFunction('orders-api');
  for (const id of ['one', 'two'])
    await world.allowBare('orders-api', id, { Principal: 's3.amazonaws.com', SourceArn: `arn:aws:s3:::${id}` });
  const heal = world.failing(
    'adopt',
    'AddPermission',
    () => new PolicyLengthExceededException({ message: 'The final policy size is bigger than the limit (20480)', $metadata: {} }),
  );
  const [full] = await adopt(world, 'orders-api');
  heal();
  expect(full).toMatchObject({
    ready: false,
    notes: [expect.stringMatching(/^the policy of alias live is full: .* lacks one, two of orders-api;/)],
  });
  expect(full).not.toHaveProperty('callers');
  expect((await adopt(world, 'orders-api'))[0]).toMatchObject({ ready: true, permissions: { copied: ['one', 'two'] } });
});

describe('an adoption that AWS does not let finish', () => {
  /** A function with three permissions, and a world in which one call goes wrong once. */
  const withFault = async (operation: string, fault: CallFault) => {
    let isMet = true;
    const onCall = (call: ServiceCall) => {
      if (isMet || call.operation !== operation) return undefined;
      isMet = true;
      return fault;
    };
    const world = await createWorld({ faults: { onCall } });
    await world.aBareFunction('orders-api');
    for (const id of ['one', 'two', 'three'])
      await world.allowBare('orders-api', id, { Principal: 's3.amazonaws.com', SourceArn: `arn:aws:s3:::${id}` });
    isMet = false;
    return world;
  };

  it.each([
    ['throttled', 'PublishVersion'],
    ['reply-lost', 'PublishVersion'],
    ['throttled', 'CreateAlias'],
    ['reply-lost', 'CreateAlias'],
    ['throttled', 'AddPermission'],
    ['reply-lost', 'AddPermission'],
    ['refused', 'ListEventSourceMappings'],
  ] as const)('says so (%s at %s), and the next call finishes it', async (fault, operation) => {
    const world = await withFault(operation, fault);
    expect(await refused(world, { functions: ['orders-api'] })).toMatchObject({ status: 503, title: 'AWS is busy' });
    const [report] = await adopt(world, 'orders-api');
    expect(report).toMatchObject({ version: '1', ready: true, permissions: { ofFunction: 3 } });
    const { Policy } = await world.lambda.send(new GetPolicyCommand({ FunctionName: 'orders-api', Qualifier: 'live' }));
    const statements = (JSON.parse(Policy!) as { Statement: { Sid: string; Resource: string }[] }).Statement;
    expect(statements.map(({ Sid, Resource }) => [Sid, Resource])).toEqual(['one', 'two', 'three'].map((id) => [id, report!.aliasArn]));
    expect((await adopt(world, 'orders-api'))[0]!.permissions.copied).toEqual([]);
  });
});

describe('an alias that is there already', () => {
  it('stays where it is, and the report says that $LATEST is something else', async () => {
    const world = await createWorldWith('orders-api');
    const [report] = await adopt(world, 'orders-api');
    expect(report).toMatchObject({ version: '1', aliasCreated: false, ready: true });
    expect(report!.notes).toEqual([expect.stringContaining('alias live is on version 1, which is not what $LATEST is now')]);
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
  });
});

it('tells nothing to paste before Lambda has the version ready', async () => {
  const world = await createWorld();
  await world.aBareFunction('orders-api');
  await world.allowBare('orders-api', 'bucket', { Principal: 's3.amazonaws.com', SourceArn: 'arn:aws:s3:::uploads' });
  world.slowToActivate(1);
  const [early] = await adopt(world, 'orders-api');
  expect(early).toMatchObject({ ready: false, notes: ['version 1 is Pending: call again when Lambda has it ready'] });
  expect(early).not.toHaveProperty('callers');
  await world.minutes(2);
  expect((await adopt(world, 'orders-api'))[0]).toMatchObject({ ready: true, notes: [], callers: [{ kind: 'permission' }] });
});

it.each<[string | undefined, string[]]>([
  [undefined, []],
  ['Active', []],
  ['Pending', ['version 7 is Pending: call again when Lambda has it ready']],
  ['Inactive', ['version 7 is Inactive: invoke it once, and call again when Lambda has it ready']],
  ['Failed', ['version 7 cannot serve: no network; put the alias on one that can']],
])('a version that is %s is waited for as it needs', (state, words) =>
  expect(describeState({ version: '7', codeSha256: '', role: '', configuration: '', state, stateReason: 'no network' })).toEqual(words),
);

it('is refused when somebody gives the alias another statement of the same id just then; the next call copies it under another', async () => {
  const world = await createWorld();
  await world.aBareFunction('orders-api');
  await world.allowBare('orders-api', 'bucket', { Principal: 's3.amazonaws.com', SourceArn: 'arn:aws:s3:::uploads' });
  const theirs = {
    FunctionName: 'orders-api',
    Qualifier: 'live',
    StatementId: 'bucket',
    Action: 'lambda:InvokeFunction',
    Principal: 's3.amazonaws.com',
    SourceArn: 'arn:aws:s3:::others',
  };
  world.before('adopt', 'AddPermission', async () => void (await world.lambda.send(new AddPermissionCommand(theirs))));
  expect(await refused(world, { functions: ['orders-api'] })).toMatchObject({ status: 409, title: 'Changed meanwhile' });
  expect(await adopt(world, 'orders-api')).toMatchObject([{ ready: true, permissions: { copied: ['bucket-2'] } }]);
});

it('refuses a function that Lambda could not make', () => {
  const latest = { version: '$LATEST', codeSha256: '', role: '', configuration: '', state: 'Failed' };
  const facts = { function: 'orders-api', latest, routing: undefined, hasProvisionedConcurrency: false, isForbidden: false };
  expect(findAdoptionProblems('live', facts)).toEqual(['orders-api is Failed; wait for it or mend it']);
  expect(findAdoptionProblems('live', { ...facts, latest: { ...latest, state: 'Active' } })).toEqual([]);
});

it('takes twenty functions', async () => {
  const world = await createWorld();
  const names = Array.from({ length: 20 }, (_, index) => `team-${index}`);
  for (const name of names) await world.aBareFunction(name);
  const reports = await adopt(world, ...names);
  expect(reports.map((report) => [report.function, report.version])).toEqual(names.map((name) => [name, '1']));
});
