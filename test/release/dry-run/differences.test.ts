import { describe, expect, it } from 'vitest';
import { describeDifferences } from '../../../functions/release/dry-run/differences.ts';

const version = (configuration: object, rest: object = {}) => ({
  version: '1',
  codeSha256: 'code',
  role: 'role',
  configuration: JSON.stringify(configuration),
  ...rest,
});

describe('what differs between blue and green', () => {
  it.each<[string, object, object, string[]]>([
    ['nothing', { Runtime: 'nodejs24.x' }, { Runtime: 'nodejs24.x' }, []],
    ['a setting', { Runtime: 'nodejs22.x' }, { Runtime: 'nodejs24.x' }, ['Runtime: nodejs22.x → nodejs24.x']],
    ['a setting that is new', {}, { MemorySize: 512 }, ['MemorySize: none → 512']],
    ['a setting of parts', { EphemeralStorage: { Size: 512 } }, {}, ['EphemeralStorage: {"Size":512} → none']],
    [
      'environment variables, of which no value is told',
      { Environment: { Variables: { OLD: 'secret', URL: 'secret', SAME: 'secret' } } },
      { Environment: { Variables: { NEW: 'secret', URL: 'secret2', SAME: 'secret' } } },
      ['environment: + NEW, - OLD, ~ URL (another value)'],
    ],
    [
      'layers',
      { Layers: [{ Arn: 'arn:aws:lambda:eu-west-1:1:layer:a:1' }] },
      { Layers: [{ Arn: 'arn:aws:lambda:eu-west-1:1:layer:a:2' }, { Arn: 'arn:aws:lambda:eu-west-1:1:layer:b:1' }] },
      ['layers: ~ arn:aws:lambda:eu-west-1:1:layer:a (another version), + arn:aws:lambda:eu-west-1:1:layer:b'],
    ],
  ])('%s', (_, before, after, differences) => expect(describeDifferences(version(before), version(after))).toEqual(differences));

  it('code and role', () =>
    expect(describeDifferences(version({}), version({}, { codeSha256: 'other', role: 'another' }))).toEqual([
      'other code',
      'role: role → another',
    ]));
});
