import { describe, expect, it } from 'vitest';
import { parseTag, selectTargets } from '../../functions/release/selection.ts';

const stack = { stack: 'orders-prod', alias: 'live' };
const having = (...names: string[]) => names.map((name) => ({ name }));
const lacking = (...names: string[]) => names.map((name) => ({ name, without: 'alias' as const }));

describe('a stack or a tag', () => {
  it('stands for every function of it that has the alias, and who has none is told', () =>
    expect(
      selectTargets(
        [],
        [
          {
            selector: stack,
            functions: [...having('orders-api', 'payments'), ...lacking('cleanup'), { name: 'audit', without: 'permission' }],
          },
        ],
        100,
      ),
    ).toEqual({
      targets: [
        { function: 'orders-api', alias: 'live' },
        { function: 'payments', alias: 'live' },
      ],
      notes: [
        'stack orders-prod has 2 functions with an alias live; left out, since they have none: cleanup; left out, since Teal may not release them: audit',
      ],
    }));

  it('adds to the functions that are named, of which what was said stays', () => {
    const named = { function: 'orders-api', alias: 'live', version: '7' };
    const tag = { tag: 'service=orders', alias: 'beta' };
    expect(
      selectTargets(
        [named],
        [
          { selector: stack, functions: having('orders-api', 'payments') },
          { selector: tag, functions: having('payments') },
        ],
        100,
      ),
    ).toMatchObject({ targets: [named, { function: 'payments', alias: 'live' }, { function: 'payments', alias: 'beta' }] });
  });

  it.each<[string, Parameters<typeof selectTargets>[1][number], string]>([
    ['that is not there', { selector: stack, functions: undefined }, 'there is no stack orders-prod in this account and region'],
    ['without a function', { selector: { tag: 'a=b', alias: 'live' }, functions: [] }, 'tag a=b has no function'],
    [
      'whose functions have no such alias',
      { selector: stack, functions: lacking('a', 'b', 'c', 'd') },
      'no function of stack orders-prod has an alias live: a, b, c, and 1 more; create it on the version that serves now, or let POST /adoptions do it',
    ],
    [
      'of which Teal may not release a function',
      { selector: stack, functions: [{ name: 'audit', without: 'permission' }] },
      'Teal may not release audit of stack orders-prod: its parameter releasableFunctions says which functions it may',
    ],
  ])('%s is refused', (_, found, message) => expect(selectTargets([], [found], 100)).toEqual({ wrong: [{ field: 'targets', message }] }));

  it('may have as many functions as a release takes', () =>
    expect(
      selectTargets([], [{ selector: stack, functions: having(...Array.from({ length: 100 }, (_, index) => `f${index}`)) }], 100),
    ).toMatchObject({ notes: ['stack orders-prod has 100 functions with an alias live'] }));

  it('of which one cannot be found is all that is told, however many targets there are', () => {
    const many = having(...Array.from({ length: 101 }, (_, index) => `f${index}`));
    const found = [
      { selector: { stack: 'gone', alias: 'live' }, functions: undefined },
      { selector: stack, functions: many },
    ];
    expect(selectTargets([], found, 100)).toEqual({
      wrong: [{ field: 'targets', message: 'there is no stack gone in this account and region' }],
    });
  });

  it('of more functions than a release takes is refused, with what to do', () =>
    expect(
      selectTargets([], [{ selector: stack, functions: having(...Array.from({ length: 101 }, (_, index) => `f${index}`)) }], 100),
    ).toEqual({
      wrong: [
        {
          field: 'targets',
          message:
            'there are 101 targets with stack orders-prod, and a release takes at most 100, since they are promoted together or not at all: give those that belong together a tag of their own, and release one tag after the other',
        },
      ],
    }));

  it('is a key and a value, of which the value may have an equals sign', () =>
    expect(parseTag('team=a=b')).toEqual({ key: 'team', value: 'a=b' }));
});
