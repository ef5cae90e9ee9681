import { CreateFunctionCommand, GetAliasCommand } from '@aws-sdk/client-lambda';
import { expect, it } from 'vitest';
import type { JsonObject } from '../../local/cloudformation/intrinsics.ts';
import { type AnAws, aFunction, anAws, aRole, type Behave, zip } from './an-aws.ts';

interface Asked {
  RequestType: string;
  ResponseURL: string;
  StackId: string;
  RequestId: string;
  LogicalResourceId: string;
  ResourceProperties: JsonObject;
}

/** Answers a request of CloudFormation's; `answer` says what differs from success. */
const answers =
  (answer: (asked: Asked) => object | string): Behave =>
  async (event, _name, aws) => {
    const asked = event as unknown as Asked;
    const { StackId, RequestId, LogicalResourceId } = asked;
    const said = answer(asked);
    const whole = { Status: 'SUCCESS', PhysicalResourceId: 'made', StackId, RequestId, LogicalResourceId };
    await aws.put(asked.ResponseURL, typeof said === 'string' ? said : JSON.stringify({ ...whole, ...said }));
  };

const TOKEN = 'arn:aws:lambda:eu-west-1:123456789012:function:maker';

/** A local AWS with a function called maker. */
async function withMaker(behave: Behave): Promise<AnAws> {
  const made = anAws(behave);
  await made.clients.lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'maker',
      Role: 'arn:aws:iam::123456789012:role/maker',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: zip },
    }),
  );
  return made;
}

const custom = (properties: JsonObject = {}, type = 'Custom::Thing'): JsonObject => ({
  Type: type,
  Properties: { ServiceToken: TOKEN, ...properties },
});

it('a function makes a custom resource: Ref gives its physical id, Fn::GetAtt its data', async () => {
  const { deploy } = await withMaker(answers(() => ({ Data: { Url: 'https://x', Count: 3 } })));
  const { outputs } = await deploy({
    Resources: { Thing: custom() },
    Outputs: {
      Id: { Value: { Ref: 'Thing' } },
      Url: { Value: { 'Fn::GetAtt': ['Thing', 'Url'] } },
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is CloudFormation's placeholder
      Count: { Value: { 'Fn::Sub': '${Thing.Count} of them' } },
    },
  });
  expect(outputs).toEqual({ Id: 'made', Url: 'https://x', Count: '3 of them' });
});

it.each(['Custom::Thing', 'AWS::CloudFormation::CustomResource'])(
  'the function of a %s gets the event that AWS sends, every value a text',
  async (type) => {
    const { aws, deploy, invoked } = await withMaker(answers(() => ({})));
    await deploy({ Resources: { Thing: custom({ Size: 3, IsWarm: true, Tags: [{ Weight: 0.5 }] }, type) } }, {}, 'shop');
    const ResourceProperties = { ServiceToken: TOKEN, Size: '3', IsWarm: 'true', Tags: [{ Weight: '0.5' }] };
    expect(JSON.parse(invoked[0]!.payload)).toEqual({
      RequestType: 'Create',
      ServiceToken: TOKEN,
      ResponseURL: expect.stringMatching(
        /^https:\/\/s3\.eu-west-1\.amazonaws\.com\/cloudformation-custom-resource-response-euwest1\/arn%3A.*X-Amz-Signature=/,
      ),
      StackId: aws.stacks.find('shop')!.id,
      RequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      LogicalResourceId: 'Thing',
      ResourceType: type,
      ResourceProperties,
    });
  },
);

it('the answer comes over HTTP where the local AWS listens', async () => {
  const { aws, deploy } = await withMaker(async (event) => {
    const { StackId, RequestId, LogicalResourceId, ResponseURL } = event as unknown as Asked;
    const body = JSON.stringify({ Status: 'SUCCESS', PhysicalResourceId: 'afar', StackId, RequestId, LogicalResourceId });
    const put = (url: string) => fetch(url, { method: 'PUT', body, headers: { 'content-type': '' } });
    // Nobody else's answer counts.
    expect((await put(ResponseURL.replace(/Signature=\w{4}/, 'Signature=0000'))).status).toBe(403);
    expect((await put(ResponseURL)).status).toBe(200);
  });
  await aws.listen(0);
  const { resources } = await deploy({ Resources: { Thing: custom() } });
  expect(resources.Thing!.physicalId).toBe('afar');
});

it('what a custom resource made is there for what refers to it', async () => {
  const { deploy, clients } = await withMaker(answers(() => ({ Data: { Version: '$LATEST' } })));
  await deploy({
    Resources: {
      Live: {
        Type: 'AWS::Lambda::Alias',
        Properties: { FunctionName: 'maker', FunctionVersion: { 'Fn::GetAtt': ['Thing', 'Version'] }, Name: { Ref: 'Thing' } },
      },
      Thing: custom(),
    },
  });
  expect((await clients.lambda.send(new GetAliasCommand({ FunctionName: 'maker', Name: 'made' }))).FunctionVersion).toBe('$LATEST');
});

it.each<[string, object | string, string]>([
  [
    'FAILED',
    { Status: 'FAILED', Reason: 'no such thing' },
    'Received response status [FAILED] from custom resource. Message returned: no such thing (RequestId: ',
  ],
  ['more than 4 KB', { Data: { Much: 'x'.repeat(4096) } }, 'Response object is too long.'],
  ['no JSON', 'done', 'Invalid response object'],
  ['no physical id', { PhysicalResourceId: undefined }, 'Invalid PhysicalResourceId'],
  ["another request's id", { RequestId: 'other' }, 'the response of a custom resource must copy RequestId from its request'],
  [
    'a list where a text belongs',
    { Data: { List: ['a'] } },
    'the local AWS does not support the list or object List in the Data of a custom resource',
  ],
])('a function that answers %s fails the deploy', async (_what, answer, message) => {
  const { aws, deploy } = await withMaker(answers(() => answer));
  await expect(deploy({ Resources: { Thing: custom() } }, {}, 'shop')).rejects.toThrow(`Thing (Custom::Thing): ${message}`);
  expect(aws.stacks.find('shop')!.status).toBe('CREATE_FAILED');
});

it('an attribute that the answer does not have fails the deploy', async () => {
  const { deploy } = await withMaker(answers(() => ({})));
  const template = { Resources: { Thing: custom() }, Outputs: { Url: { Value: { 'Fn::GetAtt': ['Thing', 'Url'] } } } };
  await expect(deploy(template)).rejects.toThrow("Vendor response doesn't contain Url attribute in object Thing");
});

it.each([
  ['an hour', {}, 3600],
  ['its ServiceTimeout', { ServiceTimeout: 90 }, 90],
])('a function that does not answer fails the deploy after %s', async (_what, properties, seconds) => {
  const { aws, deploy } = await withMaker(() => {});
  const { clock, work } = aws.ground;
  let failure: Error | undefined;
  deploy({ Resources: { Thing: custom(properties) } }).catch((error: Error) => {
    failure = error;
  });
  await work.settle();
  await clock.advanceTo(clock.nowMs() + seconds * 1000 - 1);
  expect(failure).toBeUndefined();
  await clock.advanceTo(clock.nowMs() + 1);
  expect(failure!.message).toContain(
    'CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [',
  );
});

it.each([
  ['is missing', undefined],
  ['is of another account', 'arn:aws:lambda:eu-west-1:999999999999:function:maker'],
  ['is a topic', 'arn:aws:sns:eu-west-1:123456789012:maker'],
])('a ServiceToken that %s is refused by name', async (_what, token) => {
  const { deploy } = await withMaker(answers(() => ({})));
  const properties: JsonObject = token ? { ServiceToken: token } : {};
  await expect(deploy({ Resources: { Thing: { Type: 'Custom::Thing', Properties: properties } } })).rejects.toThrow(
    'the local AWS takes the ARN of one of its functions as ServiceToken',
  );
});

it('a custom resource whose function is in the same template waits for it', async () => {
  const { deploy } = anAws(answers(() => ({})));
  const { resources } = await deploy({
    Resources: {
      Thing: { Type: 'Custom::Thing', Properties: { ServiceToken: { 'Fn::GetAtt': ['Bake', 'Arn'] } } },
      Bake: aFunction(),
      Role: aRole,
    },
  });
  expect(Object.keys(resources)).toEqual(['Role', 'Bake', 'Thing']);
});
