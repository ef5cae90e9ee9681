import { CreateAliasCommand, PublishVersionCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAccount } from './account.ts';
import { createFunction, invoke } from './functions.ts';

// Lambda developer guide, "Fine-tuning the Resources and Conditions sections of policies"; IAM user guide,
// "Troubleshoot access denied error messages"; Service Authorization Reference, "Actions, resources, and condition keys for
// AWS Lambda". The role may GetFunction, GetAlias and UpdateAlias of functions whose name ends in -asked, without a qualifier.

const account = await openAccount();
afterAll(account.close);
const { lambda, name, region, accountId } = account;
const FunctionName = name('asked');
const Other = name('other');
const CALLS = `exports.handler = async ({ operation, input }) => {
  const sdk = require('@aws-sdk/client-lambda');
  const client = new sdk.LambdaClient({});
  try {
    await client.send(new sdk[operation + 'Command'](input));
    return 'allowed';
  } catch (error) {
    return { name: error.name, status: error.$metadata.httpStatusCode, message: error.message };
  }
};`;

beforeAll(async () => {
  await createFunction(account, FunctionName, CALLS);
  await createFunction(account, Other);
  await lambda.send(new PublishVersionCommand({ FunctionName }));
  await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
});

/** What the function's role is told when it asks for this. */
const ask = async (operation: string, input: object) => (await invoke(account, FunctionName, { operation, input })).payload;
const arn = (functionName: string) => `arn:aws:lambda:${region}:${accountId}:function:${functionName}`;

test('a function calls AWS as its role, whose session is named after the function; what no policy allows is AccessDeniedException', async () => {
  const role = account.roleArn.slice(account.roleArn.lastIndexOf('/') + 1);
  expect(await ask('GetFunction', { FunctionName: Other })).toEqual({
    name: 'AccessDeniedException',
    status: 403,
    message:
      `User: arn:aws:sts::${accountId}:assumed-role/${role}/${FunctionName} is not authorized to perform: lambda:GetFunction ` +
      `on resource: ${arn(Other)} because no identity-based policy allows the lambda:GetFunction action`,
  });
});

test('an action without a resource is decided on *', async () => {
  expect((await ask('ListFunctions', {})).message).toMatch(/ perform: lambda:ListFunctions on resource: \* because /);
});

test('a policy on the unqualified ARN covers the function without a qualifier, and not with one', async () => {
  expect(await ask('GetFunction', { FunctionName })).toBe('allowed');
  const denied = { name: 'AccessDeniedException', message: expect.stringContaining(` on resource: ${arn(FunctionName)}:live because `) };
  expect(await ask('GetFunction', { FunctionName, Qualifier: 'live' })).toMatchObject(denied);
  expect(await ask('GetFunction', { FunctionName: `${arn(FunctionName)}:live` })).toMatchObject(denied);
});

test('question: are GetAlias and UpdateAlias decided on the function’s ARN or on the alias’s? Assumed: on the function’s', async () => {
  expect(await ask('GetAlias', { FunctionName, Name: 'live' })).toBe('allowed');
  expect(await ask('UpdateAlias', { FunctionName, Name: 'live', Description: 'x' })).toBe('allowed');
});

// "Actions that operate on a function can be restricted to a specific function by function, version, or alias ARN."
test('question: is DeleteFunction of a version decided on the ARN of the version? Assumed: yes', async () => {
  expect(await ask('DeleteFunction', { FunctionName, Qualifier: '99' })).toBe('allowed');
  expect(await ask('DeleteFunction', { FunctionName })).toMatchObject({ name: 'AccessDeniedException' });
});
