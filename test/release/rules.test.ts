import { describe, expect, it } from 'vitest';
import { ReleaseError } from '../../functions/release/errors.ts';
import { decidePreview } from '../../functions/release/preview.ts';
import { decideWrite } from '../../functions/release/routing.ts';
import {
  aWorld,
  begin,
  decideTo,
  explore,
  failure,
  halfShifted,
  type Kind,
  move,
  nextRelease,
  noteBack,
  overwritten,
  type Program,
  person,
  release,
  releaseAndStop,
  sequence,
  tooMuchGreen,
  type World,
  win,
} from './interleavings.ts';

const settle =
  (target: number) =>
  (start: number): Program =>
    move(start, target, { kind: 'settle' }, start + 3);

/** The execution: ShiftTraffic for both steps, then Promote; where the rules stop it or something fails, Revert. */
function execution(targets: number, rules = decideWrite): Program {
  const all = Array.from({ length: targets }, (_, index) => index);
  const shiftLength = 1 + 3 * targets;
  const revertAt = 2 * shiftLength + 1 + 3 * targets + 1;
  const settleAll = all.map(
    (target) =>
      (start: number): Program =>
        move(start, target, { kind: 'settle' }, start + 3, rules),
  );
  const shift = (step: number) => [
    begin(step, revertAt),
    ...all.map(
      (target) =>
        (start: number): Program =>
          move(start, target, { kind: 'shift', step }, revertAt, rules),
    ),
  ];
  const forward = sequence(...shift(0), ...shift(1), win(revertAt), ...settleAll, releaseAndStop);
  return sequence(
    () => forward.map((action) => (world, writer) => (world.hasFailed ? revertAt : action(world, writer))),
    decideTo('revert'),
    ...settleAll,
    release,
  );
}

/** Brake, Revert or the sweep: decides to revert, and settles. */
const reverter = (targets: number): Program =>
  sequence(decideTo('revert'), ...Array.from({ length: targets }, (_, target) => settle(target)), release);
/** ShiftTraffic's first step alone. */
const firstShift = sequence(begin(0, 4), (start) => move(start, 0, { kind: 'shift', step: 0 }, 4));
/** The brake does not let go: Revert does that. */
const brake = (targets: number): Program =>
  sequence(decideTo('revert'), ...Array.from({ length: targets }, (_, target) => settle(target)), noteBack);

/** Any state that breaks a guarantee. */
const everyMoment = (world: World) => tooMuchGreen(world) ?? overwritten(world);

describe('the seven rules, in every interleaving', () => {
  it.each([1, 2])('of ShiftTraffic, Promote, Revert, a failure, the brake, the sweep and a person, with %i targets', (targets) => {
    const writers = {
      execution: execution(targets),
      failure,
      brake: brake(targets),
      sweep: reverter(targets),
      person: person(0),
    };
    const { states, violations } = explore(aWorld(targets), writers, everyMoment, halfShifted);
    expect(violations).toEqual([]);
    expect(states).toBeGreaterThan(targets === 1 ? 1_000 : 100_000);
  });

  it.each<Kind[][]>([[['first']], [['switch']], [['first', 'plain']], [['switch', 'first']]])(
    'of the same writers, with targets that have no alias yet or whose alias is switched: %j',
    (kinds) => {
      const writers = {
        execution: execution(kinds.length),
        failure,
        brake: brake(kinds.length),
        sweep: reverter(kinds.length),
        person: person(0),
      };
      const { states, violations } = explore(aWorld(kinds), writers, everyMoment, halfShifted);
      expect(violations).toEqual([]);
      expect(states).toBeGreaterThan(kinds.length === 1 ? 500 : 50_000);
    },
  );

  it('of an execution, one that is redriven and a brake bring two targets to the same side', () => {
    const writers = { execution: execution(2), redriven: execution(2), brake: brake(2) };
    expect(explore(aWorld(2), writers, everyMoment, halfShifted).violations).toEqual([]);
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

describe('the rules of a preview, in every interleaving', () => {
  const rules: typeof decideWrite = (intent, record, target, found) =>
    decidePreview(intent.kind === 'shift' ? 'show' : 'settle', record, target, found);
  const show = (start: number) => move(start, 0, { kind: 'shift', step: 0 }, 3, rules);
  const back = (by = rules) => sequence(decideTo('revert'), (start) => move(start, 0, { kind: 'settle' }, start + 3, by), release);
  /** The alias of the world is the preview alias: where blue serves, or not there yet. */
  const previewWorld = (before?: string) => {
    const world = aWorld(1);
    world.record.targets = world.record.targets.map((target) => ({ ...target, preview: { before } }));
    if (before === undefined) world.aliases[0]!.routing = undefined;
    return world;
  };

  it.each([undefined, '1'])('of PointPreview, Revert, the sweep and a person, with an alias that was on version %s', (before) => {
    const writers = { show: sequence(show), revert: back(), sweep: back(), person: person(0) };
    expect(explore(previewWorld(before), writers, overwritten, halfShifted).violations).toEqual([]);
  });

  it('a revert that makes no alias where there is none leaves one behind that was on its way', () => {
    const sparing: typeof decideWrite = (...args) => {
      const write = rules(...args);
      return write.act === 'create' ? { act: 'nothing' } : write;
    };
    const onGreen = ({ aliases }: World) => (aliases[0]!.routing?.version === '2' ? 'G6: a preview is left on green' : undefined);
    expect(explore(previewWorld(), { show: sequence(show), revert: back(sparing) }, overwritten, onGreen).violations).not.toEqual([]);
    expect(explore(previewWorld(), { show: sequence(show), revert: back() }, overwritten, onGreen).violations).toEqual([]);
  });
});

describe('a rule that is broken is found', () => {
  it('rule 1: a decision that the last to come overwrites', () => {
    const overrule =
      (side: 'promote' | 'revert') =>
      (start: number): Program => [
        (world) => {
          world.record = { ...world.record, decision: { side, reason: { code: 'passed', message: side }, at: '2026-01-15T12:00:00.000Z' } };
          return start + 1;
        },
      ];
    const shifted = aWorld(2);
    shifted.record.step = 0;
    const promote = sequence(overrule('promote'), settle(0), settle(1));
    const revert = sequence(overrule('revert'), settle(0), settle(1));
    expect(explore(shifted, { promote, revert }, tooMuchGreen, halfShifted).violations).not.toEqual([]);
    const fair = {
      promote: sequence(decideTo('promote'), settle(0), settle(1)),
      revert: sequence(decideTo('revert'), settle(0), settle(1)),
    };
    expect(explore(shifted, fair, tooMuchGreen, halfShifted).violations).toEqual([]);
  });

  it('rule 2: an alias that is written before its step is in the record', () => {
    const hasty = (start: number): Program =>
      move(start, 0, { kind: 'shift', step: 0 }, start + 4, (intent, record, target, found) =>
        decideWrite(intent, intent.kind === 'shift' ? { ...record, step: 0 } : record, target, found),
      );
    const shift = sequence(hasty, begin(0, 4));
    expect(explore(aWorld(1), { shift, brake: brake(1) }, tooMuchGreen, halfShifted).violations).not.toEqual([]);
  });

  it('rule 3: a write that does not name the revision it read', () => {
    const blind = (start: number): Program => {
      const [read, ask] = move(start, 0, { kind: 'shift', step: 0 }, start + 3);
      return [
        read!,
        ask!,
        (world, writer) => {
          const { revision, isPersons } = world.aliases[0]!;
          world.isOverwritten ||= isPersons;
          world.aliases[0] = { routing: writer.write!, revision: revision + 1, isPersons: false };
          return start + 3;
        },
      ];
    };
    const shift = sequence(begin(0, 4), blind);
    expect(explore(aWorld(1), { shift, person: person(0) }, overwritten, () => undefined).violations).not.toEqual([]);
    expect(explore(aWorld(1), { shift: firstShift, person: person(0) }, overwritten, () => undefined).violations).toEqual([]);
  });

  it('rule 6: a revert that stops at the first target that a person moved', () => {
    const both = aWorld(2);
    both.record.step = 0;
    both.aliases[1]!.routing = { version: '1', weights: { 2: 10 } };
    const stops = (start: number): Program =>
      move(start, 0, { kind: 'settle' }, 99, (intent, record, one, found) => {
        const write = decideWrite(intent, record, one, found);
        if (write.act === 'leave') throw new ReleaseError('AliasMoved', write.why);
        return write;
      });
    const programs = (first: (start: number) => Program) => ({ revert: sequence(decideTo('revert'), first, settle(1)), person: person(0) });
    expect(explore(both, programs(stops), overwritten, halfShifted).violations).not.toEqual([]);
    expect(explore(both, programs(settle(0)), overwritten, halfShifted).violations).toEqual([]);
  });

  it('rule 7: a redriven shift that does not ask whether its release goes on', () => {
    const deaf = (start: number): Program =>
      move(start, 0, { kind: 'shift', step: 0 }, start + 3, (intent, record, target, found) => {
        const { decision: _, ...undecided } = record;
        return decideWrite(intent, { ...undecided, claim: 'held', step: 0 }, target, found);
      });
    const programs = (redriven: Program) => ({ revert: reverter(1), redriven });
    expect(explore(aWorld(1), programs(sequence(deaf)), tooMuchGreen, halfShifted).violations).not.toEqual([]);
    expect(explore(aWorld(1), programs(firstShift), tooMuchGreen, halfShifted).violations).toEqual([]);
  });

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

  it('rule 4: a brake that says that an alias is back before it is', () => {
    const early = sequence(decideTo('revert'), noteBack);
    const { violations } = explore(aWorld(1), { shift: firstShift, early, revert: reverter(1) }, tooMuchGreen, halfShifted);
    expect(violations).not.toEqual([]);
    const { violations: none } = explore(aWorld(1), { shift: firstShift, brake: brake(1), revert: reverter(1) }, tooMuchGreen, halfShifted);
    expect(none).toEqual([]);
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
