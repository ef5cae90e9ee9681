import { describe, expect, it } from 'vitest';
import { isSamePerson } from '../../functions/release/person.ts';
import { parseRequest } from '../../functions/release/request.ts';

const parse = (approval: unknown) => parseRequest({ targets: ['orders-api'], approval });

describe('an approval in a request', () => {
  it('says everything once it is read, and reads the same again', () => {
    const read = parse({ before: 'promote' });
    expect(read).toMatchObject({ request: { approval: { before: 'promote', timeout: '24h', onTimeout: 'decline' } } });
    expect(parseRequest('request' in read && read.request)).toEqual({ ...read, selectors: [] });
  });

  it('may be waited for as long as green stays awake', () => {
    expect(parse({ before: 'traffic', timeout: '7d' })).toHaveProperty('request');
    expect(parse({ before: 'promote', timeout: '30d' })).toHaveProperty('request');
  });

  it('is nowhere in a request that asks for none', () => {
    expect('request' in parse(undefined) && Object.keys((parse(undefined) as { request: object }).request)).not.toContain('approval');
  });

  it.each([
    [{}, 'approval.before', 'is missing'],
    [{ before: 'lunch' }, 'approval.before', 'is "traffic" or "promote"'],
    [{ before: 'traffic', timeout: 'soon' }, 'approval.timeout', 'is a duration such as "4h"'],
    [{ before: 'traffic', timeout: '0m' }, 'approval.timeout', 'is a duration such as "4h"'],
    [{ before: 'traffic', timeout: '8d' }, 'approval.timeout', 'is at most 7d before traffic'],
    [{ before: 'promote', timeout: '31d' }, 'approval.timeout', 'is at most 30d before promote'],
    [{ before: 'traffic', onTimeout: 'wait' }, 'approval.onTimeout', 'is "decline" or "approve"'],
    [{ before: 'traffic', notBy: 'ada' }, 'approval.notBy', 'is "starter"'],
    [
      { before: 'traffic', notBy: 'starter', onTimeout: 'approve' },
      'approval.onTimeout',
      'cannot be "approve" with notBy: time would approve what a second person must',
    ],
    [{ before: 'traffic', by: 'grace' }, 'approval.by', 'is not a field of an approval that this version of Teal knows'],
    ['traffic', 'approval', 'is an object such as { "before": "traffic" }'],
  ])('%j is refused: %s %s', (approval, field, message) => {
    expect(parse(approval)).toEqual({ wrong: [{ field, message }] });
  });
});

describe('two callers', () => {
  const user = (name: string) => `arn:aws:iam::123456789012:user/${name}`;
  const session = (role: string, name: string) => `arn:aws:sts::123456789012:assumed-role/${role}/${name}`;
  const SSO = 'AWSReservedSSO_Admin_0123456789abcdef';

  it.each([
    ['a user and the same one', user('ada'), user('ada')],
    ['two sessions of a role, since whoever assumes it names them', session('deploy', 'ada'), session('deploy', 'grace')],
    [
      'one who signed in by IAM Identity Center, by two of its roles',
      session(SSO, 'ada@example.com'),
      session('AWSReservedSSO_Dev_f', 'Ada@example.com'),
    ],
    ['somebody and an execution started by hand, of whom nobody knows', user('ada'), 'an execution started by hand'],
    ['somebody and the account itself', user('ada'), 'arn:aws:iam::123456789012:root'],
  ])('may be one person: %s', (_, one, other) => {
    expect([isSamePerson(one, other), isSamePerson(other, one)]).toEqual([true, true]);
  });

  it.each([
    ['two users', user('ada'), user('grace')],
    ['a pipeline’s role and a user', session('pipeline', 'run-17'), user('ada')],
    ['two who signed in by IAM Identity Center', session(SSO, 'ada@example.com'), session(SSO, 'grace@example.com')],
    ['users of the same name in two accounts', user('ada'), 'arn:aws:iam::210987654321:user/ada'],
  ])('are two: %s', (_, one, other) => {
    expect(isSamePerson(one, other)).toBe(false);
  });
});
