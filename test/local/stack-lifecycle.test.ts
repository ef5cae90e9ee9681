import {
  CreateChangeSetCommand,
  type CreateChangeSetCommandInput,
  DeleteChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  GetTemplateSummaryCommand,
  ListExportsCommand,
  SetStackPolicyCommand,
  UpdateStackCommand,
  UpdateTerminationProtectionCommand,
  ValidateTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateFunctionCommand, GetFunctionCommand, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../local/cloudformation/intrinsics.ts';
import { withStacks } from './a-stack.ts';
import { aFunction, aRole, type Behave, zip } from './an-aws.ts';

const aBake = (properties: JsonObject = {}): JsonObject => aFunction({ Code: { S3Bucket: 'packages', S3Key: 'v1.zip' }, ...properties });
const aLogGroup = (name?: string): JsonObject => ({ Type: 'AWS::Logs::LogGroup', Properties: name ? { LogGroupName: name } : {} });
const BROKEN: JsonObject = { Type: 'AWS::Events::Rule', Properties: { EventPattern: { source: [{ nonsense: 1 }] } }, DependsOn: 'Bake' };

describe('the creation of a stack', () => {
  it('tells of each resource in order, and is under way until all are there', async () => {
    const { create, told, cloudformation } = withStacks();
    const { StackStatus, StackId } = await create({ Resources: { Role: aRole, Bake: aBake() } });
    expect([StackStatus, (await told()).slice(-4)]).toEqual([
      'CREATE_COMPLETE',
      ['Bake CREATE_IN_PROGRESS', 'Bake CREATE_IN_PROGRESS', 'Bake CREATE_COMPLETE', 'shop CREATE_COMPLETE'],
    ]);
    const { StackEvents } = await cloudformation.send(new DescribeStackEventsCommand({ StackName: 'shop' }));
    expect(StackEvents!.at(-1)).toMatchObject({
      StackId,
      StackName: 'shop',
      LogicalResourceId: 'shop',
      PhysicalResourceId: StackId,
      ResourceType: 'AWS::CloudFormation::Stack',
      ResourceStatus: 'CREATE_IN_PROGRESS',
      ResourceStatusReason: 'User Initiated',
    });
    expect(new Set(StackEvents!.map(({ EventId }) => EventId)).size).toBe(StackEvents!.length);
  });

  it('is rolled back when a resource fails: nothing is left of it, and the stack can only be deleted', async () => {
    const { create, update, remove, clients, aws, told, reasons } = withStacks();
    const template = { Resources: { Role: aRole, Bake: aBake(), Rule: BROKEN } };
    expect((await create(template)).StackStatus).toBe('ROLLBACK_COMPLETE');
    expect((await clients.lambda.send(new ListFunctionsCommand({}))).Functions).toEqual([]);
    expect(aws.iam.roles.named('bake-role')).toBeUndefined();
    expect((await told()).slice(-9)).toEqual([
      'Bake CREATE_COMPLETE',
      'Rule CREATE_IN_PROGRESS',
      'Rule CREATE_FAILED',
      'shop ROLLBACK_IN_PROGRESS',
      'Bake DELETE_IN_PROGRESS',
      'Bake DELETE_COMPLETE',
      'Role DELETE_IN_PROGRESS',
      'Role DELETE_COMPLETE',
      'shop ROLLBACK_COMPLETE',
    ]);
    expect(await reasons()).toEqual([expect.stringMatching(/^Rule: /)]);
    await expect(update(template)).rejects.toThrow(/^Stack:arn:.* is in ROLLBACK_COMPLETE state and can not be updated\.$/);
    expect((await remove()).StackStatus).toBe('DELETE_COMPLETE');
    expect((await create({ Resources: { Role: aRole, Bake: aBake() } })).StackStatus).toBe('CREATE_COMPLETE');
  });

  it.each([
    ['DELETE', 'DELETE_COMPLETE', 0],
    ['DO_NOTHING', 'CREATE_FAILED', 1],
  ] as const)('that fails ends with OnFailure %s as %s', async (OnFailure, status, left) => {
    const { create, clients } = withStacks();
    const { StackStatus } = await create({ Resources: { Role: aRole, Bake: aBake(), Rule: BROKEN } }, { OnFailure });
    expect([StackStatus, (await clients.lambda.send(new ListFunctionsCommand({}))).Functions!.length]).toEqual([status, left]);
  });

  it('needs to be told that it may make roles', async () => {
    const { create } = withStacks();
    const unnamed = { ...aRole, Properties: { AssumeRolePolicyDocument: (aRole.Properties as JsonObject).AssumeRolePolicyDocument! } };
    const refused = (capability: string) => ({
      name: 'InsufficientCapabilitiesException',
      message: `Requires capabilities : [${capability}]`,
    });
    await expect(create({ Resources: { Role: aRole } }, { Capabilities: ['CAPABILITY_IAM'] })).rejects.toMatchObject(
      refused('CAPABILITY_NAMED_IAM'),
    );
    await expect(create({ Resources: { Role: unnamed } }, { Capabilities: [] })).rejects.toMatchObject(refused('CAPABILITY_IAM'));
    expect((await create({ Resources: { Role: unnamed } }, { Capabilities: ['CAPABILITY_IAM'] })).StackStatus).toBe('CREATE_COMPLETE');
  });

  it('is refused under a name that is taken, and with parameters that the template has not or that have no value', async () => {
    const { create } = withStacks();
    const template: JsonObject = { Parameters: { Colour: { Type: 'String' } }, Resources: { Log: aLogGroup() } };
    await expect(create(template)).rejects.toMatchObject({ name: 'ValidationError', message: 'Parameters: [Colour] must have values' });
    const Parameters = [{ ParameterKey: 'Color', ParameterValue: 'green' }];
    await expect(create(template, { Parameters })).rejects.toThrow('Parameters: [Color] do not exist in the template');
    await create(template, { Parameters: [{ ParameterKey: 'Colour', ParameterValue: 'green' }] });
    await expect(create({ Resources: { Log: aLogGroup() } })).rejects.toMatchObject({
      name: 'AlreadyExistsException',
      message: 'Stack [shop] already exists',
    });
  });

  it.each([
    'https://s3.amazonaws.com/packages/a/shop.json',
    'https://s3.eu-west-1.amazonaws.com/packages/a/shop.json',
    'https://packages.s3.eu-west-1.amazonaws.com/a/shop.json',
    'http://127.0.0.1:4566/packages/a/shop.json',
  ])('takes its template from S3 by any of its addresses: %s', async (TemplateURL) => {
    const { create, aws, resources } = withStacks();
    const body = Buffer.from(JSON.stringify({ Resources: { Log: aLogGroup('/shop') } }));
    aws.buckets.put('packages', { key: 'a/shop.json', body, headers: {}, checksums: {} });
    await create({}, { TemplateURL, TemplateBody: undefined });
    expect(await resources()).toEqual({ Log: '/shop' });
  });

  it('is refused with a template that is not there, not JSON, empty, or brought twice', async () => {
    const { create } = withStacks();
    const TemplateURL = 'https://s3.amazonaws.com/packages/none.json';
    await expect(create({}, { TemplateURL, TemplateBody: undefined })).rejects.toThrow('S3 error: The specified key does not exist.');
    await expect(create({}, { TemplateURL: 'https://example.com/a.json', TemplateBody: undefined })).rejects.toThrow(
      'TemplateURL must be a supported URL.',
    );
    await expect(create({}, { TemplateURL })).rejects.toThrow('Either Template URL or Template Body must be specified.');
    await expect(create({}, { TemplateBody: 'Resources:\n  Log:\n    Type: AWS::Logs::LogGroup' })).rejects.toThrow(
      'Template format error: the local AWS takes templates in JSON only',
    );
    await expect(create({})).rejects.toThrow('Template format error: At least one Resources member must be defined.');
  });
});

describe('an update', () => {
  it('that changes nothing is refused, also where only the spelling differs', async () => {
    const { create, update } = withStacks();
    const template: JsonObject = { Resources: { Log: aLogGroup('/shop') } };
    await create(template);
    const message = 'No updates are to be performed.';
    await expect(update(template)).rejects.toMatchObject({ name: 'ValidationError', message });
    await expect(
      update({ Resources: { Log: { ...aLogGroup(), Properties: { LogGroupName: { 'Fn::Join': ['', ['/', 'shop']] } } } } }),
    ).rejects.toThrow(message);
    expect((await update({ ...template, Outputs: { One: { Value: 1 } } })).Outputs).toEqual([{ OutputKey: 'One', OutputValue: '1' }]);
  });

  it('may keep the template and the values of parameters as they were', async () => {
    const { create, cloudformation, settled, resources } = withStacks();
    const Parameters = ['A', 'B'].map((ParameterKey) => ({ ParameterKey, ParameterValue: `/${ParameterKey}` }));
    const template: JsonObject = {
      Parameters: { A: { Type: 'String' }, B: { Type: 'String' } },
      Resources: Object.fromEntries(
        ['A', 'B'].map((name) => [`Log${name}`, { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: { Ref: name } } }]),
      ),
    };
    await create(template, { Parameters });
    await cloudformation.send(
      new UpdateStackCommand({
        StackName: 'shop',
        UsePreviousTemplate: true,
        Parameters: [
          { ParameterKey: 'A', UsePreviousValue: true },
          { ParameterKey: 'B', ParameterValue: '/C' },
        ],
      }),
    );
    await settled();
    expect(await resources()).toEqual({ LogA: '/A', LogB: '/C' });
  });

  it('of a stack that is not there is refused', async () => {
    const { update } = withStacks();
    await expect(update({ Resources: { Log: aLogGroup() } })).rejects.toThrow('Stack [shop] does not exist');
  });
});

describe('the deletion of a stack', () => {
  it('deletes its resources, the last first, and is told of by the id alone from then on', async () => {
    const { create, remove, cloudformation, clients } = withStacks();
    await create({ Resources: { Role: aRole, Bake: aBake() } });
    const { StackStatus, StackId, DeletionTime } = await remove();
    expect([StackStatus, DeletionTime]).toEqual(['DELETE_COMPLETE', expect.any(Date)]);
    expect((await clients.lambda.send(new ListFunctionsCommand({}))).Functions).toEqual([]);
    await expect(cloudformation.send(new DescribeStacksCommand({ StackName: 'shop' }))).rejects.toThrow(
      'Stack with id shop does not exist',
    );
    await expect(cloudformation.send(new DescribeStackEventsCommand({ StackName: 'shop' }))).rejects.toThrow('Stack [shop] does not exist');
    const { StackEvents } = await cloudformation.send(new DescribeStackEventsCommand({ StackName: StackId }));
    expect(StackEvents!.map(({ LogicalResourceId, ResourceStatus }) => `${LogicalResourceId} ${ResourceStatus}`).slice(0, 6)).toEqual([
      'shop DELETE_COMPLETE',
      'Role DELETE_COMPLETE',
      'Role DELETE_IN_PROGRESS',
      'Bake DELETE_COMPLETE',
      'Bake DELETE_IN_PROGRESS',
      'shop DELETE_IN_PROGRESS',
    ]);
    await cloudformation.send(new DeleteStackCommand({ StackName: 'shop' }));
  });

  it('keeps what the template retains, under the name that it has; a stack of that name gives its own another', async () => {
    const { create, remove, resources, clients } = withStacks();
    const template: JsonObject = {
      Resources: { Role: aRole, Bake: { ...aBake({ FunctionName: undefined as never }), DeletionPolicy: 'Retain' } },
    };
    await create(template);
    const { Bake: kept } = await resources();
    await remove();
    await create(template);
    const { Bake: anew } = await resources();
    expect(anew).not.toBe(kept);
    const { Functions } = await clients.lambda.send(new ListFunctionsCommand({}));
    expect(Functions!.map(({ FunctionName }) => FunctionName).sort()).toEqual([kept, anew].sort());
  });

  it('fails at a bucket with something in it, and goes on once that is empty', async () => {
    const { create, remove, aws, resources, reasons } = withStacks();
    await create({ Resources: { Bucket: { Type: 'AWS::S3::Bucket' }, Log: aLogGroup() } });
    const { Bucket } = await resources();
    aws.buckets.put(Bucket!, { key: 'left', body: Buffer.from('x'), headers: {}, checksums: {} });
    expect((await remove()).StackStatus).toBe('DELETE_FAILED');
    expect(await reasons()).toEqual([
      'Bucket: The bucket you tried to delete is not empty',
      'shop: The following resource(s) failed to delete: [Bucket]. ',
    ]);
    expect(Object.keys(await resources())).toEqual(['Bucket']);
    aws.buckets.find(Bucket!).objects.clear();
    expect((await remove()).StackStatus).toBe('DELETE_COMPLETE');
  });
});

it('a protected stack is not deleted before it is no longer protected', async () => {
  const { create, remove, cloudformation, describe: stack } = withStacks();
  await create({ Resources: { Log: aLogGroup() } });
  const protect = (isProtected: boolean) =>
    cloudformation.send(new UpdateTerminationProtectionCommand({ StackName: 'shop', EnableTerminationProtection: isProtected }));
  await protect(true);
  expect((await stack()).EnableTerminationProtection).toBe(true);
  await expect(remove()).rejects.toThrow('Stack [shop] cannot be deleted while TerminationProtection is enabled');
  await protect(false);
  expect((await remove()).StackStatus).toBe('DELETE_COMPLETE');
});

describe('an export', () => {
  const exporting = (value: string, name = 'colour'): JsonObject => ({
    Resources: { Log: aLogGroup() },
    Outputs: { Colour: { Value: value, Export: { Name: name } } },
  });
  async function anExportInUse() {
    const made = withStacks();
    await made.create(exporting('green'));
    const using = { Resources: { Log: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: { 'Fn::ImportValue': 'colour' } } } } };
    await made.create(using, { StackName: 'billing' });
    return made;
  }

  it('in use keeps its stack from changing it, and from going', async () => {
    const { update, remove, cloudformation } = await anExportInUse();
    for (const [template, what] of [
      [exporting('blue'), 'updated'],
      [exporting('green', 'color'), 'deleted'],
    ] as const) {
      const { StackStatus, Outputs } = await update(template);
      expect([StackStatus, Outputs![0]!.ExportName, Outputs![0]!.OutputValue]).toEqual(['UPDATE_ROLLBACK_COMPLETE', 'colour', 'green']);
      const { StackEvents } = await cloudformation.send(new DescribeStackEventsCommand({ StackName: 'shop' }));
      const rollback = StackEvents!.find(({ ResourceStatus }) => ResourceStatus === 'UPDATE_ROLLBACK_IN_PROGRESS');
      expect(rollback!.ResourceStatusReason).toBe(`Export colour cannot be ${what} as it is in use by billing. `);
    }
    const { StackStatus, StackStatusReason } = await remove();
    // As https://github.com/serverless/serverless/issues/2984 shows it: the status that it had before.
    expect([StackStatus, StackStatusReason]).toEqual([
      'UPDATE_ROLLBACK_COMPLETE',
      'Delete canceled. Cannot delete export colour as it is in use by billing.',
    ]);
  });

  it('that is not there fails whoever imports it, and says which', async () => {
    const { create, reasons, cloudformation } = withStacks();
    const template: JsonObject = { Resources: { Log: aLogGroup() }, Outputs: { One: { Value: { 'Fn::ImportValue': 'colour' } } } };
    expect((await create(template)).StackStatus).toBe('ROLLBACK_COMPLETE');
    expect(await reasons()).toEqual([]);
    const { StackEvents } = await cloudformation.send(new DescribeStackEventsCommand({ StackName: 'shop' }));
    expect(StackEvents!.find(({ ResourceStatus }) => ResourceStatus === 'ROLLBACK_IN_PROGRESS')!.ResourceStatusReason).toBe(
      'No export named colour found. Rollback requested by user.',
    );
    const change = { StackName: 'other', ChangeSetName: 'change' };
    await cloudformation.send(new CreateChangeSetCommand({ ...change, ChangeSetType: 'CREATE', TemplateBody: JSON.stringify(template) }));
    expect(await cloudformation.send(new DescribeChangeSetCommand(change))).toMatchObject({
      Status: 'FAILED',
      StatusReason: 'No export named colour found',
    });
  });

  it('goes with its stack once nobody uses it', async () => {
    const { remove, cloudformation } = await anExportInUse();
    await remove('billing');
    expect((await remove()).StackStatus).toBe('DELETE_COMPLETE');
    expect((await cloudformation.send(new ListExportsCommand({}))).Exports).toEqual([]);
  });
});

interface Asked {
  RequestType: string;
  PhysicalResourceId?: string;
  OldResourceProperties?: JsonObject;
  ResourceProperties: JsonObject;
  [copied: string]: unknown;
}

describe('a custom resource', () => {
  /** A function `maker` that answers as told, and what it was asked. */
  async function withMaker(answer: (asked: Asked) => object) {
    const asked: Asked[] = [];
    const behave: Behave = async (event, _name, aws) => {
      const request = event as unknown as Asked;
      asked.push(request);
      const { StackId, RequestId, LogicalResourceId, ResponseURL } = request;
      const whole = { Status: 'SUCCESS', PhysicalResourceId: request.PhysicalResourceId ?? 'made', StackId, RequestId, LogicalResourceId };
      await aws.put(ResponseURL as string, JSON.stringify({ ...whole, ...answer(request) }));
    };
    const made = withStacks(behave);
    await made.clients.lambda.send(
      new CreateFunctionCommand({
        FunctionName: 'maker',
        Role: 'arn:aws:iam::123456789012:role/maker',
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Code: { ZipFile: zip },
      }),
    );
    const story = () =>
      asked.map(
        ({ RequestType, PhysicalResourceId = '-', ResourceProperties }) =>
          `${RequestType} ${PhysicalResourceId} ${ResourceProperties.Size}`,
      );
    return { ...made, asked, story };
  }
  const thing = (size: number, more: JsonObject = {}): JsonObject => ({
    Resources: {
      Thing: { Type: 'Custom::Thing', Properties: { ServiceToken: 'arn:aws:lambda:eu-west-1:123456789012:function:maker', Size: size } },
      ...more,
    },
  });
  const after: JsonObject = { Rule: { ...BROKEN, DependsOn: 'Thing' } };

  it('is updated with what it was before, and deleted with its stack', async () => {
    const { create, update, remove, story, asked } = await withMaker(() => ({}));
    await create(thing(1));
    await update(thing(2));
    await remove();
    expect(story()).toEqual(['Create - 1', 'Update made 2', 'Delete made 2']);
    expect(asked[1]!.OldResourceProperties).toMatchObject({ Size: '1' });
    expect(asked[2]).not.toHaveProperty('OldResourceProperties');
  });

  it('that got another physical id by an update has the old one deleted in the end', async () => {
    const { create, update, story, resources } = await withMaker(({ RequestType, ResourceProperties }) =>
      RequestType === 'Delete' ? {} : { PhysicalResourceId: `of-${ResourceProperties.Size}` },
    );
    await create(thing(1));
    await update(thing(2));
    expect(story()).toEqual(['Create - 1', 'Update of-1 2', 'Delete of-1 1']);
    expect(await resources()).toEqual({ Thing: 'of-2' });
  });

  it('is put back by an update when the stack is rolled back, and what was new is deleted', async () => {
    const { create, update, story, resources } = await withMaker(({ RequestType, ResourceProperties }) =>
      RequestType === 'Delete' ? {} : { PhysicalResourceId: `of-${ResourceProperties.Size}` },
    );
    await create(thing(1));
    expect((await update(thing(2, after))).StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(story()).toEqual(['Create - 1', 'Update of-1 2', 'Update of-2 1', 'Delete of-2 2']);
    expect(await resources()).toEqual({ Thing: 'of-1' });
  });

  it.each<[string, object, RegExp]>([
    ['the id that it gave', { PhysicalResourceId: 'half' }, /^half$/],
    ['one that CloudFormation made up', { PhysicalResourceId: '' }, /^shop-Thing-[A-Z0-9]{12}$/],
  ])('whose creation failed is deleted by %s', async (_what, given, id) => {
    const { create, asked, reasons } = await withMaker(({ RequestType }) =>
      RequestType === 'Create' ? { Status: 'FAILED', Reason: 'no', ...given } : {},
    );
    expect((await create(thing(1))).StackStatus).toBe('ROLLBACK_COMPLETE');
    expect(asked.map(({ RequestType }) => RequestType)).toEqual(['Create', 'Delete']);
    expect(asked[1]!.PhysicalResourceId).toMatch(id);
    expect(await reasons()).toEqual([
      expect.stringContaining('Thing: Received response status [FAILED] from custom resource. Message returned: no'),
    ]);
  });

  it('keeps its stack under way until its function answers, and nobody changes that meanwhile', async () => {
    const events: Record<string, string>[] = [];
    const {
      create,
      update,
      remove,
      aws,
      settled,
      describe: stack,
      clients,
    } = withStacks((event) => void events.push(event as Record<string, string>));
    await clients.lambda.send(
      new CreateFunctionCommand({
        FunctionName: 'maker',
        Role: 'arn:aws:iam::123456789012:role/maker',
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Code: { ZipFile: zip },
      }),
    );
    expect((await create(thing(1))).StackStatus).toBe('CREATE_IN_PROGRESS');
    await expect(update(thing(2))).rejects.toThrow(/^Stack:arn:.* is in CREATE_IN_PROGRESS state and can not be updated\.$/);
    await expect(remove()).rejects.toThrow('the local AWS does not support to delete the stack shop while it is CREATE_IN_PROGRESS');
    const { ResponseURL, StackId, RequestId, LogicalResourceId } = events[0]!;
    const answer = { Status: 'SUCCESS', PhysicalResourceId: 'made', StackId, RequestId, LogicalResourceId };
    await aws.put(ResponseURL!, JSON.stringify(answer));
    await settled();
    expect((await stack()).StackStatus).toBe('CREATE_COMPLETE');
  });

  it('that failed without a rollback is tried again by the next update, which says the same', async () => {
    let isFailing = true;
    const {
      create,
      update,
      story,
      describe: stack,
    } = await withMaker(({ RequestType }) => (isFailing && RequestType !== 'Delete' ? { Status: 'FAILED', Reason: 'not yet' } : {}));
    await create({ Resources: { Log: aLogGroup() } });
    expect((await update(thing(1), { DisableRollback: true })).StackStatus).toBe('UPDATE_FAILED');
    isFailing = false;
    expect((await update(thing(1))).StackStatus).toBe('UPDATE_COMPLETE');
    expect(story()).toEqual(['Create - 1', 'Create - 1']);
    isFailing = true;
    expect((await update(thing(2), { DisableRollback: true })).StackStatus).toBe('UPDATE_FAILED');
    isFailing = false;
    await update(thing(2));
    expect([(await stack()).StackStatus, ...story().slice(-2)]).toEqual(['UPDATE_COMPLETE', 'Update made 2', 'Update made 2']);
  });

  it('that fails to be deleted keeps its stack from going', async () => {
    const { create, remove } = await withMaker(({ RequestType }) =>
      RequestType === 'Delete' ? { Status: 'FAILED', Reason: 'in use' } : {},
    );
    await create(thing(1));
    expect((await remove()).StackStatus).toBe('DELETE_FAILED');
  });

  it('cannot be given to another function', async () => {
    const { create, update, reasons } = await withMaker(() => ({}));
    await create(thing(1));
    const moved = { Type: 'Custom::Thing', Properties: { ServiceToken: 'arn:aws:lambda:eu-west-1:123456789012:function:other', Size: 1 } };
    await update({ Resources: { Thing: moved } });
    expect((await reasons())[0]).toBe('Thing: Modifying service token is not allowed.');
  });
});

describe('a change set', () => {
  async function withChangeSet(template: JsonObject, more: Partial<CreateChangeSetCommandInput> = {}) {
    const made = withStacks();
    const named = { StackName: 'shop', ChangeSetName: 'change' };
    const plan = (body: JsonObject, rest: Partial<CreateChangeSetCommandInput> = {}) =>
      made.cloudformation.send(
        new CreateChangeSetCommand({ ...named, TemplateBody: JSON.stringify(body), Capabilities: ['CAPABILITY_NAMED_IAM'], ...rest }),
      );
    const read = () => made.cloudformation.send(new DescribeChangeSetCommand(named));
    const execute = async () => {
      await made.cloudformation.send(new ExecuteChangeSetCommand(named));
      await made.settled();
    };
    const forget = () => made.cloudformation.send(new DeleteChangeSetCommand(named));
    await plan(template, { ChangeSetType: 'CREATE', ...more });
    return { ...made, plan, read, execute, forget };
  }
  const shop = (properties: JsonObject = {}, more: JsonObject = {}): JsonObject => ({
    Resources: { Role: aRole, Bake: aBake(properties), ...more },
  });

  it('for a new stack says what would be made, and makes it when it is executed', async () => {
    const { read, execute, describe: stack, clients, forget } = await withChangeSet(shop(), { Tags: [{ Key: 'STAGE', Value: 'prod' }] });
    expect((await stack()).StackStatus).toBe('REVIEW_IN_PROGRESS');
    const { Status, ExecutionStatus, Changes } = await read();
    expect([Status, ExecutionStatus]).toEqual(['CREATE_COMPLETE', 'AVAILABLE']);
    expect(Changes!.map(({ ResourceChange }) => `${ResourceChange!.Action} ${ResourceChange!.LogicalResourceId}`)).toEqual([
      'Add Role',
      'Add Bake',
    ]);
    await execute();
    expect((await stack()).StackStatus).toBe('CREATE_COMPLETE');
    expect((await clients.lambda.send(new GetFunctionCommand({ FunctionName: 'bake' }))).Tags).toMatchObject({ STAGE: 'prod' });
    await expect(read()).rejects.toMatchObject({ name: 'ChangeSetNotFoundException', message: 'ChangeSet [change] does not exist' });
    await forget();
  });

  it('for a stack that is there says what would change, and how', async () => {
    const permission = (service: string): JsonObject => ({
      Type: 'AWS::Lambda::Permission',
      Properties: { FunctionName: { Ref: 'Bake' }, Action: 'lambda:InvokeFunction', Principal: service },
    });
    const {
      plan,
      read,
      execute,
      describe: stack,
    } = await withChangeSet(shop({}, { Allowed: permission('s3.amazonaws.com'), Gone: aLogGroup() }));
    await execute();
    await plan(shop({ Timeout: 9 }, { Allowed: permission('sns.amazonaws.com'), New: aLogGroup() }));
    const { Changes } = await read();
    expect(
      Changes!.map(({ ResourceChange: change }) =>
        [change!.Action, change!.LogicalResourceId, change!.Replacement, ...change!.Details!.map(({ Target }) => Target!.Name)]
          .join(' ')
          .trim(),
      ),
    ).toEqual(['Modify Bake False Timeout', 'Modify Allowed True Principal', 'Add New', 'Remove Gone']);
    await execute();
    expect((await stack()).StackStatus).toBe('UPDATE_COMPLETE');
  });

  it('without changes has failed, and says so in the words that tools look for', async () => {
    const { plan, read, execute } = await withChangeSet(shop());
    await execute();
    await plan(shop());
    expect(await read()).toMatchObject({
      Status: 'FAILED',
      ExecutionStatus: 'UNAVAILABLE',
      StatusReason: "The submitted information didn't contain changes. Submit different information to create a change set.",
    });
    await expect(execute()).rejects.toMatchObject({ name: 'InvalidChangeSetStatusException' });
  });

  it('is refused where there is no stack to change, where there is one to create, and twice', async () => {
    const { plan, execute, cloudformation } = await withChangeSet(shop());
    await expect(plan(shop(), { StackName: 'other' })).rejects.toThrow('Stack [other] does not exist');
    await expect(plan(shop(), { ChangeSetType: 'CREATE' })).rejects.toMatchObject({ name: 'AlreadyExistsException' });
    await execute();
    await expect(plan(shop(), { ChangeSetType: 'CREATE' })).rejects.toThrow(
      'Stack [shop] already exists and cannot be created again with the changeSet [change].',
    );
    await cloudformation.send(new DeleteChangeSetCommand({ StackName: 'shop', ChangeSetName: 'never-was' }));
    await expect(cloudformation.send(new DeleteChangeSetCommand({ StackName: 'none', ChangeSetName: 'a' }))).rejects.toThrow(
      'Stack [none] does not exist',
    );
  });

  it('that was never executed goes with its stack', async () => {
    const { remove, create } = await withChangeSet(shop());
    expect((await remove()).StackStatus).toBe('DELETE_COMPLETE');
    expect((await create(shop())).StackStatus).toBe('CREATE_COMPLETE');
  });
});

it('ValidateTemplate tells the parameters of a template and what it needs to be allowed', async () => {
  const { cloudformation } = withStacks();
  const template = {
    Description: 'The shop',
    Parameters: { Colour: { Type: 'String', Default: 'green', Description: 'Of the walls' } },
    Resources: { Role: aRole },
  };
  expect(await cloudformation.send(new ValidateTemplateCommand({ TemplateBody: JSON.stringify(template) }))).toMatchObject({
    Description: 'The shop',
    Parameters: [{ ParameterKey: 'Colour', DefaultValue: 'green', Description: 'Of the walls', NoEcho: false }],
    Capabilities: ['CAPABILITY_NAMED_IAM'],
  });
});

it('GetTemplateSummary tells the same of a template, and of that of a stack', async () => {
  const { cloudformation, create } = withStacks();
  const template: JsonObject = { Parameters: { Colour: { Type: 'String', Default: 'green' } }, Resources: { Log: aLogGroup() } };
  const summary = {
    Parameters: [{ ParameterKey: 'Colour', ParameterType: 'String', DefaultValue: 'green', NoEcho: false }],
    ResourceTypes: ['AWS::Logs::LogGroup'],
    Capabilities: [],
  };
  expect(await cloudformation.send(new GetTemplateSummaryCommand({ TemplateBody: JSON.stringify(template) }))).toMatchObject(summary);
  await expect(cloudformation.send(new GetTemplateSummaryCommand({ StackName: 'shop' }))).rejects.toThrow(
    'Stack with id shop does not exist',
  );
  await create(template);
  expect(await cloudformation.send(new GetTemplateSummaryCommand({ StackName: 'shop' }))).toMatchObject(summary);
});

it('what a request says that is not supported here is refused by name', async () => {
  const { create, cloudformation } = withStacks();
  await expect(
    create({ Resources: { Log: aLogGroup() } }, { NotificationARNs: ['arn:aws:sns:eu-west-1:123456789012:deploys'] }),
  ).rejects.toThrow('CreateStack: the local AWS does not support NotificationARNs');
  await expect(cloudformation.send(new SetStackPolicyCommand({ StackName: 'shop', StackPolicyBody: '{}' }))).rejects.toThrow(
    'the local AWS does not support SetStackPolicy of CloudFormation',
  );
});
