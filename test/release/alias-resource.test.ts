import { describe, expect, it } from 'vitest';
import { isMadeFor, madeFor, type ResourceRequest, readErrand } from '../../functions/release/alias-resource.ts';

const STACK = 'arn:aws:cloudformation:eu-west-1:123456789012:stack/orders-prod/1a2b3c4d-0000-0000-0000-000000000001';

describe('an alias that a stack made', () => {
  it('is that stack’s alone: not of one of its name that came after it, nor of another', () => {
    const description = madeFor(STACK);
    expect(isMadeFor(STACK, description)).toBe(true);
    expect(isMadeFor(STACK.replace(/1$/, '2'), description)).toBe(false);
    expect(isMadeFor(STACK.replace('orders-prod', 'orders-beta'), description)).toBe(false);
    expect(isMadeFor(STACK, undefined)).toBe(false);
  });

  it('has a description that Lambda takes, however long the stack’s name is', () =>
    expect(madeFor(STACK.replace('orders-prod', 'o'.repeat(128))).length).toBeLessThanOrEqual(256));
});

const aRequest = (ResourceProperties: Record<string, unknown>): ResourceRequest => ({
  RequestType: 'Create',
  ResponseURL: 'https://s3.example',
  StackId: STACK,
  RequestId: '1',
  LogicalResourceId: 'OrdersLive',
  ResourceProperties,
});

it('an alias’s name has as many characters as Lambda takes', () => {
  const named = (length: number) => () => readErrand(aRequest({ FunctionName: 'orders-api', AliasName: 'a'.repeat(length) }));
  expect(named(128)()).toMatchObject({ act: 'make', named: { alias: 'a'.repeat(128) } });
  expect(named(129)).toThrow('1 to 128 letters');
});

it('what CloudFormation itself reads of the properties is taken', () =>
  expect(readErrand(aRequest({ ServiceToken: 'arn', ServiceTimeout: '600', FunctionName: 'orders-api', OnDelete: 'keep' }))).toEqual({
    act: 'make',
    named: { function: 'orders-api', alias: 'live' },
  }));
