import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openAccount } from './account.ts';
import { aMachine, machinesOf } from './machines.ts';

// Step Functions developer guide, "Processing input and output in Step Functions", "Intrinsic functions", "Choice workflow
// state", "Wait workflow state", "Fail workflow state"; the Amazon States Language (states-language.net).

const account = await openAccount();
afterAll(account.close);
const { run } = machinesOf(account);

/** What a Pass state makes of `input`: its output, or the name of its error. */
async function pass(state: object, input: unknown = {}) {
  const { result, error } = await run(aMachine({ Shape: { Type: 'Pass', ...state } }), input);
  return error ?? result;
}

/** Many expressions in the Parameters of one Pass state: a state machine for each would take a minute to make. */
async function evaluate(expressions: string[], input: unknown): Promise<unknown[]> {
  const Parameters = Object.fromEntries(expressions.map((text, at) => [`v${at}.$`, text]));
  const result = (await pass({ Parameters }, input)) as Record<string, unknown>;
  return expressions.map((_, at) => result[`v${at}`]);
}

const PATHS: [string, unknown][] = [
  ['$.list[0].x', 1],
  ['$.list[*].x', [1, 2]],
  ['$.list[0:1]', [{ x: 1 }]],
  ['$.none[*]', []],
  ["$['a b'].c", 5],
  ['$.nothing', null],
  ['$.off', false],
];

describe('a path', () => {
  let values: unknown[];
  beforeAll(async () => {
    const input = { list: [{ x: 1 }, { x: 2 }], none: [], 'a b': { c: 5 }, nothing: null, off: false };
    values = await evaluate(
      PATHS.map(([path]) => path),
      input,
    );
  });

  test.each(PATHS.map(([path, value], at) => [path, value, at] as const))('%s', (_path, value, at) => {
    expect(values[at]).toEqual(value);
  });

  test.each([null, 0, false, '', [], 'text'])('$ stands for the input %j', async (input) => {
    expect(await pass({ Parameters: { 'v.$': '$' } }, input)).toEqual({ v: input });
    expect(await pass({}, input)).toEqual(input);
  });
});

test('a falsy Result of a Pass state counts', async () => {
  const values = [0, false, '', null];
  const states = Object.fromEntries(values.map((Result, at) => [`P${at}`, { Type: 'Pass', Result, ResultPath: `$.v${at}` }]));
  expect((await run(aMachine(states))).result).toEqual({ v0: 0, v1: false, v2: '', v3: null });
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

const INTRINSICS: [string, unknown][] = [
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
];

describe('an intrinsic function', () => {
  let values: unknown[];
  beforeAll(async () => {
    const object = { x: 'say "hi"' };
    values = await evaluate(
      INTRINSICS.map(([text]) => text),
      { name: 'a "b\\c"', n: 3, object, list: [object, 1] },
    );
  });

  test.each(INTRINSICS.map(([text, value], at) => [text, value, at] as const))('%s', (_text, value, at) => {
    expect(values[at]).toEqual(value);
  });

  test('States.MathRandom is a whole number from its first bound up to, not including, its second', async () => {
    const drawn = await evaluate(
      Array.from({ length: 20 }, () => 'States.MathRandom(1, 4)'),
      {},
    );
    for (const number of drawn) expect([1, 2, 3]).toContain(number);
  });

  test('States.UUID is a UUID of version 4', async () => {
    const [first, second] = await evaluate(['States.UUID()', 'States.UUID()'], {});
    expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(second).not.toBe(first);
  });

  test('that fails is States.IntrinsicFailure', async () => {
    expect(await pass({ Parameters: { 'v.$': "States.StringToJson('{')" } })).toBe('States.IntrinsicFailure');
  });
});

const CHOICES: [object, object, boolean][] = [
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
  [{ Variable: '$$.State.Name', StringMatches: 'Ask*' }, {}, true],
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
];

describe('the choice', () => {
  let taken: Record<string, boolean>;

  // One machine asks them all: each rule reads its own row of the input, and the answers gather beside the rows.
  beforeAll(async () => {
    const states = CHOICES.flatMap(([rule], row) => {
      const own = JSON.parse(JSON.stringify(rule).replaceAll('"$.', `"$.rows[${row}].`));
      const Next = row + 1 < CHOICES.length ? `Ask${row + 1}` : 'Over';
      const answer = (Result: boolean) => ({ Type: 'Pass', Result, ResultPath: `$.taken.c${row}`, Next });
      return [
        [`Ask${row}`, { Type: 'Choice', Choices: [{ ...own, Next: `Yes${row}` }], Default: `No${row}` }],
        [`Yes${row}`, answer(true)],
        [`No${row}`, answer(false)],
      ];
    });
    const machine = aMachine({ ...Object.fromEntries(states), Over: { Type: 'Succeed' } });
    const { result } = await run(machine, { rows: CHOICES.map(([, input]) => input), taken: {} });
    taken = result.taken;
  });

  test.each(CHOICES.map(([rule, input, outcome], row) => [rule, input, outcome, row] as const))(
    '%j on %j',
    (_rule, _input, outcome, row) => {
      expect(taken[`c${row}`]).toBe(outcome);
    },
  );
});

test('a choice on what is not there is States.Runtime', async () => {
  const Choices = [{ Variable: '$.a', NumericEquals: 1, Next: 'Yes' }];
  const { error } = await run(aMachine({ Ask: { Type: 'Choice', Choices, Default: 'Yes' }, Yes: { Type: 'Succeed' } }));
  expect(error).toBe('States.Runtime');
});

test('a Choice that nothing matches is States.NoChoiceMatched', async () => {
  const Choices = [{ Variable: '$.a', NumericEquals: 1, Next: 'Yes' }];
  const { error } = await run(aMachine({ Ask: { Type: 'Choice', Choices }, Yes: { Type: 'Succeed' } }), { a: 2 });
  expect(error).toBe('States.NoChoiceMatched');
});

test('a Wait state waits for seconds, of its own or at a path, or until a time, which may be over', async () => {
  const states = {
    Own: { Type: 'Wait', Seconds: 4 },
    Path: { Type: 'Wait', SecondsPath: '$.seconds' },
    Until: { Type: 'Wait', TimestampPath: '$.at' },
    Past: { Type: 'Wait', Timestamp: '2020-01-01T00:00:00Z' },
  };
  const at = new Date(account.cloudNow().getTime() + 20_000);
  const { stopDate, startDate } = await run(aMachine(states), { seconds: 3, at: at.toISOString() });
  expect(startDate!.getTime()).toBeLessThan(at.getTime() - 7000);
  expect(Math.round((stopDate!.getTime() - at.getTime()) / 1000)).toBe(0);
});

test.each([
  [{ Seconds: 4 }, 4],
  [{ SecondsPath: '$.seconds' }, 3],
  [{ TimestampPath: '$.at' }, 0],
])('a Wait state with %j', async (state, seconds) => {
  const { startDate, stopDate } = await run(aMachine({ Rest: { Type: 'Wait', ...state } }), { seconds: 3, at: '2020-01-01T00:00:00Z' });
  expect(Math.round((stopDate!.getTime() - startDate!.getTime()) / 1000)).toBe(seconds);
});

test('a Fail state takes Error and Cause from its text, a path or an intrinsic function', async () => {
  const state = { Type: 'Fail', ErrorPath: '$.error', CausePath: "States.Format('reverted: {}', $.why)" };
  expect(await run(aMachine({ Reverted: state }), { error: 'Reverted', why: 'an alarm' })).toMatchObject({
    ...{ status: 'FAILED', error: 'Reverted', cause: 'reverted: an alarm' },
  });
});
