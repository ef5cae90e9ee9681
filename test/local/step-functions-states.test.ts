import {
  CreateStateMachineCommand,
  DescribeStateMachineCommand,
  ListActivitiesCommand,
  ListStateMachinesCommand,
} from '@aws-sdk/client-sfn';
import { expect, test } from 'vitest';
import { aMachine, aStepFunctions, invoke, ROLE, START_MS } from './a-step-functions.ts';

/** What a Pass state makes of `input`. */
async function pass(state: object, input: unknown = {}) {
  const { result, error } = await aStepFunctions().run(aMachine({ Shape: { Type: 'Pass', ...state } }), input);
  return error ?? result;
}

/** Whether a Choice with `rule` takes it. */
async function takes(rule: object, input: unknown) {
  const state = { Type: 'Choice', Choices: [{ ...rule, Next: 'Yes' }], Default: 'No' };
  const { result, error } = await aStepFunctions().run(
    aMachine({ Ask: state, Yes: { Type: 'Pass', Result: true, End: true }, No: { Type: 'Pass', Result: false } }),
    input,
  );
  return error ?? result;
}

test.each([
  ['$.list[0].x', 1],
  ['$.list[*].x', [1, 2]],
  ['$.list[0:1]', [{ x: 1 }]],
  ['$.none[*]', []],
  ["$['a b'].c", 5],
  ['$.nothing', null],
  ['$.off', false],
])('the path %s', async (path, value) => {
  const input = { list: [{ x: 1 }, { x: 2 }], none: [], 'a b': { c: 5 }, nothing: null, off: false };
  expect(await pass({ Parameters: { 'v.$': path } }, input)).toEqual({ v: value });
});

test.each([null, 0, false, '', [], 'text'])('$ stands for the input %j', async (input) => {
  expect(await pass({ Parameters: { 'v.$': '$' } }, input)).toEqual({ v: input });
  expect(await pass({}, input)).toEqual(input);
});

test.each([0, false, '', null])('the Result %j of a Pass state counts', async (Result) => {
  expect(await pass({ Result })).toEqual(Result);
});

test('InputPath, Parameters, ResultPath and OutputPath apply in this order', async () => {
  const state = {
    InputPath: '$.in',
    Parameters: { 'b.$': '$.a', nested: [{ 'c.$': '$$.State.Name' }] },
    ResultPath: "$['at'].x",
    OutputPath: '$.at',
  };
  expect(await pass(state, { in: { a: 1 }, at: { y: 2 } })).toEqual({ y: 2, x: { b: 1, nested: [{ c: 'Shape' }] } });
  expect(await pass({ Result: 1, ResultPath: null }, { kept: true })).toEqual({ kept: true });
  expect(await pass({ Result: 1, ResultPath: '$' }, { kept: true })).toBe(1);
  expect(await pass({ InputPath: null, OutputPath: null }, { a: 1 })).toEqual({});
});

test('ResultPath on an input that is no object is States.ResultPathMatchFailure', async () => {
  expect(await pass({ Result: 1, ResultPath: '$.a' }, [1])).toBe('States.ResultPathMatchFailure');
});

test.each([
  ["States.Format('{} of {}', $.name, $.n)", 'a "b\\c" of 3'],
  ["States.Format('it\\'s \\{\\} (a, b): {}', States.MathAdd($.n, -1))", "it's {} (a, b): 2"],
  ['States.JsonToString($.object)', '{"x":"say \\"hi\\""}'],
  ['States.StringToJson(States.JsonToString($.object))', { x: 'say "hi"' }],
  ["States.Array($.n, null, true, 'x')", [3, null, true, 'x']],
  ['States.ArrayPartition(States.ArrayRange(1, 5, 1), 2)', [[1, 2], [3, 4], [5]]],
  ['States.ArrayContains($.list, $.object)', true],
  ['States.ArrayLength($.list)', 2],
  ['States.ArrayGetItem($.list, 0)', { x: 'say "hi"' }],
  ['States.ArrayUnique(States.Array(1, 1, 2))', [1, 2]],
  ["States.Base64Decode(States.Base64Encode('a b'))", 'a b'],
  ["States.Hash('input data', 'SHA-1')", 'aaff4a450a104cd177d28d18d74485e8cae074b7'],
  ['States.JsonMerge($.object, States.StringToJson(\'{"y":1}\'), false)', { x: 'say "hi"', y: 1 }],
  ["States.StringSplit('This.is+a,test=string', '.+,=')", ['This', 'is', 'a', 'test', 'string']],
  ['States.MathRandom(1, 9)', 5],
])('%s', async (text, value) => {
  const object = { x: 'say "hi"' };
  expect(await pass({ Parameters: { 'v.$': text } }, { name: 'a "b\\c"', n: 3, object, list: [object, 1] })).toEqual({ v: value });
});

test('an intrinsic function that fails is States.IntrinsicFailure', async () => {
  expect(await pass({ Parameters: { 'v.$': "States.StringToJson('{')" } })).toBe('States.IntrinsicFailure');
});

test.each([
  [{ Variable: '$.a', IsPresent: true }, {}, false],
  [{ Variable: '$.a', IsPresent: false }, {}, true],
  [{ Variable: '$.a', IsNull: false }, { a: 1 }, true],
  [{ Variable: '$.a', NumericLessThan: 10 }, { a: '5' }, false],
  [{ Variable: '$.a', NumericLessThan: 10 }, { a: 5 }, true],
  [{ Variable: '$.a', NumericEqualsPath: '$.b' }, { a: 5, b: 5 }, true],
  [{ Variable: '$.a', StringMatches: 'a?*' }, { a: 'abc' }, false],
  [{ Variable: '$.a', StringMatches: 'a*c' }, { a: 'a/b.c' }, true],
  [{ Variable: '$.a', StringMatches: 'a\\*' }, { a: 'a*' }, true],
  [{ Variable: '$.a', StringMatches: '(a)[b]!+@{c}' }, { a: '(a)[b]!+@{c}' }, true],
  [{ Variable: '$.a', StringEquals: 'x' }, { a: 1 }, false],
  [{ Variable: '$.a', TimestampLessThan: '2026-01-02T00:00:00Z' }, { a: '2026-01-01T00:00:00Z' }, true],
  [{ Variable: '$$.State.Name', StringEquals: 'Ask' }, {}, true],
  [
    {
      And: [
        { Variable: '$.a', IsPresent: true },
        { Variable: '$.a', BooleanEquals: true },
      ],
    },
    {},
    false,
  ],
  [
    {
      Not: {
        Or: [
          { Variable: '$.a', NumericEquals: 1 },
          { Variable: '$.a', NumericEquals: 2 },
        ],
      },
    },
    { a: 3 },
    true,
  ],
  [{ Variable: '$.a', NumericEquals: 1 }, {}, 'States.Runtime'],
])('the choice %j on %j', async (rule, input, outcome) => {
  expect(await takes(rule, input)).toBe(outcome);
});

test('a Choice that nothing matches is States.NoChoiceMatched', async () => {
  const Choices = [{ Variable: '$.a', NumericEquals: 1, Next: 'Yes' }];
  const { error } = await aStepFunctions().run(aMachine({ Ask: { Type: 'Choice', Choices }, Yes: { Type: 'Succeed' } }), { a: 2 });
  expect(error).toBe('States.NoChoiceMatched');
});

test.each([
  [{ Seconds: 90 }, 90],
  [{ SecondsPath: '$.seconds' }, 30],
  [{ Timestamp: '2026-03-01T09:01:00Z' }, 59.75],
  [{ TimestampPath: '$.at' }, 0],
])('a Wait state with %j', async (state, seconds) => {
  const aws = aStepFunctions();
  const { stopDate } = await aws.run(aMachine({ Rest: { Type: 'Wait', ...state } }), { seconds: 30, at: '2020-01-01T00:00:00Z' });
  expect((stopDate!.getTime() - START_MS) / 1000).toBe(seconds);
});

test('a Fail state takes Error and Cause from its text, a path or an intrinsic function', async () => {
  const state = { Type: 'Fail', ErrorPath: '$.error', CausePath: "States.Format('reverted: {}', $.why)" };
  const aws = aStepFunctions();
  expect(await aws.run(aMachine({ Reverted: state }), { error: 'Reverted', why: 'an alarm' })).toMatchObject({
    ...{ status: 'FAILED', error: 'Reverted', cause: 'reverted: an alarm' },
  });
});

const create = (definition: unknown, more: object = {}) =>
  aStepFunctions().client.send(
    new CreateStateMachineCommand({
      ...{ name: 'release', roleArn: ROLE },
      definition: typeof definition === 'string' ? definition : JSON.stringify(definition),
      ...more,
    }),
  );

test.each([
  ['arn:aws:states:::dynamodb:getItem', { Type: 'Task', Resource: 'arn:aws:states:::dynamodb:getItem' }],
  ['arn:aws:states:eu-west-1:123456789012:activity:x', { Type: 'Task', Resource: 'arn:aws:states:eu-west-1:123456789012:activity:x' }],
  ['arn:aws:states:::lambda:invoke.sync', { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke.sync' }],
  ['InvocationType', invoke({ InvocationType: 'Event' })],
  ['ClientContext', invoke({ ClientContext: 'x' })],
  ['Parallel', { Type: 'Parallel', Branches: [{ StartAt: 'A', States: { A: { Type: 'Succeed' } } }] }],
  ['Map', { Type: 'Map', ItemProcessor: { StartAt: 'A', States: { A: { Type: 'Succeed' } } } }],
  ['Assign', { Type: 'Pass', Assign: { a: 1 } }],
  ['JSONata', { Type: 'Pass', QueryLanguage: 'JSONata' }],
  ['Credentials', invoke({}, { Credentials: { RoleArn: ROLE } })],
  ['$.list[?(@.x==1)]', { Type: 'Pass', Parameters: { 'v.$': '$.list[?(@.x==1)]' } }],
  ['States.ALL must appear alone', invoke({}, { Retry: [{ ErrorEquals: ['States.ALL', 'Other'] }] })],
  ['HeartbeatSeconds must be smaller', invoke({}, { TimeoutSeconds: 5, HeartbeatSeconds: 5 })],
])('what it cannot do right is refused by name: %s', async (words, state) => {
  await expect(create(aMachine({ Only: state }))).rejects.toMatchObject({
    name: 'InvalidDefinition',
    message: expect.stringContaining(words),
  });
});

test.each(['{', '[]', '{}', '{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"}}}'])('the definition %s is invalid', async (text) => {
  await expect(create(text)).rejects.toMatchObject({ name: 'InvalidDefinition' });
});

test('Express machines, publishing and unknown operations are refused by name', async () => {
  const definition = aMachine({ Only: { Type: 'Succeed' } });
  await expect(create(definition, { type: 'EXPRESS' })).rejects.toMatchObject({ name: 'StateMachineTypeNotSupported' });
  await expect(create(definition, { publish: true })).rejects.toThrow('does not support publish');
  await expect(aStepFunctions().client.send(new ListActivitiesCommand({}))).rejects.toMatchObject({ name: 'UnknownOperationException' });
});

test('creating the same machine again answers it; another definition under its name is refused', async () => {
  const aws = aStepFunctions();
  const definition = aMachine({ Only: { Type: 'Succeed' } });
  const stateMachineArn = await aws.createMachine(definition);
  await aws.pass(60);
  expect(await aws.createMachine(definition)).toBe(stateMachineArn);
  await expect(aws.createMachine(aMachine({ Other: { Type: 'Succeed' } }))).rejects.toMatchObject({ name: 'StateMachineAlreadyExists' });
  expect(await aws.client.send(new DescribeStateMachineCommand({ stateMachineArn }))).toMatchObject({
    ...{ stateMachineArn, name: 'release', status: 'ACTIVE', type: 'STANDARD', roleArn: ROLE, definition: JSON.stringify(definition) },
    ...{ creationDate: new Date(START_MS), tracingConfiguration: { enabled: false } },
  });
  const { stateMachines } = await aws.client.send(new ListStateMachinesCommand({}));
  expect(stateMachines).toMatchObject([{ stateMachineArn, name: 'release', type: 'STANDARD' }]);
});
