import { PutFunctionEventInvokeConfigCommand } from '@aws-sdk/client-lambda';
import { describe, expect, it } from 'vitest';
import { giveAsyncSettings } from '../../functions/release/adoption/async-settings.ts';
import {
  freeStatementId,
  isOfDeletedPrincipal,
  missingStatements,
  type PolicyStatement,
  toPermission,
} from '../../functions/release/adoption/policy.ts';
import { adoptedBy } from '../../functions/release/adoption/report.ts';
import { createWorld } from '../world.ts';
import { adopt, readCommand } from './a-report.ts';

const aStatement = (more: Partial<PolicyStatement> = {}): PolicyStatement => ({
  Sid: 'bucket',
  Effect: 'Allow',
  Principal: { Service: 's3.amazonaws.com' },
  Action: 'lambda:InvokeFunction',
  Condition: { StringEquals: { 'AWS:SourceAccount': '123456789012' }, ArnLike: { 'AWS:SourceArn': 'arn:aws:s3:::uploads' } },
  ...more,
});

describe('a statement', () => {
  it.each([
    ['a service', { Service: 's3.amazonaws.com' }, 's3.amazonaws.com'],
    ['an account by its id', { AWS: 'arn:aws:iam::999999999999:root' }, '999999999999'],
    ['a role', { AWS: 'arn:aws:iam::999999999999:role/x' }, 'arn:aws:iam::999999999999:role/x'],
    ['everyone', '*', '*'],
    ['everyone, in other words', { AWS: '*' }, '*'],
  ])('is written anew for %s', (_, Principal, principal) => {
    expect(toPermission(aStatement({ Principal }))).toEqual({
      statementId: 'bucket',
      action: 'lambda:InvokeFunction',
      principal,
      sourceAccount: '123456789012',
      sourceArn: 'arn:aws:s3:::uploads',
    });
  });

  it('is written with each condition that AddPermission knows', () => {
    const Condition = {
      StringEquals: {
        'lambda:FunctionUrlAuthType': 'NONE',
        'aws:PrincipalOrgID': 'o-a1b2c3d4e5',
        'lambda:EventSourceToken': 'amzn1.ask.skill.1',
      },
      Bool: { 'lambda:InvokedViaFunctionUrl': 'true' },
    };
    expect(toPermission(aStatement({ Principal: '*', Condition }))).toEqual({
      statementId: 'bucket',
      action: 'lambda:InvokeFunction',
      principal: '*',
      functionUrlAuthType: 'NONE',
      principalOrgId: 'o-a1b2c3d4e5',
      eventSourceToken: 'amzn1.ask.skill.1',
      invokedViaFunctionUrl: true,
    });
  });

  it.each([
    ['denies', { Effect: 'Deny' }],
    ['has a condition that AddPermission does not write', { Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } }],
    ['has one with an operator that it knows', { Condition: { StringEquals: { 'aws:SourceVpc': 'vpc-1' } } }],
    ['has two on one key', { Condition: { ArnLike: { 'AWS:SourceArn': 'arn:aws:s3:::a*' }, StringLike: { 'aws:SourceArn': '*b' } } }],
    ['is for everything but a function URL', { Condition: { Bool: { 'lambda:InvokedViaFunctionUrl': 'false' } } }],
    ['has principals of two kinds', { Principal: { Service: 's3.amazonaws.com', AWS: '111111111111' } }],
    ['has an operator that it does not write', { Condition: { StringNotEquals: { 'AWS:SourceAccount': '123456789012' } } }],
    ['has several actions', { Action: ['lambda:InvokeFunction', 'lambda:GetFunction'] }],
    ['has several principals', { Principal: { AWS: ['111111111111', '222222222222'] } }],
    ['has several values', { Condition: { ArnLike: { 'AWS:SourceArn': ['arn:aws:s3:::a', 'arn:aws:s3:::b'] } } }],
  ])('is not written when it %s', (_, more) => {
    expect(toPermission(aStatement(more))).toBeUndefined();
  });

  it('of a role that was deleted is known by its unique id', () => {
    expect(isOfDeletedPrincipal(aStatement({ Principal: { AWS: 'AROAEXAMPLEID1234567A' } }))).toBe(true);
    expect(isOfDeletedPrincipal(aStatement({ Principal: { AWS: 'AIDAEXAMPLEID1234567' } }))).toBe(true);
    expect(isOfDeletedPrincipal(aStatement())).toBe(false);
  });
});

describe('what the alias lacks', () => {
  it('is what nothing there says, whatever it is called and however it is spelled', () => {
    const same = aStatement({
      Sid: 'other-name',
      Condition: { StringLike: { 'aws:SourceArn': 'arn:aws:s3:::uploads' }, StringEquals: { 'aws:SourceAccount': '123456789012' } },
    });
    expect(missingStatements([aStatement()], [same])).toEqual([]);
    const narrower = aStatement({ Condition: { ArnLike: { 'AWS:SourceArn': 'arn:aws:s3:::uploads' } } });
    expect(missingStatements([aStatement()], [narrower])).toEqual([aStatement()]);
  });

  it('is compared as it is, where AddPermission could not have written it', () => {
    const denying = aStatement({ Effect: 'Deny' });
    expect(missingStatements([denying], [aStatement()])).toEqual([denying]);
    const onAlias = {
      ...aStatement({ Effect: 'Deny', Sid: 'x' }),
      Resource: 'arn:aws:lambda:eu-west-1:123456789012:function:orders-api:live',
    };
    expect(missingStatements([denying], [onAlias])).toEqual([]);
  });

  it('gets an id that the alias has not', () => {
    expect(freeStatementId('calls', ['other'])).toBe('calls');
    expect(freeStatementId('calls', ['calls', 'calls-2'])).toBe('calls-3');
    expect(freeStatementId('x'.repeat(100), ['x'.repeat(100)])).toBe(`${'x'.repeat(95)}-2`);
  });
});

it('a statement whose id the alias has for something else is copied under another, once', async () => {
  const world = await createWorld();
  await world.aBareFunction('orders-api');
  await world.createAlias('orders-api', await world.publish('orders-api'));
  await world.allowInvoke('orders-api', 'sns.amazonaws.com');
  await world.allowBare('orders-api', 'calls', { Principal: 's3.amazonaws.com', SourceArn: 'arn:aws:s3:::uploads' });
  expect((await adopt(world, 'orders-api'))[0]!.permissions.copied).toEqual(['calls-2']);
  expect((await adopt(world, 'orders-api'))[0]!.permissions.copied).toEqual([]);
});

it('tells nothing to paste while the alias lacks a statement that AddPermission cannot write; one of a deleted role does not count', async () => {
  const denying = aStatement({
    Sid: 'no-strangers',
    Effect: 'Deny',
    Principal: '*',
    Condition: { StringNotEquals: { 'aws:PrincipalOrgID': 'o-1' } },
  });
  const ofDeleted = aStatement({ Sid: 'old-role', Principal: { AWS: 'AROAEXAMPLEID1234567A' } });
  /** The policies as somebody wrote them who had other means than AddPermission. */
  const written: Record<'ofFunction' | 'ofAlias', PolicyStatement[]> = { ofFunction: [denying, ofDeleted], ofAlias: [] };
  const world = await createWorld({
    faults: {
      onAnswer({ operation }, { query }, answer) {
        if (operation !== 'GetPolicy') return;
        const Statement = query.get('Qualifier') === 'live' ? written.ofAlias : written.ofFunction;
        Object.assign(answer, {
          status: 200,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ Policy: JSON.stringify({ Statement }) }),
        });
      },
    },
  });
  await world.aBareFunction('orders-api');
  const [early] = await adopt(world, 'orders-api');
  expect(early).toMatchObject({
    ready: false,
    notes: [
      'the policy of orders-api has a statement that AddPermission cannot write (no-strangers): give alias live one that says the same, and call again',
    ],
  });
  expect(early).not.toHaveProperty('callers');
  written.ofAlias.push({ ...denying, Sid: 'by-hand' });
  expect((await adopt(world, 'orders-api'))[0]).toMatchObject({ ready: true, notes: [] });
});

it('the stack that deploys the function is told with every change', async () => {
  const world = await createWorld();
  await world.aBareFunction('orders-api', { tags: { 'aws:cloudformation:stack-name': 'orders-prod' } });
  await world.allowBare('orders-api', 'bucket', { Principal: 's3.amazonaws.com', SourceArn: 'arn:aws:s3:::uploads' });
  await world.lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: 'orders-api', MaximumRetryAttempts: 1 }));
  const [report] = await adopt(world, 'orders-api');
  expect(report!.stack).toBe('orders-prod');
  expect(report!.asynchronousSettings).toEqual({
    commands: [
      'aws lambda put-function-event-invoke-config --region eu-west-1 --function-name orders-api --qualifier live --maximum-retry-attempts 1',
    ],
    words: [
      'before you move a caller that does not wait for an answer: the settings of the function do not hold for its alias',
      'or, in place of the command, give the template of orders-prod an AWS::Lambda::EventInvokeConfig with the Qualifier live',
    ],
  });
  expect(report!.callers![0]!.change.words.at(-1)).toBe(
    'orders-prod is the CloudFormation stack of the function: make the change in its template too, or the next deploy that touches it undoes it',
  );
});

it('settings for asynchronous requests are told with their destinations', () => {
  const adopted = adoptedBy('orders-api', 'live', 'arn:aws:lambda:eu-west-1:123456789012:function:orders-api:live', undefined);
  const settings = { maximumEventAgeSeconds: 60, onFailureArn: 'arn:aws:sqs:eu-west-1:123456789012:dead' };
  expect(giveAsyncSettings(adopted, settings, undefined)!.commands).toEqual([
    `aws lambda put-function-event-invoke-config --region eu-west-1 --function-name orders-api --qualifier live --maximum-event-age-in-seconds 60 --destination-config '{"OnFailure":{"Destination":"arn:aws:sqs:eu-west-1:123456789012:dead"}}'`,
  ]);
  const [told] = giveAsyncSettings(adopted, { ...settings, onSuccessArn: 'arn:aws:sqs:eu-west-1:123456789012:done' }, undefined)!.commands;
  expect(JSON.parse(readCommand(told!).options['destination-config']!)).toEqual({
    OnSuccess: { Destination: 'arn:aws:sqs:eu-west-1:123456789012:done' },
    OnFailure: { Destination: 'arn:aws:sqs:eu-west-1:123456789012:dead' },
  });
  expect(giveAsyncSettings(adopted, settings, {})).toBeUndefined();
});
