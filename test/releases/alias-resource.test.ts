import { GetFunctionCommand, ListVersionsByFunctionCommand } from '@aws-sdk/client-lambda';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../local/cloudformation/intrinsics.ts';
import type { Stack } from '../../local/cloudformation/stacks.ts';
import { CALL_FAULTS, type ServiceCall } from '../../local/faults.ts';
import { type Asked, askAliasResource, STACK_ID } from '../world/custom-resource.ts';
import { deployStack, ordersFunction, removeStack, uploadOf } from '../world/deploy-stack.ts';
import type { World } from '../world/open-world.ts';
import { createWorld } from '../world.ts';

const LIVE = 'arn:aws:lambda:eu-west-1:123456789012:function:orders-api:live';
const PLAN = { targets: ['orders-api'], plan: '10% 5m, 100% 5m' };

let world: World;

const ask = (asked: Asked = {}) => askAliasResource(world, asked);
const ORDERS = { FunctionName: 'orders-api' };
const create = (more: Record<string, string> = {}) => ask({ ResourceProperties: { ...ORDERS, ...more } });
const remove = (more: Record<string, string> = {}, PhysicalResourceId = LIVE) =>
  ask({ RequestType: 'Delete', PhysicalResourceId, ResourceProperties: { ...ORDERS, ...more } });

/** A function as a stack makes it: no version, no alias. */
async function aBareFunction(options: Parameters<typeof createWorld>[0] = {}) {
  world = await createWorld(options);
  await world.aFunction('orders-api', { next: 'blue' });
  await world.deleteAlias('orders-api');
}

const versions = async () =>
  (await world.lambda.send(new ListVersionsByFunctionCommand({ FunctionName: 'orders-api' }))).Versions!.map(({ Version }) => Version);
const aliasOf = (alias = 'live') => world.alias('orders-api', alias).catch(() => undefined);

describe('a stack that creates Custom::TealAlias', () => {
  it('gets an alias of the code that it deploys, by its ARN', async () => {
    await aBareFunction();
    await world.deployCode('orders-api', 'good');
    expect(await create()).toMatchObject({
      Status: 'SUCCESS',
      PhysicalResourceId: LIVE,
      Data: { AliasArn: LIVE, AliasName: 'live', FunctionName: 'orders-api' },
    });
    expect(await aliasOf()).toEqual({ version: '2', weights: {} });
  });

  it.each([
    ['the ARN of the function', { FunctionName: 'arn:aws:lambda:eu-west-1:123456789012:function:orders-api' }, 'live'],
    ['another alias', { AliasName: 'next' }, 'next'],
  ])('may name %s', async (_, properties, alias) => {
    await aBareFunction();
    expect(await create(properties)).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: LIVE.replace('live', alias) });
    expect(await aliasOf(alias)).toEqual({ version: '1', weights: {} });
  });

  it('takes an alias that is there already as it is, split or not', async () => {
    world = await createWorld();
    await world.aFunction('orders-api');
    await world.publish('orders-api');
    await world.moveAlias('orders-api', '1', { 2: 0.1 });
    await world.deployCode('orders-api', 'bad');
    expect(await create()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: LIVE });
    expect(await aliasOf()).toEqual({ version: '1', weights: { 2: 0.1 } });
    expect(await versions()).toEqual(['$LATEST', '1', '2']);
  });

  it('may be asked twice: the second finds what the first made', async () => {
    await aBareFunction();
    const first = await create();
    await world.deployCode('orders-api', 'good');
    expect(await create()).toEqual({ ...first, RequestId: expect.any(String) });
    expect(await aliasOf()).toEqual({ version: '1', weights: {} });
  });

  it('waits for a function that Lambda is still making', async () => {
    world = await createWorld();
    world.slowToActivate(3);
    await world.aFunction('orders-api', { next: 'blue' });
    await world.deleteAlias('orders-api');
    expect(await create()).toMatchObject({ Status: 'SUCCESS' });
    expect(await aliasOf()).toEqual({ version: '1', weights: {} });
  });

  it('waits for a function that is being updated', async () => {
    await aBareFunction();
    world.slowToActivate(3);
    await world.deployCode('orders-api', 'good');
    expect(await create()).toMatchObject({ Status: 'SUCCESS' });
    expect(await aliasOf()).toEqual({ version: '2', weights: {} });
  });

  it('gets no alias before its version can serve', async () => {
    await aBareFunction();
    await world.deployCode('orders-api', 'good');
    world.slowToActivate(3);
    const seen: unknown[] = [];
    world.before('aliasResource', 'CreateAlias', async () => {
      const { Configuration } = await world.lambda.send(new GetFunctionCommand({ FunctionName: 'orders-api', Qualifier: '2' }));
      seen.push(Configuration!.State);
    });
    expect(await create()).toMatchObject({ Status: 'SUCCESS' });
    expect(seen).toEqual(['Active']);
  });

  it.each([
    ['a function that failed', '$LATEST', { State: 'Failed', StateReason: 'no subnet' }, 'orders-api:$LATEST cannot serve: no subnet.'],
    ['a version that failed', '1', { State: 'Failed', StateReason: 'no snapshot' }, 'orders-api:1 cannot serve: no snapshot.'],
    ['an update that failed', '$LATEST', { LastUpdateStatus: 'Failed' }, 'The last update of orders-api failed'],
  ])('is told of %s', async (_, qualifier, changed, reason) => {
    await aBareFunction({
      faults: {
        onAnswer({ operation }, { query }, answer) {
          if (operation !== 'GetFunction' || query?.get('Qualifier') !== qualifier) return;
          const body = JSON.parse(String(answer.body)) as { Configuration: object };
          answer.body = JSON.stringify({ ...body, Configuration: { ...body.Configuration, ...changed } });
        },
      },
    });
    const answer = await create();
    expect([answer.Status, answer.Reason]).toEqual(['FAILED', expect.stringContaining(reason)]);
    expect(await aliasOf()).toBeUndefined();
  });

  it('is told when Lambda takes longer than the function may wait', async () => {
    world = await createWorld({ hasSdkRetries: true });
    world.slowToActivate(30);
    await world.aFunction('orders-api', { next: 'blue' });
    await world.deleteAlias('orders-api');
    const { Status, Reason } = await create();
    expect(Status).toBe('FAILED');
    expect(Reason).toBe(
      'Alias live of orders-api: Lambda is still making the function. Teal waited as long as it could: deploy again once the function is ready.',
    );
    expect(await aliasOf()).toBeUndefined();
  });
});

describe('a stack that says what cannot be', () => {
  it.each<[string, Record<string, string>, RegExp]>([
    ['no function', { FunctionName: '' }, /^FunctionName is "".*!Ref/],
    ['a function that does not exist', { FunctionName: 'payments' }, /^Function payments does not exist in the account and region/],
    ['an alias as function', { FunctionName: 'orders-api:live' }, /^FunctionName is "orders-api:live".*without a version or an alias/],
    ['the alias $LATEST', { AliasName: '$LATEST' }, /^AliasName is "\$LATEST".*is no alias/],
    ['a version as alias', { AliasName: '42' }, /^AliasName is "42".*not digits alone/],
    ['a property that there is not', { Alias: 'live', Version: '3' }, /no property Alias, Version\. It has ServiceToken, .*AliasName/],
    ['another OnDelete', { OnDelete: 'retain' }, /^OnDelete is "retain".*keep .* or delete/],
  ])('is told so: %s', async (_, properties, reason) => {
    await aBareFunction();
    const { Status, Reason } = await create(properties);
    expect(Status).toBe('FAILED');
    expect(Reason).toMatch(reason);
    expect(await aliasOf()).toBeUndefined();
  });

  it('is told in few bytes, whatever it said', async () => {
    await aBareFunction();
    const { Reason } = await create({ ['\u0001é'.repeat(2000)]: 'x' });
    expect(Reason).toMatch(/^Custom::TealAlias has no property .*…$/s);
  });

  it('keeps its physical id when an update fails, so that nothing is replaced', async () => {
    await aBareFunction();
    await create();
    const answer = await ask({ RequestType: 'Update', PhysicalResourceId: LIVE, ResourceProperties: { FunctionName: 'payments' } });
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: LIVE });
  });
});

describe('a stack that updates Custom::TealAlias', () => {
  it('moves nothing, also while a release bakes', async () => {
    await aBareFunction();
    await create();
    await world.deployCode('orders-api', 'good');
    const id = await world.start(PLAN);
    await world.untilBaking(id);
    const update: Asked = { RequestType: 'Update', PhysicalResourceId: LIVE, ResourceProperties: { ...ORDERS, OnDelete: 'delete' } };
    expect(await ask(update)).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: LIVE });
    expect(await aliasOf()).toEqual({ version: '1', weights: { 2: 0.1 } });
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted' });
  });

  it('makes an alias again that somebody deleted', async () => {
    await aBareFunction();
    await create();
    await world.deleteAlias('orders-api');
    await ask({ RequestType: 'Update', PhysicalResourceId: LIVE, ResourceProperties: ORDERS });
    expect(await aliasOf()).toEqual({ version: '1', weights: {} });
  });

  it.each(['orders-api', LIVE.replace(':live', '')])(
    'makes one again where a release had put it, and not at what was deployed since: %s',
    async (name) => {
      await aBareFunction();
      await create();
      await world.deployCode('orders-api', 'good');
      await world.runRelease(PLAN);
      await world.deleteAlias('orders-api');
      await world.deployCode('orders-api', 'bad');
      await ask({ RequestType: 'Update', PhysicalResourceId: LIVE, ResourceProperties: { FunctionName: name } });
      expect(await aliasOf()).toEqual({ version: '2', weights: {} });
      expect(await versions()).toEqual(['$LATEST', '1', '2']);
    },
  );

  it('gets another physical id for another alias, and keeps the old one when CloudFormation deletes it', async () => {
    await aBareFunction();
    await create();
    const properties = { ...ORDERS, AliasName: 'next' };
    expect(await ask({ RequestType: 'Update', PhysicalResourceId: LIVE, ResourceProperties: properties })).toMatchObject({
      Status: 'SUCCESS',
      PhysicalResourceId: LIVE.replace('live', 'next'),
    });
    expect(await remove()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: LIVE });
    expect([await aliasOf(), await aliasOf('next')]).toEqual([
      { version: '1', weights: {} },
      { version: '1', weights: {} },
    ]);
  });
});

describe('a stack that deletes Custom::TealAlias', () => {
  it('leaves the alias to those who call it', async () => {
    await aBareFunction();
    await create();
    expect(await remove()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: LIVE });
    expect(await aliasOf()).toEqual({ version: '1', weights: {} });
  });

  it('takes the alias with it when told to', async () => {
    await aBareFunction();
    await create({ OnDelete: 'delete' });
    expect(await remove({ OnDelete: 'delete' })).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: LIVE });
    expect(await aliasOf()).toBeUndefined();
    // CloudFormation asks again when it did not hear.
    expect(await remove({ OnDelete: 'delete' })).toMatchObject({ Status: 'SUCCESS' });
  });

  it('never takes an alias that it found, or that another stack made', async () => {
    await aBareFunction();
    await create();
    const other = STACK_ID.replace('orders-prod', 'orders-next');
    await ask({ StackId: other, ResourceProperties: { ...ORDERS, OnDelete: 'delete' } });
    const asked: Asked = { StackId: other, RequestType: 'Delete', PhysicalResourceId: LIVE };
    expect(await ask({ ...asked, ResourceProperties: { ...ORDERS, OnDelete: 'delete' } })).toMatchObject({ Status: 'SUCCESS' });
    expect(await aliasOf()).toEqual({ version: '1', weights: {} });
  });

  it('is refused while a release holds the target, and is told which', async () => {
    await aBareFunction();
    await create({ OnDelete: 'delete' });
    await world.deployCode('orders-api', 'good');
    const id = await world.start(PLAN);
    await world.untilBaking(id);
    const { Status, Reason } = await remove({ OnDelete: 'delete' });
    expect(Status).toBe('FAILED');
    expect(Reason).toBe(
      `Release ${id} is moving alias live of orders-api. Wait for its end, or abort it with POST /releases/${id}/abort; then delete again.`,
    );
    expect(await aliasOf()).toEqual({ version: '1', weights: { 2: 0.1 } });
    await world.untilOver(id);
    expect(await remove({ OnDelete: 'delete' })).toMatchObject({ Status: 'SUCCESS' });
    expect(await aliasOf()).toBeUndefined();
  });

  it('is done when the function is gone', async () => {
    await aBareFunction();
    await create({ OnDelete: 'delete' });
    await world.deleteFunction('orders-api');
    expect(await remove({ OnDelete: 'delete' })).toMatchObject({ Status: 'SUCCESS' });
  });

  it('rolls back what was never made, under whichever id CloudFormation has for it', async () => {
    world = await createWorld();
    await world.aFunction('orders-api');
    const { Status, PhysicalResourceId } = await create({ OnDelete: 'never' });
    expect(Status).toBe('FAILED');
    for (const id of [PhysicalResourceId, 'orders-prod-OrdersLive-1ABCDEFGHIJKL', ''])
      expect(await remove({ OnDelete: 'delete' }, id)).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: id });
    expect(await aliasOf()).toEqual({ version: '1', weights: {} });
  });
});

describe('whatever goes wrong', () => {
  const CALLS = ['GetAlias', 'GetFunction', 'PublishVersion', 'CreateAlias', 'PutAnswer'];
  const throttled = () =>
    Object.assign(new Error('Rate exceeded'), { name: 'TooManyRequestsException', $metadata: { httpStatusCode: 429 } });
  const lost = () => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });

  it.each(CALLS)('a Create gets through when a call of %s is throttled', async (operation) => {
    await aBareFunction();
    world.before('aliasResource', operation, () => Promise.reject(throttled()));
    expect(await create()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: LIVE });
    expect(await aliasOf()).toEqual({ version: '1', weights: {} });
  });

  it.each(CALLS)('a Create gets through when the reply to %s is lost', async (operation) => {
    await aBareFunction();
    world.after('aliasResource', operation, () => Promise.reject(lost()));
    expect(await create()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: LIVE });
    expect(await aliasOf()).toEqual({ version: '1', weights: {} });
  });

  it.each(['GetAlias', 'GetItem', 'DeleteAlias', 'PutAnswer'])(
    'a Delete gets through when %s is throttled, or its reply lost',
    async (operation) => {
      await aBareFunction();
      await create();
      world.before('aliasResource', operation, () => Promise.reject(throttled()));
      world.after('aliasResource', operation, () => Promise.reject(lost()));
      expect(await remove({ OnDelete: 'delete' })).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: LIVE });
      expect(await aliasOf()).toBeUndefined();
    },
  );

  it.each(CALLS.slice(0, -1))('a stack is told in time when %s goes on failing', async (operation) => {
    // The function's own timeout holds, and its SDK clients try again.
    await aBareFunction({ hasSdkRetries: true });
    world.failing('aliasResource', operation, throttled);
    const { Status, Reason } = await create();
    expect(Status).toBe('FAILED');
    expect(Reason).toMatch(/^Alias live of orders-api: AWS did not answer in time \(.*Rate exceeded\)\. Deploy again\.$/);
  });

  it('a stack is told which right is missing and where to give it', async () => {
    await aBareFunction();
    const denied = () =>
      Object.assign(new Error('User: … is not authorized to perform: lambda:GetAlias'), { name: 'AccessDeniedException' });
    world.failing('aliasResource', 'GetAlias', denied);
    expect((await create()).Reason).toMatch(/Teal may not do this: .*lambda:GetAlias.*releasableFunctions/);
  });

  it('a stack is told of an error that nobody foresaw, and where to read more', async () => {
    await aBareFunction();
    world.failing('aliasResource', 'CreateAlias', () => new RangeError('boom'));
    const { Status, Reason } = await create();
    expect(Status).toBe('FAILED');
    expect(Reason).toMatch(/RangeError: boom.*the log of request .* of teal-prod-aliasResource says more/);
  });

  it('the function fails, so that Lambda calls it again, only when its answer cannot be given', async () => {
    await aBareFunction();
    const mend = world.failing('aliasResource', 'PutAnswer', lost);
    await expect(create()).rejects.toThrow('it was not answered');
    mend();
    expect(await create()).toMatchObject({ Status: 'SUCCESS' });
  });
});

describe('a whole stack', () => {
  const live = { Ref: 'OrdersLive' };
  const aliasResource = (properties: JsonObject = {}) => ({
    Type: 'Custom::TealAlias',
    Properties: { ServiceToken: { 'Fn::ImportValue': 'teal-prod-AliasResource' }, FunctionName: { Ref: 'Orders' }, ...properties },
  });
  const api = {
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'orders', ProtocolType: 'HTTP' } },
    Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: { Ref: 'Api' }, StageName: '$default', AutoDeploy: true } },
    Integration: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: { ApiId: { Ref: 'Api' }, IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0', IntegrationUri: live },
    },
    Route: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        ApiId: { Ref: 'Api' },
        RouteKey: 'GET /orders',
        Target: { 'Fn::Join': ['/', ['integrations', { Ref: 'Integration' }]] },
      },
    },
    MayCall: {
      Type: 'AWS::Lambda::Permission',
      Properties: { FunctionName: live, Action: 'lambda:InvokeFunction', Principal: 'apigateway.amazonaws.com' },
    },
  };

  /** A deploy of the stack with code that behaves so; its resources besides the function. */
  const deploy = (behaviour: string, resources: JsonObject = { OrdersLive: aliasResource() }, Outputs: JsonObject = {}) => {
    const key = `${behaviour}.zip`;
    const template = { Resources: { ...ordersFunction(key), ...resources }, Outputs };
    return deployStack(world, 'orders-prod', template, uploadOf(behaviour, key));
  };
  const outputOf = ({ outputs }: Stack, name: string) => outputs.find(({ key }) => key === name)!.value;

  /** The version that answers a user of the API. */
  async function versionOf(apiId: string): Promise<string> {
    const answer = await world.aws.httpApi.handle({
      method: 'GET',
      path: `/execute-api/${apiId}/orders`,
      query: new URLSearchParams(),
      headers: { host: 'localhost' },
      body: Buffer.from(''),
      caller: { accessKeyId: 'AKIAEXAMPLE', arn: 'arn:aws:iam::123456789012:user/ada' },
    });
    return (JSON.parse(Buffer.from(answer.body as string).toString()) as { version: string }).version;
  }

  it('sends its users through the alias, and shows them new code only by a release', async () => {
    world = await createWorld();
    for (const behaviour of ['blue', 'good']) world.behaviours[behaviour] = (_, { version }) => ({ version });
    const resources = { OrdersLive: aliasResource(), ...api };
    const outputs = { Live: { Value: { 'Fn::GetAtt': ['OrdersLive', 'AliasArn'] } }, Api: { Value: { Ref: 'Api' } } };
    const stack = await deploy('blue', resources, outputs);
    const apiId = outputOf(stack, 'Api');
    expect([outputOf(stack, 'Live'), await versionOf(apiId)]).toEqual([LIVE, '1']);

    await deploy('good', resources, outputs);
    expect(await versionOf(apiId)).toBe('1');
    expect(await world.runRelease(PLAN)).toMatchObject({ status: 'promoted' });
    expect(await versionOf(apiId)).toBe('2');
  });

  it('is deployed while a release bakes, and moves nothing', async () => {
    world = await createWorld();
    await deploy('blue');
    await world.deployCode('orders-api', 'good');
    const id = await world.start(PLAN);
    await world.untilBaking(id);
    await deploy('bad', { OrdersLive: aliasResource({ OnDelete: 'delete' }) });
    expect(await aliasOf()).toEqual({ version: '1', weights: { 2: 0.1 } });
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted' });
    expect(await aliasOf()).toEqual({ version: '2', weights: {} });
  });

  it('leaves the alias when its resource goes, and takes it along when told to', async () => {
    world = await createWorld();
    await deploy('blue');
    await deploy('blue', {});
    expect(await aliasOf()).toEqual({ version: '1', weights: {} });
    await deploy('blue', { OrdersLive: aliasResource({ OnDelete: 'delete' }) });
    await deploy('blue', {});
    expect(await aliasOf()).toBeUndefined();
  });

  it('gets another alias for another name, and keeps the old one', async () => {
    world = await createWorld();
    await deploy('blue');
    const { resources } = await deploy('blue', { OrdersLive: aliasResource({ AliasName: 'next' }) });
    expect(resources.get('OrdersLive')!.physicalId).toBe(LIVE.replace('live', 'next'));
    expect([await aliasOf(), await aliasOf('next')]).toEqual([
      { version: '1', weights: {} },
      { version: '1', weights: {} },
    ]);
  });

  it('fails with the words of Teal, and rolls back without touching an alias that was there', async () => {
    world = await createWorld();
    await deploy('blue', {});
    const version = await world.publish('orders-api');
    await world.createAlias('orders-api', version);
    const wrong = { ...aliasResource({ AliasName: '7' }), DependsOn: 'OrdersLive' };
    await expect(deploy('good', { OrdersLive: aliasResource({ OnDelete: 'delete' }), Wrong: wrong })).rejects.toThrow(
      /^orders-prod is UPDATE_ROLLBACK_COMPLETE: .*AliasName is "7"/,
    );
    expect(await aliasOf()).toEqual({ version, weights: {} });
  });

  it('rolls back, and takes along the alias that it made when told to', async () => {
    world = await createWorld();
    await deploy('blue', {});
    const wrong = { ...aliasResource({ AliasName: '7' }), DependsOn: 'OrdersLive' };
    await expect(deploy('good', { OrdersLive: aliasResource({ OnDelete: 'delete' }), Wrong: wrong })).rejects.toThrow('AliasName is "7"');
    expect(await aliasOf()).toBeUndefined();
  });

  it('is deleted, also when it could never be made', async () => {
    world = await createWorld();
    await deploy('blue');
    await removeStack(world, 'orders-prod');
    await expect(deploy('blue', { OrdersLive: aliasResource({ AliasName: '7' }) })).rejects.toThrow('AliasName is "7"');
    await removeStack(world, 'orders-prod');
    expect(world.aws.stacks.find('orders-prod')).toBeUndefined();
  });

  // A read that fails before or after its effect is the same.
  const POINTS = [
    ...['GetAlias', 'GetFunction'].flatMap((operation) => (['hung', 'killed'] as const).map((fault) => [operation, fault] as const)),
    ...['PublishVersion', 'CreateAlias'].flatMap((operation) => CALL_FAULTS.map((fault) => [operation, fault] as const)),
  ];

  it.each(POINTS)('deploys when a call of %s is %s', async (operation, fault) => {
    let isMet = false;
    const onCall = (call: ServiceCall) => {
      if (isMet || call.operation !== operation || !call.caller.includes('liasResource')) return undefined;
      isMet = true;
      return fault;
    };
    world = await createWorld({ faults: { onCall }, hasSdkRetries: true });
    await deploy('blue');
    await world.minutes(5);
    expect(isMet).toBe(true);
    expect(await aliasOf()).toEqual({ version: '1', weights: {} });
  });
});
