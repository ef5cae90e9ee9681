import { describe, expect, it } from 'vitest';
import { formatPlan, parsePlan } from '../../functions/release/plan.ts';
import { parseRequest } from '../../functions/release/request.ts';

const stepsOf = (plan: Parameters<typeof parsePlan>[0], finalBake?: string) => {
  const parsed = parsePlan(plan, finalBake);
  return 'steps' in parsed ? parsed.steps.map(({ weightPercent, bakeSeconds }) => [weightPercent, bakeSeconds / 60]) : parsed;
};

describe('a plan', () => {
  it.each([
    [
      '10% 10m, 50% 10m, 100% 10m',
      [
        [10, 10],
        [50, 10],
        [100, 10],
      ],
    ],
    ['100% 30m', [[100, 30]]],
    [
      '10% 5m',
      [
        [10, 5],
        [100, 0],
      ],
    ],
    [
      '0.5% 1h, 100% 2d',
      [
        [0.5, 60],
        [100, 2880],
      ],
    ],
    [
      '  5%  1m ,100% 0m',
      [
        [5, 1],
        [100, 0],
      ],
    ],
  ])('"%s" is these steps', (plan, steps) => {
    expect(stepsOf(plan)).toEqual(steps);
  });

  it('may be a list of steps', () => {
    expect(stepsOf([{ weight: 25, bake: '5m' }])).toEqual([
      [25, 5],
      [100, 0],
    ]);
  });

  it.each([
    [
      'Canary10Percent5Minutes',
      [
        [10, 5],
        [100, 5],
      ],
    ],
    [
      'Canary10Percent10Minutes',
      [
        [10, 10],
        [100, 5],
      ],
    ],
    [
      'Canary10Percent15Minutes',
      [
        [10, 15],
        [100, 5],
      ],
    ],
    [
      'Canary10Percent30Minutes',
      [
        [10, 30],
        [100, 5],
      ],
    ],
    ['AllAtOnce', [[100, 5]]],
  ])('CodeDeploy’s %s is these steps, with its prefix and without', (name, steps) => {
    expect(stepsOf(name)).toEqual(steps);
    expect(stepsOf(`CodeDeployDefault.Lambda${name}`)).toEqual(steps);
  });

  it.each([
    ['Linear10PercentEvery1Minute', 1],
    ['Linear10PercentEvery2Minutes', 2],
    ['Linear10PercentEvery3Minutes', 3],
    ['Linear10PercentEvery10Minutes', 10],
  ])('CodeDeploy’s %s goes up by ten every %i minutes', (name, minutes) => {
    const steps = [...[10, 20, 30, 40, 50, 60, 70, 80, 90].map((weight) => [weight, minutes]), [100, 60]];
    expect(stepsOf(name, '1h')).toEqual(steps);
    expect(stepsOf(`CodeDeployDefault.Lambda${name}`, '1h')).toEqual(steps);
  });

  it.each([
    'Canary20Percent5Minutes',
    'CodeDeployDefault.LambdaLinear10PercentEvery5Minutes',
    '10%',
    '10 10m',
    '10% 10m 20% 10m',
    '101% 1m',
    '-5% 1m',
    '10% 1.5m',
    '10.001% 1m',
  ])('is not "%s", and it says what would be', (plan) => {
    expect(stepsOf(plan)).toMatchObject({ field: 'plan', wrong: expect.stringMatching(/\w/) });
  });

  it('is shown in the form in which it can be sent again', () => {
    const parsed = parsePlan('0.5% 1h, 50% 90m, 100% 2d') as { steps: never };
    expect(formatPlan(parsed.steps)).toEqual([
      { weight: 0.5, bake: '1h' },
      { weight: 50, bake: '90m' },
      { weight: 100, bake: '2d' },
    ]);
  });
});

describe('a request', () => {
  it('that is parsed again is the same: it is the execution’s input', () => {
    const first = parseRequest({
      targets: ['orders-api', { function: 'payments', version: '7' }],
      plan: 'Canary10Percent5Minutes',
      finalBake: '1h',
      alarms: ['a'],
      smokeTests: [{ target: 'payments' }],
      change: { commit: 'abc' },
    });
    if ('wrong' in first) throw new Error(JSON.stringify(first.wrong));
    expect(parseRequest(JSON.parse(JSON.stringify(first.request)))).toEqual(first);
  });

  it.each([null, 7, 'orders-api', [], undefined])('that is %j is told what a request is', (input) => {
    expect(parseRequest(input)).toEqual({ wrong: [{ field: '', message: expect.stringContaining('"targets"') }] });
  });

  it('refuses by name what it does not know', () => {
    const later = ['budget', 'shadow', 'regions'];
    const parsed = parseRequest({ targets: ['a'], ...Object.fromEntries(later.map((name) => [name, {}])) });
    expect('wrong' in parsed && parsed.wrong.map(({ field }) => field)).toEqual(later);
  });
});
