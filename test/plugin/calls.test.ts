import { describe, expect, it } from 'vitest';
import { describeBareCalls, mendTemplate } from '../../plugin/calls.ts';
import type { Resource, Template } from '../../plugin/framework.ts';
import type { Named } from '../../plugin/references.ts';

const ORDERS: Named = {
  key: 'orders',
  name: 'shop-prod-orders',
  logicalId: 'OrdersLambdaFunction',
  alias: { name: 'live', logicalId: 'OrdersTealAlias' },
};
const NAME = { Ref: 'OrdersLambdaFunction' };
const ARN = { 'Fn::GetAtt': ['OrdersLambdaFunction', 'Arn'] };
const BY_ALIAS = { Ref: 'OrdersTealAlias' };

const aTemplate = (resource: Resource): Template => ({
  Resources: { OrdersLambdaFunction: { Type: 'AWS::Lambda::Function', Properties: { FunctionName: 'shop-prod-orders' } }, Mine: resource },
});
const told = (resource: Resource) => describeBareCalls(aTemplate(resource), [ORDERS]);
const mended = (resource: Resource) => {
  const template = aTemplate(structuredClone(resource));
  mendTemplate(template, [ORDERS]);
  return template.Resources.Mine!.Properties;
};

const aRule = (arn: unknown): Resource => ({ Type: 'AWS::Events::Rule', Properties: { Targets: [{ Id: 'one', Arn: arn }] } });
const aRole = (resource: unknown, action: unknown = 'lambda:InvokeFunction', effect = 'Allow'): Resource => ({
  Type: 'AWS::IAM::Role',
  Properties: { Policies: [{ PolicyDocument: { Statement: [{ Effect: effect, Action: action, Resource: resource }] } }] },
});

describe('a call of a released function past its alias', () => {
  it.each([
    ['by Fn::GetAtt', ARN],
    ['by Fn::GetAtt as text', { 'Fn::GetAtt': 'OrdersLambdaFunction.Arn' }],
    ['by Ref', NAME],
    ['by Fn::Sub', { 'Fn::Sub': `\${OrdersLambdaFunction.Arn}` }],
    ['by Fn::Sub with variables', { 'Fn::Sub': [`\${Arn}`, { Arn: ARN }] }],
    ['by an ARN that was put together', { 'Fn::Join': [':', ['arn', 'aws', 'lambda', 'eu-west-1', '1', 'function', 'shop-prod-orders']] }],
    ['by an ARN', 'arn:aws:lambda:eu-west-1:123456789012:function:shop-prod-orders'],
    ['by its name', 'shop-prod-orders'],
    [
      'in the ARN of an integration',
      { 'Fn::Join': ['', ['arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/', ARN, '/invocations']] },
    ],
    ['in either branch of a condition', { 'Fn::If': ['IsProduction', { Ref: 'OrdersTealAlias' }, ARN] }],
  ])('is told: %s', (_, arn) => {
    const said = told(aRule(arn));
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/^Mine \(AWS::Events::Rule\) calls shop-prod-orders past its alias live, at Targets\[0\]\.Arn/);
    expect(said[0]).toMatch(/OrdersTealAlias|:live/);
  });

  it.each([
    ['the alias resource', BY_ALIAS],
    ['the alias resource in Fn::Sub', { 'Fn::Sub': `\${OrdersTealAlias}` }],
    ['an alias by Fn::Join', { 'Fn::Join': [':', [ARN, 'live']] }],
    ['an alias by Fn::Sub', { 'Fn::Sub': `\${OrdersLambdaFunction.Arn}:live` }],
    ['a version', 'arn:aws:lambda:eu-west-1:123456789012:function:shop-prod-orders:42'],
    ['an alias that a parameter names', { 'Fn::Join': [':', [ARN, { Ref: 'Alias' }]] }],
    ['another function whose name begins the same', 'arn:aws:lambda:eu-west-1:123456789012:function:shop-prod-orders-admin'],
    ['the ARN of an integration', { 'Fn::Join': ['', ['lambda:path/2015-03-31/functions/', ARN, ':', 'live', '/invocations']] }],
  ])('is none: %s', (_, arn) => {
    expect(told(aRule(arn))).toEqual([]);
  });

  it.each<[string, Resource]>([
    ['an alarm of its metrics', { Type: 'AWS::CloudWatch::Alarm', Properties: { Dimensions: [{ Name: 'FunctionName', Value: NAME }] } }],
    ['its log group', { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/aws/lambda/shop-prod-orders' } }],
    ['its own version', { Type: 'AWS::Lambda::Version', Properties: { FunctionName: NAME } }],
    ['a setting of the alias', { Type: 'AWS::Lambda::EventInvokeConfig', Properties: { FunctionName: NAME, Qualifier: 'live' } }],
    ['a URL of the alias', { Type: 'AWS::Lambda::Url', Properties: { TargetFunctionArn: NAME, Qualifier: 'live' } }],
    ['an order of resources', { Type: 'AWS::SNS::Topic', DependsOn: 'OrdersLambdaFunction' }],
  ])('is none either: %s', (_, resource) => {
    expect(told(resource)).toEqual([]);
  });

  it('is told of a variable of a function with the name by alias, since its alias resource would be a circle', () => {
    const said = told({ Type: 'AWS::Lambda::Function', Properties: { Environment: { Variables: { ORDERS: NAME } } } });
    expect(said).toEqual([expect.stringMatching(/^Mine .*Environment\.Variables\.ORDERS.*Say instead: shop-prod-orders:live$/)]);
  });

  it.each(['Custom::S3', 'Custom::EventBridge', 'Custom::CognitoUserPool'])(
    'is told of %s of a framework that cannot name an alias',
    (type) => {
      expect(told({ Type: type, Properties: { FunctionName: 'shop-prod-orders' } })).toEqual([expect.stringContaining('osls 4')]);
      expect(told({ Type: type, Properties: { FunctionName: 'shop-prod-orders', FunctionQualifier: 'live' } })).toEqual([]);
    },
  );
});

describe('the template that the framework compiled', () => {
  it.each([
    ['an ARN', ARN, BY_ALIAS],
    ['a name', NAME, BY_ALIAS],
    [
      'an ARN in Fn::Sub',
      { 'Fn::Sub': `{"Resource":"\${OrdersLambdaFunction.Arn}"}` },
      { 'Fn::Sub': `{"Resource":"\${OrdersLambdaFunction.Arn}:live"}` },
    ],
    ['an ARN in text', 'a:lambda:b:1:function:shop-prod-orders', 'a:lambda:b:1:function:shop-prod-orders:live'],
    [
      'an ARN in the middle',
      { 'Fn::Join': ['', ['functions/', ARN, '/invocations']] },
      { 'Fn::Join': ['', ['functions/', BY_ALIAS, '/invocations']] },
    ],
    [
      'one of both',
      { 'Fn::Sub': `\${OrdersLambdaFunction.Arn}:live \${OrdersLambdaFunction.Arn}` },
      { 'Fn::Sub': `\${OrdersLambdaFunction.Arn}:live \${OrdersLambdaFunction.Arn}:live` },
    ],
  ])('is mended: %s', (_, before, after) => {
    expect(mended(aRule(before))).toEqual({ Targets: [{ Id: 'one', Arn: after }] });
    expect(told({ ...aRule(after) })).toEqual([]);
  });

  it('keeps what the user wrote for code to read', () => {
    const resource = { Type: 'AWS::Lambda::Function', Properties: { Environment: { Variables: { ORDERS: NAME } } } };
    expect(mended(resource)).toEqual(resource.Properties);
  });

  it.each([
    ['by name', 'arn:aws:lambda:eu-west-1:1:function:shop-prod-orders'],
    ['by reference', ARN],
    ['in a list', [ARN, 'arn:aws:lambda:eu-west-1:1:function:other']],
  ])('lets who may call a function call its alias too: %s', (_, resource) => {
    expect(told(aRole(resource))).toEqual([expect.stringMatching(/^Mine allows to call shop-prod-orders and not its alias/)]);
    const statement = (mended(aRole(resource)) as { Policies: { PolicyDocument: { Statement: { Resource: unknown[] }[] } }[] }).Policies[0]!
      .PolicyDocument.Statement[0]!;
    expect(statement.Resource).toEqual([
      ...[resource].flat(),
      { 'Fn::Sub': `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:shop-prod-orders:live` },
    ]);
    expect(told(aRole(statement.Resource))).toEqual([]);
  });

  it.each([
    ['may call it by any qualifier', aRole([ARN, { 'Fn::Sub': `\${OrdersLambdaFunction.Arn}:*` }])],
    ['may call the alias', aRole([ARN, BY_ALIAS])],
    ['may only read it', aRole(ARN, 'lambda:GetFunction')],
    ['may not call it', aRole(ARN, 'lambda:InvokeFunction', 'Deny')],
    ['may call everything', aRole('*')],
  ])('leaves a role as it is that %s', (_, role) => {
    expect(told(role)).toEqual([]);
    expect(mended(role)).toEqual(role.Properties);
  });
});
