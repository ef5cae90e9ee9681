import { describe, expect, it } from 'vitest';
import { decideWrite } from '../../functions/release/routing.ts';
import {
  aWorld,
  begin,
  decideTo,
  explore,
  halfShifted,
  move,
  nextRelease,
  overwritten,
  type Program,
  person,
  release,
  sequence,
  tooMuchGreen,
} from './interleavings.ts';

const settle =
  (target: number) =>
  (start: number): Program =>
    move(start, target, { kind: 'settle' }, start + 3);

/** The execution: shifts to both steps, promotes, and settles on the decided side whatever happened. */
function execution(targets: number, rules = decideWrite): Program {
  const all = Array.from({ length: targets }, (_, index) => index);
  const shiftLength = 1 + 3 * targets;
  const end = 2 * shiftLength;
  const shift = (step: number) => [
    begin(step, end),
    ...all.map(
      (target) =>
        (start: number): Program =>
          move(start, target, { kind: 'shift', step }, end, rules),
    ),
  ];
  return sequence(
    ...shift(0),
    ...shift(1),
    decideTo('promote'),
    ...all.map(
      (target) =>
        (start: number): Program =>
          move(start, target, { kind: 'settle' }, start + 3, rules),
    ),
    release,
  );
}

/** Brake, Revert or the sweep: decides to revert, and settles. */
const reverter = (targets: number): Program =>
  sequence(decideTo('revert'), ...Array.from({ length: targets }, (_, target) => settle(target)), release);
/** ShiftTraffic's first step alone. */
const firstShift = sequence(begin(0, 4), (start) => move(start, 0, { kind: 'shift', step: 0 }, 4));
/** The brake does not let go: Revert does that. */
const brake = (targets: number): Program => sequence(decideTo('revert'), ...Array.from({ length: targets }, (_, target) => settle(target)));

describe('the seven rules, in every interleaving', () => {
  it('of a shift, a promotion and a brake leave the alias on the decided side alone', () => {
    const { states, violations } = explore(aWorld(1), { execution: execution(1), brake: brake(1) }, tooMuchGreen, halfShifted);
    expect(violations).toEqual([]);
    expect(states).toBeGreaterThan(100);
  });

  it('of an execution, a brake and a sweep do so too', () => {
    const { violations } = explore(aWorld(1), { execution: execution(1), brake: brake(1), sweep: reverter(1) }, tooMuchGreen, halfShifted);
    expect(violations).toEqual([]);
  });

  it('of an execution and a brake with two targets bring both to the same side', () => {
    const { violations } = explore(aWorld(2), { execution: execution(2), brake: brake(2) }, tooMuchGreen, halfShifted);
    expect(violations).toEqual([]);
  });

  it('of an execution, a brake, a sweep and a person never overwrite what the person set', () => {
    const { violations } = explore(
      aWorld(1),
      { execution: execution(1), brake: brake(1), sweep: reverter(1), person: person(0) },
      overwritten,
      halfShifted,
    );
    expect(violations).toEqual([]);
  });

  it('of a shift and two that end its release never touch the next release, though it writes the very same weights', () => {
    const { violations } = explore(
      aWorld(1),
      { shift: firstShift, revert: reverter(1), sweep: reverter(1), next: nextRelease(0) },
      overwritten,
      () => undefined,
    );
    expect(violations).toEqual([]);
  });
});

describe('a rule that is broken is found', () => {
  it('rule 3: a forward write that does not read the decision', () => {
    const forgetful: typeof decideWrite = (intent, record, target, found) => {
      const { decision: _, ...undecided } = record;
      return decideWrite(intent, intent.kind === 'shift' ? undecided : record, target, found);
    };
    const { violations } = explore(
      aWorld(1),
      { execution: execution(1, forgetful).slice(0, 4), brake: brake(1) },
      tooMuchGreen,
      halfShifted,
    );
    expect(violations).not.toEqual([]);
  });

  it('rule 4: a backward write that spares an alias on blue', () => {
    const lazy = (start: number): Program =>
      move(start, 0, { kind: 'settle' }, start + 3, (intent, record, target, found) => {
        const write = decideWrite(intent, record, target, found);
        return found && Object.keys(found.weights).length === 0 && found.version === '1' ? { act: 'nothing' } : write;
      });
    const { violations } = explore(aWorld(1), { shift: firstShift, brake: sequence(decideTo('revert'), lazy) }, tooMuchGreen, halfShifted);
    expect(violations).not.toEqual([]);
  });

  it('rule 5: a writer that takes everything for its own', () => {
    const greedy = (start: number): Program =>
      move(start, 0, { kind: 'settle' }, start + 3, (intent, record, target) =>
        decideWrite(intent, record, target, { version: '1', weights: {} }),
      );
    const { violations } = explore(
      aWorld(1),
      { brake: sequence(decideTo('revert'), greedy), person: person(0) },
      overwritten,
      () => undefined,
    );
    expect(violations).not.toEqual([]);
  });

  it('rules 4 and 7: a writer that does not ask whether its release still holds the target', () => {
    const claimless = (start: number): Program =>
      move(start, 0, { kind: 'settle' }, start + 3, (intent, record, target, found) =>
        decideWrite(intent, { ...record, claim: 'held' }, target, found),
      );
    const sweep = sequence(decideTo('revert'), claimless, release);
    const { violations } = explore(
      aWorld(1),
      { shift: firstShift, revert: reverter(1), sweep, next: nextRelease(0) },
      overwritten,
      () => undefined,
    );
    expect(violations).not.toEqual([]);
  });
});
