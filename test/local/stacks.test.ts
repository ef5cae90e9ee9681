import {
  CloudFormationClient,
  DescribeStackResourceCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  GetTemplateCommand,
  ListExportsCommand,
  ListStackResourcesCommand,
  ListTypesCommand,
} from '@aws-sdk/client-cloudformation';
import { ListTagsCommand } from '@aws-sdk/client-lambda';
import { describe, expect, it } from 'vitest';
import { noSigner } from '../../local/request-handler.ts';
import { aFunction, anAws, aRole } from './an-aws.ts';

const template = {
  Description: 'The shop',
  Parameters: { Colour: { Type: 'String', Default: 'green' } },
  Resources: { Role: aRole, Bake: aFunction({ Tags: [{ Key: 'service', Value: 'orders' }] }) },
  Outputs: {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is CloudFormation's placeholder
    BakeName: { Description: 'Bakes', Value: { Ref: 'Bake' }, Export: { Name: { 'Fn::Sub': '${AWS::StackName}-bake' } } },
    StackId: { Value: { Ref: 'AWS::StackId' } },
  },
};

async function aDeployedShop() {
  const { aws, clients, deploy } = anAws();
  const { outputs } = await deploy(template, {}, 'shop', { STAGE: 'prod' });
  return { aws, clients, deploy, cloudformation: new CloudFormationClient({ ...aws.clientConfig, maxAttempts: 1 }), id: outputs.StackId! };
}

const missing = (message: string) => ({ name: 'ValidationError', message, $metadata: { httpStatusCode: 400 } });

describe('a deployed stack', () => {
  it('is described by its name and by its id, which is its ARN', async () => {
    const { cloudformation, id } = await aDeployedShop();
    expect(id).toMatch(/^arn:aws:cloudformation:eu-west-1:123456789012:stack\/shop\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    for (const StackName of ['shop', id]) {
      const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName }));
      expect(Stacks).toMatchObject([
        {
          StackName: 'shop',
          StackId: id,
          StackStatus: 'CREATE_COMPLETE',
          Description: 'The shop',
          CreationTime: new Date('2026-01-15T12:00:00Z'),
          Parameters: [{ ParameterKey: 'Colour', ParameterValue: 'green' }],
          Outputs: [
            { OutputKey: 'BakeName', OutputValue: 'bake', Description: 'Bakes', ExportName: 'shop-bake' },
            { OutputKey: 'StackId', OutputValue: id },
          ],
          Tags: [{ Key: 'STAGE', Value: 'prod' }],
        },
      ]);
    }
  });

  it('is listed with the others', async () => {
    const { cloudformation, deploy } = await aDeployedShop();
    await deploy({ Resources: {} }, {}, 'billing');
    const { Stacks } = await cloudformation.send(new DescribeStacksCommand({}));
    expect(Stacks!.map(({ StackName }) => StackName)).toEqual(['billing', 'shop']);
  });

  it('lists its resources, and describes one or all of them', async () => {
    const { cloudformation, id } = await aDeployedShop();
    const { StackResourceSummaries } = await cloudformation.send(new ListStackResourcesCommand({ StackName: 'shop' }));
    const bake = {
      LogicalResourceId: 'Bake',
      PhysicalResourceId: 'bake',
      ResourceType: 'AWS::Lambda::Function',
      ResourceStatus: 'CREATE_COMPLETE',
    };
    const role = { LogicalResourceId: 'Role', PhysicalResourceId: 'bake-role', ResourceType: 'AWS::IAM::Role' };
    expect(StackResourceSummaries).toMatchObject([role, bake]);
    const all = await cloudformation.send(new DescribeStackResourcesCommand({ StackName: 'shop' }));
    expect(all.StackResources).toMatchObject([role, { ...bake, StackName: 'shop', StackId: id }]);
    const one = await cloudformation.send(new DescribeStackResourcesCommand({ StackName: 'shop', LogicalResourceId: 'Bake' }));
    expect(one.StackResources).toMatchObject([bake]);
    const { StackResourceDetail } = await cloudformation.send(
      new DescribeStackResourceCommand({ StackName: 'shop', LogicalResourceId: 'Bake' }),
    );
    expect(StackResourceDetail).toMatchObject({ ...bake, StackName: 'shop', LastUpdatedTimestamp: new Date('2026-01-15T12:00:00Z') });
  });

  it('is found by the physical id of a resource alone', async () => {
    const { cloudformation } = await aDeployedShop();
    const { StackResources } = await cloudformation.send(new DescribeStackResourcesCommand({ PhysicalResourceId: 'bake' }));
    expect(StackResources!.map(({ StackName, LogicalResourceId }) => `${StackName} ${LogicalResourceId}`)).toEqual([
      'shop Role',
      'shop Bake',
    ]);
    await expect(cloudformation.send(new DescribeStackResourcesCommand({ PhysicalResourceId: 'other' }))).rejects.toMatchObject(
      missing('Stack for other does not exist'),
    );
  });

  it('is told to be missing where there is none, and so is a resource', async () => {
    const { cloudformation } = await aDeployedShop();
    const StackName = 'none';
    for (const asked of [
      cloudformation.send(new DescribeStacksCommand({ StackName })),
      cloudformation.send(new ListStackResourcesCommand({ StackName })),
      cloudformation.send(new DescribeStackResourcesCommand({ StackName })),
      cloudformation.send(new GetTemplateCommand({ StackName })),
    ]) {
      await expect(asked).rejects.toMatchObject(missing('Stack with id none does not exist'));
    }
    await expect(
      cloudformation.send(new DescribeStackResourceCommand({ StackName: 'shop', LogicalResourceId: 'None' })),
    ).rejects.toMatchObject(missing('Resource None does not exist for stack shop'));
  });

  it('gives its template and its exports', async () => {
    const { cloudformation, id } = await aDeployedShop();
    const { TemplateBody } = await cloudformation.send(new GetTemplateCommand({ StackName: 'shop' }));
    expect(JSON.parse(TemplateBody!)).toEqual(template);
    const { Exports } = await cloudformation.send(new ListExportsCommand({}));
    expect(Exports).toEqual([{ ExportingStackId: id, Name: 'shop-bake', Value: 'bake' }]);
  });

  it('lists its resources a hundred at a time', async () => {
    const { cloudformation, deploy } = await aDeployedShop();
    const names = Array.from({ length: 101 }, (_, index) => `Log${index}`);
    await deploy({ Resources: Object.fromEntries(names.map((name) => [name, { Type: 'AWS::Logs::LogGroup' }])) }, {}, 'logs');
    const first = await cloudformation.send(new ListStackResourcesCommand({ StackName: 'logs' }));
    const second = await cloudformation.send(new ListStackResourcesCommand({ StackName: 'logs', NextToken: first.NextToken }));
    expect([first.StackResourceSummaries!.length, second.StackResourceSummaries!.length, second.NextToken]).toEqual([100, 1, undefined]);
  });

  it('tags its functions with its own tags and with who made them', async () => {
    const { clients, id } = await aDeployedShop();
    const { Tags } = await clients.lambda.send(new ListTagsCommand({ Resource: 'arn:aws:lambda:eu-west-1:123456789012:function:bake' }));
    expect(Tags).toEqual({
      service: 'orders',
      STAGE: 'prod',
      'aws:cloudformation:stack-name': 'shop',
      'aws:cloudformation:stack-id': id,
      'aws:cloudformation:logical-id': 'Bake',
    });
  });

  it('is read by a role that may, and by no other', async () => {
    const { aws } = await aDeployedShop();
    const trust = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    };
    const Resource = 'arn:aws:cloudformation:*:*:stack/shop/*';
    const Statement = [{ Effect: 'Allow', Action: 'cloudformation:ListStackResources', Resource }];
    const policies = [{ name: 'read', document: { Version: '2012-10-17', Statement } }];
    aws.iam.roles.put({ name: 'reader', arn: 'arn:aws:iam::123456789012:role/reader', trust, policies });
    const requestHandler = aws.requestHandlerOf(aws.identities.forRole('reader', 'plan'));
    const reader = new CloudFormationClient({ ...aws.clientConfig, maxAttempts: 1, signer: noSigner, requestHandler });
    expect((await reader.send(new ListStackResourcesCommand({ StackName: 'shop' }))).StackResourceSummaries).toHaveLength(2);
    await expect(reader.send(new DescribeStacksCommand({ StackName: 'shop' }))).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(reader.send(new ListStackResourcesCommand({ StackName: 'billing' }))).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

it('CloudFormation refuses by name what the local AWS has not', async () => {
  const { cloudformation } = await aDeployedShop();
  await expect(cloudformation.send(new ListTypesCommand({}))).rejects.toMatchObject({
    name: 'InvalidAction',
    message: 'the local AWS does not support ListTypes of CloudFormation',
  });
});
