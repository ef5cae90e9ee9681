import { describe, expect, it } from 'vitest';
import { type Act, type Happening, type Moment, newStory, type ShownRelease, type Story, tell } from '../../scripts/demo/story.ts';

const START_MS = Date.UTC(2026, 0, 15, 12);
const at = (seconds: number) => START_MS + seconds * 1000;

const ACT: Act = { number: 1, title: 'the good version', expected: { status: 'promoted', reasonCode: 'passed' } };

const aRelease = (rest: Partial<ShownRelease> = {}): ShownRelease => ({
  id: 'r-1',
  status: 'baking',
  step: { number: 1, of: 2, weight: 10 },
  targets: [{ blue: '1', green: '2' }],
  timeline: [],
  ...rest,
});

const began: Happening = { type: 'release-began', atMs: START_MS, act: ACT, id: 'r-1', plan: '10% 2m' };
const seen = (seconds: number, rest: Partial<ShownRelease> = {}): Happening => ({
  type: 'release-seen',
  atMs: at(seconds),
  shown: aRelease(rest),
});
const split = (seconds: number, weights: Record<string, number>, version = '1'): Happening => ({
  type: 'alias-seen',
  atMs: at(seconds),
  version,
  weights,
});
const request = (seconds: number, version: string, failure?: string): Happening => ({
  type: 'request',
  startedMs: at(seconds),
  endedMs: at(seconds) + 500,
  version,
  failure,
});

/** The story after all this, and all that was told of it. */
function play(...happenings: Happening[]): { story: Story; moments: Moment[] } {
  let story = newStory();
  const moments = happenings.flatMap((happening) => {
    const told = tell(story, happening);
    story = told.story;
    return told.moments;
  });
  return { story, moments };
}

const types = (moments: Moment[]) => moments.map(({ type }) => type);

describe('the story of a release', () => {
  it('tells what green really gets beside what was asked for, and whose requests failed', () => {
    const requests = [...Array(8).keys()].map((n) => request(11, '1', n === 0 ? 'boom' : undefined));
    const { moments } = play(began, seen(5), split(10, { 2: 0.1 }), seen(10), ...requests, request(11, '2'), request(12, '2', 'boom'), {
      type: 'pulse',
      atMs: at(60),
    });
    expect(moments.at(-1)).toMatchObject({
      type: 'progress',
      seconds: 60,
      weightPercent: 10,
      greenPercent: 20,
      blue: { requests: 8, errors: 1 },
      green: { requests: 2, errors: 1 },
    });
  });

  it('does not know what green gets before there was a request', () => {
    const { moments } = play(began, seen(5));
    expect(moments.at(-1)).toMatchObject({ type: 'progress', greenPercent: null });
  });

  it('counts anew when the alias was written, and leaves out requests that began before', () => {
    const { story } = play(began, seen(5), request(6, '1'), split(10, { 2: 0.1 }), request(9, '1'), request(11, '2'));
    expect(story.counts).toEqual({ 2: { requests: 1, errors: 0 } });
    expect(story.requests).toBe(3);
  });

  it('tells of the alias only after the record that says why, with the last numbers of the split before', () => {
    const { moments } = play(
      began,
      seen(5),
      split(10, { 2: 0.1 }),
      seen(11),
      request(12, '2'),
      split(130, { 2: 0.5 }),
      { type: 'pulse', atMs: at(131) },
      seen(132, {
        step: { number: 2, of: 2, weight: 50 },
        timeline: [{ at: new Date(at(128)).toISOString(), text: 'shifting 50 % to green' }],
      }),
    );
    const last = moments.slice(-3);
    expect(types(last)).toEqual(['progress', 'said', 'alias']);
    expect(last[0]).toMatchObject({ seconds: 130, weightPercent: 10, green: { requests: 1 } });
    expect(last[1]).toMatchObject({ text: 'shifting 50 % to green', recordedAt: '2026-01-15T12:02:08.000Z' });
    expect(last[2]).toMatchObject({ seconds: 130, weightsPercent: { 1: 50, 2: 50 } });
  });

  it('tells nothing of an alias that is as it was', () => {
    const { moments } = play(began, split(1, {}), split(2, {}));
    expect(types(moments)).toEqual(['release']);
  });

  it('tells the evidence of the judge beside what the look made of it', () => {
    const { moments } = play(began, seen(5, { evidence: { verdict: 'wait' }, judgement: { evidence: 4.8, limit: 100 } }));
    expect(moments.at(-1)).toMatchObject({ type: 'progress', look: { evidence: 4.8, verdict: 'wait' } });
  });

  it('tells the evidence that decided with the last numbers of the split', () => {
    const { moments } = play(
      began,
      seen(5),
      split(10, { 2: 0.1 }),
      seen(11, { evidence: { verdict: 'wait' }, judgement: { evidence: 81, limit: 100 } }),
      split(60, {}),
      seen(61, { status: 'reverting', evidence: { verdict: 'revert: worse' }, judgement: { evidence: 1600, limit: 100 } }),
    );
    expect(moments.findLast(({ type }) => type === 'progress')).toMatchObject({
      seconds: 60,
      weightPercent: 10,
      look: { evidence: 1600, verdict: 'revert: worse' },
    });
  });

  it('tells of the metrics that a bake judged the first, in each bake', () => {
    const line = (seconds: number, text: string) => ({ at: new Date(at(seconds)).toISOString(), text });
    const first = [
      line(59, 'watching errors'),
      line(60, 'judged: errors: 0'),
      line(60, 'judged: latency: 0'),
      line(60, 'the bake at 10 % is over: advance'),
    ];
    const second = [line(120, 'judged: latency: 1'), line(120, 'judged: errors: 1')];
    const { moments } = play(began, seen(61, { timeline: first }), seen(121, { timeline: [...first, ...second] }));
    expect(moments.flatMap((moment) => (moment.type === 'said' ? moment.text : []))).toEqual([
      'watching errors',
      'judged: errors: 0',
      'the bake at 10 % is over: advance',
      'judged: latency: 1',
    ]);
  });

  it('keeps when each version first answered, and when Teal decided', () => {
    const { story } = play(
      began,
      request(11, '2'),
      request(12, '2'),
      request(13, '1'),
      seen(90, {
        status: 'reverted',
        reason: { code: 'regression', message: 'it failed more' },
        decision: { at: new Date(at(80)).toISOString() },
        endedAt: new Date(at(85)).toISOString(),
      }),
    );
    expect(story.firstAnswersMs).toEqual({ 2: at(11.5), 1: at(13.5) });
    expect(story.ended).toMatchObject([{ green: '2', decidedMs: at(80) }]);
  });

  it('is quiet on a pulse soon after numbers were told', () => {
    const { moments } = play(began, seen(5), { type: 'pulse', atMs: at(20) }, { type: 'pulse', atMs: at(40) });
    expect(types(moments)).toEqual(['release', 'progress', 'progress']);
  });

  it('tells each line of the timeline once, and the end as an end', () => {
    const line = (text: string) => ({ at: new Date(at(1)).toISOString(), text });
    const { moments, story } = play(
      began,
      seen(5, { timeline: [line('one')] }),
      seen(6, { timeline: [line('one'), line('two')] }),
      seen(9, {
        status: 'promoted',
        reason: { code: 'passed', message: 'all bakes passed' },
        endedAt: new Date(at(8)).toISOString(),
        timeline: [line('one'), line('two'), line('promoted: all bakes passed')],
      }),
    );
    expect(moments.flatMap((moment) => (moment.type === 'said' ? moment.text : []))).toEqual(['one', 'two']);
    expect(moments.at(-1)).toMatchObject({ type: 'end', status: 'promoted', isAsExpected: true });
    expect(story.current).toBeUndefined();
  });

  it('finds an end for another reason not as it should be', () => {
    const { moments } = play(
      began,
      seen(9, { status: 'promoted', reason: { code: 'aborted', message: 'ada asked' }, endedAt: new Date(at(8)).toISOString() }),
    );
    expect(moments.at(-1)).toMatchObject({ type: 'end', isAsExpected: false });
  });

  it('asks nothing for green once the release reverts', () => {
    const { moments } = play(began, seen(5), split(10, { 2: 0.1 }), seen(11), split(60, {}), seen(61, { status: 'reverting' }), {
      type: 'pulse',
      atMs: at(120),
    });
    expect(moments.filter(({ type }) => type === 'progress').map((moment) => 'weightPercent' in moment && moment.weightPercent)).toEqual([
      10, 10, 0,
    ]);
  });
});
