import { describe, expect, it } from 'vitest';
import {
  decidePreview,
  previewedTargets,
  type TargetPreview,
  withPreviewSettled,
  withPreviewShown,
} from '../../functions/release/preview.ts';
import type { ReleaseRecord } from '../../functions/release/record.ts';
import { allTraffic } from '../../functions/release/routing.ts';
import { aRecord, at, decidedTo, NOON, textsOf } from './a-record.ts';

const preview = (shown: TargetPreview = {}, more: Partial<ReleaseRecord> = {}) => {
  const record = aRecord({ preview: 'next' }, { previewSince: NOON, ...more });
  return { ...record, targets: record.targets.map((target) => ({ ...target, preview: shown })) };
};
const decide = (intent: 'show' | 'settle', record: ReleaseRecord, version?: string) =>
  decidePreview(intent, record, record.targets[0]!, version === undefined ? undefined : allTraffic(version));
const write = (version: string) => ({ act: 'write', routing: allTraffic(version) });

describe('a preview alias', () => {
  it.each<[string, ReturnType<typeof decide>, unknown]>([
    ['is made where there was none', decide('show', preview()), { act: 'create', version: '2' }],
    ['goes from blue to green', decide('show', preview({ before: '1' }), '1'), write('2')],
    ['is left on green', decide('show', preview({ before: '1' }), '2'), { act: 'nothing' }],
    [
      'stays on green once promoted',
      decide('settle', preview({ before: '1', isShown: true }, decidedTo('promote')), '2'),
      { act: 'nothing' },
    ],
    ['goes on to green once promoted', decide('settle', preview({ before: '1' }, decidedTo('promote')), '1'), write('2')],
    ['goes back once reverted', decide('settle', preview({ before: '1', isShown: true }, decidedTo('revert')), '2'), write('1')],
    [
      'is written though it is on blue, to shut out a late write',
      decide('settle', preview({ before: '1' }, decidedTo('revert')), '1'),
      write('1'),
    ],
    ['is made also on a revert, where there was none', decide('settle', preview({}, decidedTo('revert'))), { act: 'create', version: '1' }],
  ])('%s', (_, decided, wanted) => expect(decided).toEqual(wanted));

  it.each<[string, ReturnType<typeof decide>]>([
    ['somebody deleted, who had it before', decide('settle', preview({ before: '1' }, decidedTo('promote')))],
    ['somebody deleted once it was shown', decide('settle', preview({ isShown: true }, decidedTo('promote')))],
    ['somebody moved', decide('settle', preview({ before: '1', isShown: true }, decidedTo('revert')), '7')],
    ['somebody moved before it was shown', decide('show', preview({ before: '1' }), '7')],
  ])('that %s is left', (_, decided) =>
    expect(decided).toMatchObject({ act: 'leave', why: expect.stringMatching(/^alias next of orders-api is /) }),
  );

  it('stays on green where nothing served before', () => {
    const record = preview({ isShown: true }, decidedTo('revert'));
    const first = { ...record, targets: record.targets.map((target) => ({ ...target, blue: undefined, isFirst: true })) };
    expect(decide('settle', first, '2')).toEqual({ act: 'nothing' });
    const told = withPreviewSettled(first, [{ target: first.targets[0]! }], NOON)!;
    expect(textsOf(told)).toEqual(['alias next of orders-api stays on green: no version of it serves']);
  });
});

describe('the previews of a group', () => {
  const record = aRecord({ targets: ['orders-api', 'payments'], preview: 'next' }, { previewSince: NOON });
  const group = { ...record, targets: record.targets.map((target) => ({ ...target, preview: { before: '1' } })) };
  const [orders, payments] = group.targets;

  it('are told apart: one may be left where a person put it', () => {
    const shown = withPreviewShown(group, [{ target: orders! }, { target: payments!, left: 'it is elsewhere' }], at(1))!;
    expect(shown.targets.map((target) => target.preview)).toEqual([
      { before: '1', isShown: true },
      { before: '1', left: 'it is elsewhere' },
    ]);
    expect(textsOf(shown)).toEqual(['left alone: it is elsewhere', 'alias next of orders-api is on green']);
    expect(previewedTargets(shown).map((target) => target.function)).toEqual(['orders-api']);
    const settled = withPreviewSettled({ ...shown, recent: [], ...decidedTo('revert') }, [{ target: shown.targets[0]! }], at(2))!;
    expect([settled.previewSince, textsOf(settled)]).toEqual([undefined, ['alias next of orders-api is on blue again']]);
    expect(withPreviewSettled(settled, [], at(3))).toBeUndefined();
  });

  it('are shown once, and where all were left it says so', () => {
    const shown = withPreviewShown(group, [{ target: orders! }], at(1))!;
    expect(withPreviewShown(shown, [{ target: shown.targets[0]! }], at(2))).toBeUndefined();
    expect(withPreviewShown(shown, [{ target: shown.targets[0]! }, { target: payments! }], at(2))).toBeDefined();
    const left = withPreviewShown(group, [{ target: orders!, left: 'gone' }], at(1));
    expect(textsOf(left)).toEqual(['left alone: gone', 'no preview was moved']);
  });

  it('are none where nothing is previewed or changed', () => {
    expect(previewedTargets(aRecord())).toEqual([]);
    expect(previewedTargets({ ...group, targets: group.targets.map((target) => ({ ...target, unchanged: true })) })).toEqual([]);
  });
});
