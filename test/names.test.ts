import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import aslValidator from 'asl-validator';
import { describe, expect, inject, it } from 'vitest';
import { TEMPLATE_FILE } from '../local/cloudformation/folder.ts';

interface State {
  Type: string;
  Comment?: string;
  Resource?: string;
  Parameters?: { FunctionName?: string };
  TimeoutSeconds?: number;
  HeartbeatSeconds?: number;
  Retry?: { ErrorEquals: string[]; MaxAttempts: number; MaxDelaySeconds?: number }[];
  Catch?: { ErrorEquals: string[]; Next: string }[];
  Result?: { Error?: string };
  Error?: string;
  Next?: string;
}

interface Resource {
  Type: string;
  Properties: { FunctionName: string; Handler: string; Timeout: number; DefinitionSubstitutions: Record<string, unknown> };
}

const asl = readFileSync('statemachines/release.asl.json', 'utf8');
const machine = JSON.parse(asl) as { States: Record<string, State> };
const states = Object.entries(machine.States);
const tasks = states.filter(([, { Type }]) => Type === 'Task');
const taskNames = tasks.map(([name]) => name);

const template = JSON.parse(readFileSync(join(inject('packageFolder'), TEMPLATE_FILE), 'utf8')) as { Resources: Record<string, Resource> };
const functions = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function');
const functionOf = (key: string) => functions.find(({ Properties }) => Properties.FunctionName === `teal-prod-${key}`)?.Properties;
const { DefinitionSubstitutions: substitutions } = Object.values(template.Resources).find(
  ({ Type }) => Type === 'AWS::StepFunctions::StateMachine',
)!.Properties;

/** ShiftTraffic: shiftTraffic, shift-traffic */
const keyOf = (state: string) => state[0]!.toLowerCase() + state.slice(1);
const fileOf = (key: string) => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const sources = globSync('functions/**/*.ts').map((file) => readFileSync(file, 'utf8'));
const errorNames = [...readFileSync('functions/release/errors.ts', 'utf8').matchAll(/^ {2}\| '(\w+)'/gm)].map(([, name]) => name!);

describe('one name per step', () => {
  it.each(taskNames)('%s is a state, a file, a function and a substitution', (state) => {
    const key = keyOf(state);
    expect(existsSync(`functions/${fileOf(key)}.ts`)).toBe(true);
    expect(functionOf(key)?.Handler).toBe(`functions/${fileOf(key)}.handler`);
    expect(machine.States[state]!.Parameters!.FunctionName).toBe(`\${${key}Arn}`);
    expect(substitutions[`${key}Arn`]).toEqual({ 'Fn::GetAtt': [`${state}LambdaFunction`, 'Arn'] });
  });

  it('every file beside the folders is a deployed function, and every function has its file', () => {
    const files = globSync('functions/*.ts').map((file) => file.replace(/\.ts$/, '.handler'));
    expect(functions.map(({ Properties }) => Properties.Handler).sort()).toEqual(files.sort());
    for (const { Properties } of functions) {
      expect(Properties.Handler).toBe(`functions/${fileOf(Properties.FunctionName.replace('teal-prod-', ''))}.handler`);
    }
  });

  it('every substitution of the state machine is given, and none for nothing', () => {
    const asked = [...asl.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name!);
    expect(Object.keys(substitutions).sort()).toEqual([...new Set(asked)].sort());
  });
});

describe('the state machine', () => {
  it('is valid Amazon States Language', () => {
    const result = aslValidator(machine);
    expect(result.isValid ? '' : result.errorsText('\n')).toBe('');
  });

  it.each(states.map(([name]) => name))('%s says in a comment what it does', (name) => {
    expect(machine.States[name]!.Comment).toMatch(/\w.*\.$/);
  });

  it('succeeds in Promoted and Unchanged only, and fails under the name of the state', () => {
    const ends = (type: string) => states.filter(([, { Type }]) => Type === type);
    expect(ends('Succeed').map(([name]) => name)).toEqual(['Promoted', 'Unchanged']);
    expect(ends('Fail').map(([name]) => name)).toEqual(['Reverted', 'Rejected', 'AliasMoved', 'RevertStuck']);
    for (const [name, { Error: error }] of ends('Fail')) expect(error).toBe(name);
    expect(asl).not.toMatch(/"End"\s*:/);
  });
});

describe('a task that fails', () => {
  const OUTAGE = [
    'AwsUnavailable',
    'FormatUnknown',
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.TooManyRequestsException',
  ];
  const followPasses = (name: string): string => (machine.States[name]!.Type === 'Pass' ? followPasses(machine.States[name]!.Next!) : name);

  it.each(taskNames)('%s is tried again when AWS is unavailable', (name) => {
    const retried = machine.States[name]!.Retry!.flatMap(({ ErrorEquals }) => ErrorEquals);
    if (!retried.includes('States.ALL')) {
      expect(retried).toEqual(expect.arrayContaining(['AwsUnavailable', 'Lambda.ServiceException', 'Lambda.TooManyRequestsException']));
    }
  });

  it.each(taskNames)('%s waits out an outage of AWS for an hour and more, with full jitter', (name) => {
    const { ErrorEquals, ...retrier } = machine.States[name]!.Retry![0]!;
    expect([['States.ALL'], OUTAGE]).toContainEqual(ErrorEquals);
    expect(retrier).toMatchObject({ IntervalSeconds: 1, BackoffRate: 2, JitterStrategy: 'FULL' });
    // Full jitter waits half of the delay on average.
    expect((retrier.MaxAttempts * retrier.MaxDelaySeconds!) / 2).toBeGreaterThan(3600);
    expect(retrier.MaxDelaySeconds).toBeLessThanOrEqual(60);
  });

  it.each(taskNames)('%s leads to Reject, Revert or RevertStuck whatever the error', (name) => {
    const catchers = machine.States[name]!.Catch!;
    expect(catchers.at(-1)!.ErrorEquals).toEqual(['States.ALL']);
    for (const { Next } of catchers) expect(['Reject', 'Revert', 'RevertStuck']).toContain(followPasses(Next));
  });

  it('is reverted, not rejected, once an alias may have been written', () => {
    const caught = Object.fromEntries(tasks.map(([name, { Catch }]) => [name, [...new Set(Catch!.map(({ Next }) => followPasses(Next)))]]));
    expect(caught).toEqual({
      AwaitTurn: ['Reject'],
      Plan: ['Reject'],
      PublishVersion: ['Reject'],
      AwaitActive: ['Reject'],
      PointPreview: ['Revert'],
      BeforeTraffic: ['Reject'],
      SmokeTest: ['Reject'],
      AwaitApproval: ['Reject'],
      ProvisionConcurrency: ['Reject'],
      WarmUp: ['Reject'],
      ShiftTraffic: ['Revert'],
      Bake: ['Revert'],
      Promote: ['Revert'],
      AfterTraffic: ['Revert'],
      AfterRevert: ['Revert'],
      Revert: ['RevertStuck'],
      Reject: ['Revert'],
    });
  });

  it.each(taskNames.filter((name) => name !== 'Bake'))('%s is given longer than its function', (name) => {
    expect(machine.States[name]!.TimeoutSeconds).toBeGreaterThan(functionOf(keyOf(name))!.Timeout);
  });
});

describe('the bake', () => {
  const bake = machine.States.Bake!;

  it('waits for its token, and reverts when it hears nothing for five minutes', () => {
    expect(bake.Resource).toBe('arn:aws:states:::lambda:invoke.waitForTaskToken');
    expect(bake.HeartbeatSeconds).toBe(300);
    expect(bake.HeartbeatSeconds).toBeGreaterThan(functionOf('bake')!.Timeout);
    expect(bake.TimeoutSeconds).toBeUndefined();
  });

  it('never begins again after a timeout: blind means revert', () => {
    const retried = bake.Retry!.flatMap(({ ErrorEquals }) => ErrorEquals);
    for (const name of ['States.Timeout', 'States.HeartbeatTimeout', 'States.TaskFailed', 'States.ALL'])
      expect(retried).not.toContain(name);
  });
});

describe('the names of errors', () => {
  const isOfAws = (name: string) => /^(States|Lambda|Sandbox|Runtime)\./.test(name);
  const told = states.flatMap(([, { Retry = [], Catch = [] }]) => [...Retry, ...Catch].flatMap(({ ErrorEquals }) => ErrorEquals));

  it('that the state machine tells apart are all listed in errors.ts', () => {
    expect(errorNames.length).toBeGreaterThan(0);
    expect([...new Set(told)].filter((name) => !isOfAws(name) && !errorNames.includes(name))).toEqual([]);
  });

  it('that are listed in errors.ts are all thrown by a handler or given by the state machine', () => {
    const given = states.flatMap(([, { Result, Error: error }]) => [Result?.Error, error]);
    const thrown = sources.flatMap((text) => [...text.matchAll(/new ReleaseError\(\s*'(\w+)'/g)].map(([, name]) => name!));
    expect(errorNames.filter((name) => !thrown.includes(name) && !given.includes(name))).toEqual([]);
  });
});
