import { describe, expect, it } from 'vitest';
import type { HookRun } from '../../functions/release/hook-run.ts';
import { assertHooksPassed, describeHooksLeft, hookEvent, withHookAnswered } from '../../functions/release/hooks.ts';
import { parseRequest } from '../../functions/release/request.ts';
import { aRecord, at, decidedTo, NOON, textsOf } from './a-record.ts';

const parse = (hooks: unknown) => parseRequest({ targets: ['orders-api'], hooks });
const run = (more: Partial<HookRun> = {}): HookRun => ({
  moment: 'beforeTraffic',
  function: 'expand',
  status: 'called',
  at: NOON,
  ...more,
});
const hooks = { beforeTraffic: 'expand', afterTraffic: ['contract', 'announce'], afterRevert: ['tidy'] };

describe('hooks in a request', () => {
  it('are read with everything said', () => {
    expect(parse({ beforeTraffic: 'expand:live', afterRevert: [{ function: 'tidy', timeout: '24h' }] })).toMatchObject({
      request: {
        hooks: { beforeTraffic: [{ function: 'expand:live', timeout: '1h' }], afterRevert: [{ function: 'tidy', timeout: '24h' }] },
      },
    });
  });

  it.each(['0m', '1441m', 'soon'])('wait for no answer of %s', (timeout) => {
    expect(parse({ beforeTraffic: { function: 'expand', timeout } })).toMatchObject({
      wrong: [{ message: 'is a duration of at most 24 hours such as "15m"' }],
    });
  });

  it.each([[{ timeout: '1h' }], [{ function: 'no such name' }], [[]], [Array(11).fill('expand')]])('are refused: %j', (beforeTraffic) => {
    expect(parse({ beforeTraffic })).toHaveProperty('wrong');
  });
});

describe('what a hook answers', () => {
  const answer = (record = aRecord({ hooks }, { hooks: [run()] }), status: 'passed' | 'pending' = 'passed') =>
    withHookAnswered(record, { moment: 'beforeTraffic', hook: 0, answer: { status }, at: at(1) });

  it('counts once, and only once it is an answer', () => {
    const answered = answer();
    expect([answered?.hooks, textsOf(answered)]).toEqual([[run({ status: 'passed', at: at(1) })], ['before-traffic hook expand passed']]);
    expect(answer(answered)).toBeUndefined();
    expect(answer(aRecord({ hooks }, { hooks: [run({ status: 'failed' })] }))).toBeUndefined();
    expect(answer(undefined, 'pending')).toBeUndefined();
    expect(answer(aRecord({ hooks }))).toBeUndefined();
  });

  it('lets traffic to green only when all have passed', () => {
    expect(() => assertHooksPassed(aRecord({ hooks }, { hooks: [run()] }))).toThrow('before-traffic hook expand has not passed');
    expect(() => assertHooksPassed(aRecord({ hooks }, { hooks: [run({ status: 'passed' })] }))).not.toThrow();
  });
});

describe('what the end of a release says of its hooks', () => {
  it('is nothing as long as nothing is decided, and of a rejection', () => {
    expect(describeHooksLeft(aRecord({ hooks }, { step: 1 }))).toEqual([]);
    expect(describeHooksLeft(aRecord({ hooks }, decidedTo('revert')))).toEqual([]);
  });

  it('is what failed, has not answered or did not run on the side of the decision', () => {
    const promoted = aRecord({ hooks }, { step: 1, ...decidedTo('promote') });
    const contract = run({ moment: 'afterTraffic', function: 'contract', status: 'passed' });
    expect(describeHooksLeft(promoted)).toEqual(['after-traffic hook contract DID NOT RUN', 'after-traffic hook announce DID NOT RUN']);
    expect(describeHooksLeft({ ...promoted, hooks: [contract, run({ moment: 'afterTraffic', function: 'announce' })] })).toEqual([
      'after-traffic hook announce WAS CALLED AND HAS NOT ANSWERED',
    ]);
    expect(describeHooksLeft({ ...promoted, hooks: [contract, { ...contract, function: 'announce' }] })).toEqual([]);
    const failed = run({ moment: 'afterRevert', function: 'tidy', status: 'failed', reason: 'locked' });
    expect(describeHooksLeft(aRecord({ hooks }, { step: 0, hooks: [failed], ...decidedTo('revert') }))).toEqual([
      'after-revert hook tidy FAILED: locked',
    ]);
  });
});

describe('what a hook is called with', () => {
  it('names both versions by their ARNs, and says of a target whether it was left as it is', () => {
    const record = aRecord({ hooks, reason: 'checkout redesign' });
    const targets = [{ ...record.targets[0]!, unchanged: true, moved: 'it is elsewhere' }];
    expect(hookEvent({ ...record, targets }, { moment: 'beforeTraffic', hook: 0, token: 'token' }, (name) => `arn:${name}`)).toMatchObject({
      hook: 'beforeTraffic',
      idempotencyKey: 'orders-7/beforeTraffic/0',
      token: 'token',
      release: {
        requestReason: 'checkout redesign',
        targets: [
          {
            function: 'orders-api',
            alias: 'live',
            aliasArn: 'arn:orders-api:live',
            blue: '1',
            blueArn: 'arn:orders-api:1',
            green: '2',
            greenArn: 'arn:orders-api:2',
            unchanged: true,
            moved: 'it is elsewhere',
          },
        ],
      },
    });
  });
});
