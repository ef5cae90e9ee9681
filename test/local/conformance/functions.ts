import { CreateTableCommand, DescribeTableCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  type InvokeCommandInput,
} from '@aws-sdk/client-lambda';
import { strToU8, zipSync } from 'fflate';
import type { Account } from './account.ts';

/** Answers with the event. */
export const ECHO = 'exports.handler = async (event) => event;';

/** A zip tells when its files were written: the same for all, so that the same files are the same zip. */
const ZIPPED_AT = '2026-01-01T12:00:00Z';

/** A zip with these files; a text is its `index.js`. */
export function zipOf(files: string | Record<string, string>): Uint8Array {
  const named = typeof files === 'string' ? { 'index.js': files } : files;
  const zippable = Object.fromEntries(Object.entries(named).map(([name, text]) => [name, strToU8(text)]));
  return zipSync(zippable, { mtime: ZIPPED_AT });
}

/** The input of a CreateFunction that works. */
export const aFunction = (
  { name, roleArn }: Account,
  code: string | Record<string, string> = ECHO,
  changes: Partial<CreateFunctionCommandInput> = {},
): CreateFunctionCommandInput => ({
  FunctionName: name('orders'),
  Role: roleArn,
  Runtime: 'nodejs24.x',
  Handler: 'index.handler',
  Timeout: 10,
  Code: { ZipFile: zipOf(code) },
  ...changes,
});

/** Creates a function and waits until it serves. Returns its ARN. */
export async function createFunction(
  account: Account,
  FunctionName: string,
  code?: string | Record<string, string>,
  changes: Partial<CreateFunctionCommandInput> = {},
): Promise<string> {
  const { FunctionArn } = await account.lambda.send(new CreateFunctionCommand(aFunction(account, code, { FunctionName, ...changes })));
  await untilReady(account, FunctionName, changes.Publish ? '1' : undefined);
  return FunctionArn!;
}

/** Waits until a function, or a version of it, can be invoked, published and changed. */
export async function untilReady({ lambda, until }: Account, FunctionName: string, Qualifier?: string): Promise<void> {
  const read = () => lambda.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier }));
  const isReady = async () => {
    const { State, LastUpdateStatus } = await read();
    return State === 'Active' && LastUpdateStatus === 'Successful';
  };
  await until(`${FunctionName} is ready`, isReady, 60);
}

/** Invokes a function synchronously. */
export async function invoke({ lambda }: Account, FunctionName: string, event: unknown = {}, more: Partial<InvokeCommandInput> = {}) {
  const { StatusCode, FunctionError, ExecutedVersion, Payload, LogResult } = await lambda.send(
    new InvokeCommand({ FunctionName, Payload: JSON.stringify(event), ...more }),
  );
  const text = Payload?.transformToString();
  return { StatusCode, FunctionError, ExecutedVersion, LogResult, payload: text ? JSON.parse(text) : undefined };
}

/** One call of a function that notes its calls. */
export interface Note {
  at: Date;
  requestId: string;
  version: string;
  // biome-ignore lint/suspicious/noExplicitAny: an event has the shape that the test gave it
  event: any;
}

/**
 * Notes each call in the table NOTES. Then does what the event says: `fail` throws an error of that name, as long as
 * `retry` is under `failures` when both are given; otherwise it answers `answer`.
 */
const NOTING = `
const { randomUUID } = require('node:crypto');
const { DynamoDBClient, PutItemCommand } = require('@aws-sdk/client-dynamodb');
const dynamodb = new DynamoDBClient();
let count = 0;
exports.handler = async (event, context) => {
  const note = { at: Date.now(), requestId: context.awsRequestId, version: context.functionVersion, event };
  const Item = { functionName: { S: context.functionName }, id: { S: note.at + ' ' + String(count++).padStart(6, '0') + ' ' + randomUUID() }, note: { S: JSON.stringify(note) } };
  await dynamodb.send(new PutItemCommand({ TableName: process.env.NOTES, Item }));
  const { fail, failures = Infinity, retry = 0, answer = null } = event;
  if (fail && retry < failures) throw Object.assign(new Error('as the event said'), { name: fail });
  return answer;
};`;

/** Functions that note their calls, and what they noted. */
export async function createNotes(account: Account) {
  const TableName = account.name('notes');
  const keys = ['functionName', 'id'];
  await account.dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      KeySchema: keys.map((AttributeName, at) => ({ AttributeName, KeyType: at === 0 ? ('HASH' as const) : ('RANGE' as const) })),
    }),
  );
  const read = async () => (await account.dynamodb.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus === 'ACTIVE';
  await account.until('the table of notes is active', read, 60);

  /** The calls of a function so far, the oldest first. */
  const notesOf = async (functionName: string): Promise<Note[]> => {
    const { Items } = await account.dynamodb.send(
      new QueryCommand({
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: 'functionName = :name',
        ExpressionAttributeValues: { ':name': { S: functionName } },
      }),
    );
    return Items!.map(({ note }) => JSON.parse(note!.S!)).map(({ at, ...rest }) => ({ ...rest, at: new Date(at) }));
  };

  return {
    notesOf,
    /** Creates a function that notes its calls. Returns its ARN. */
    createNoting: (functionName: string, changes: Partial<CreateFunctionCommandInput> = {}) =>
      createFunction(account, functionName, NOTING, { Environment: { Variables: { NOTES: TableName } }, ...changes }),
    /** Waits until a function has been called at least `calls` times. */
    untilCalled: (functionName: string, calls: number, withinSeconds: number) =>
      account.until(
        `${functionName} has been called ${calls} times`,
        async () => {
          const notes = await notesOf(functionName);
          return notes.length >= calls ? notes : undefined;
        },
        withinSeconds,
      ),
  };
}
