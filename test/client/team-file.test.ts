import { describe, expect, it } from 'vitest';
import { fieldsFor, parseTeamFile, type TeamFile } from '../../client/team-file.ts';
import { parseRequest } from '../../functions/release/request.ts';

const read = (input: unknown) => parseTeamFile(JSON.stringify(input));
const team = (input: unknown): TeamFile => {
  const parsed = read(input);
  if ('wrong' in parsed) throw new Error(JSON.stringify(parsed.wrong));
  return parsed;
};

const SHOP = {
  $schema: './node_modules/teal/dist/teal.schema.json',
  defaults: { alarms: 'auto', plan: '100% 10m' },
  tiers: [
    {
      name: 'critical',
      functions: ['payments', 'orders-*'],
      release: {
        plan: '10% 10m, 50% 10m, 100% 10m',
        judge: { minRequests: 500, metrics: [{ name: 'declined', target: 'payments', namespace: 'Shop', bad: 'Declined' }] },
        smokeTests: [{ target: 'payments' }, { target: 'orders-api' }],
      },
    },
    { name: 'internal', functions: ['admin-*'], release: { plan: '50% 5m, 100% 5m' } },
  ],
};

describe('teal.json', () => {
  it('gives a function of no tier the defaults', () =>
    expect(fieldsFor(team(SHOP), ['search'])).toEqual({ tier: undefined, fields: { alarms: 'auto', plan: '100% 10m' } }));

  it('gives a function what its tier says, and the defaults where that says nothing', () =>
    expect(fieldsFor(team(SHOP), ['admin-users'])).toEqual({ tier: 'internal', fields: { alarms: 'auto', plan: '50% 5m, 100% 5m' } }));

  it('releases functions of several tiers as the first of them says', () =>
    expect(fieldsFor(team(SHOP), ['search', 'admin-users', 'orders-api'])).toMatchObject({
      tier: 'critical',
      fields: { plan: '10% 10m, 50% 10m, 100% 10m', alarms: 'auto' },
    }));

  it('releases a stack or a tag, whose functions nobody knows here, as the first tier says', () =>
    expect(fieldsFor(team(SHOP), undefined).tier).toBe('critical'));

  it('leaves out smoke tests and metrics of functions that are not released', () => {
    const { fields } = fieldsFor(team(SHOP), ['orders-api']);
    expect(fields).toMatchObject({ smokeTests: [{ target: 'orders-api' }], judge: { minRequests: 500, metrics: [] } });
    expect(parseRequest({ targets: ['orders-api'], ...fields })).toHaveProperty('request');
  });

  it('gives way to what a release says itself', () =>
    expect(fieldsFor(team(SHOP), ['payments'], { plan: '100% 1m', reason: 'hotfix' }).fields).toMatchObject({
      plan: '100% 1m',
      reason: 'hotfix',
      alarms: 'auto',
    }));

  it('keeps what is said of an alias of a function, and of no function by name', () => {
    const metrics = [{ name: 'slow', namespace: 'Shop', bad: 'Slow' }];
    const defaults = { smokeTests: [{ target: 'orders-api:live' }, { target: 'payments:live' }], judge: { metrics } };
    const { fields } = fieldsFor(team({ defaults }), ['orders-api']);
    expect(fields).toMatchObject({ smokeTests: [{ target: 'orders-api:live' }], judge: { metrics } });
    expect(fieldsFor(team({ defaults }), undefined).fields).toMatchObject(defaults);
  });

  it('may say nothing', () => expect(fieldsFor(team({}), ['orders-api'])).toEqual({ tier: undefined, fields: {} }));

  it('matches a pattern with the whole of a name', () => {
    const { tiers } = SHOP;
    expect(fieldsFor(team({ tiers }), ['old-orders-api']).tier).toBeUndefined();
    const tierOf = (wanted: string, name: string) => fieldsFor(team({ tiers: [{ ...tiers[0], functions: [wanted] }] }), [name]).tier;
    expect(tierOf('*-api', 'old-orders-api')).toBe('critical');
    expect(tierOf('*-orders-*', 'old-orders-api')).toBe('critical');
    expect(tierOf('orders', 'orders-api')).toBeUndefined();
  });

  it.each<[string, unknown, { field: string; message: string }]>([
    ['an unknown field', { default: {} }, { field: 'default', message: 'is not a field of teal.json that this version of Teal knows' }],
    [
      'an unknown field of a release',
      { defaults: { alarm: 'auto' } },
      { field: 'defaults.alarm', message: 'is not a field of a release that this version of Teal knows' },
    ],
    [
      'targets, which are no default',
      { defaults: { targets: ['a'] } },
      { field: 'defaults.targets', message: 'is not a field of a release that this version of Teal knows' },
    ],
    [
      'a tier without functions',
      { tiers: [{ name: 'a', functions: [], release: {} }] },
      { field: 'tiers[0].functions', message: 'names at least one function' },
    ],
    [
      'a tier that is there twice',
      { tiers: [1, 2].map(() => ({ name: 'a', functions: ['b'], release: {} })) },
      { field: 'tiers[1].name', message: 'a is there twice' },
    ],
    [
      'an empty name of a function',
      { tiers: [{ name: 'a', functions: [''], release: {} }] },
      { field: 'tiers[0].functions[0]', message: 'is the name of a function or a pattern such as "orders-*"' },
    ],
    ['tiers that are no list, without more', { tiers: 'a' }, { field: 'tiers', message: 'is a list of tiers' }],
    ['anything else', [], { field: '', message: 'is an object' }],
  ])('refuses %s by name', (_, input, wrong) => expect(read(input)).toEqual({ wrong: [wrong] }));

  it('has the content of the files that its smoke tests name, and tells which it cannot read', () => {
    const test = (file: string) => ({ target: 'orders', request: { path: '/', body: { $file: file } } });
    const file = {
      defaults: { smokeTests: [test('a.json')] },
      tiers: [{ name: 'a', functions: ['b'], release: { smokeTests: [{ target: 'orders' }, test('b.json')] } }],
    };
    const readFile = (path: string) => (path === 'a.json' ? '[1]' : undefined);
    expect(parseTeamFile(JSON.stringify({ defaults: file.defaults }), readFile)).toMatchObject({
      defaults: { smokeTests: [{ request: { path: '/', body: [1] } }] },
    });
    expect(parseTeamFile(JSON.stringify(file), readFile)).toEqual({
      wrong: [{ field: 'tiers[0].release.smokeTests[1].request.body', message: 'there is no file b.json' }],
    });
  });

  it('refuses what is not JSON', () =>
    expect(parseTeamFile('{')).toEqual({ wrong: [{ field: '', message: expect.stringMatching(/^is not JSON: /) }] }));
});
