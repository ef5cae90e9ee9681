import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parseTeamFile } from '../../client/team-file.ts';
import { parseRequest } from '../../functions/release/request.ts';
import { JSON_SCHEMAS } from '../../scripts/json-schemas.ts';

const ajv = new Ajv({ strict: true, allowUnionTypes: true });
const isRelease = ajv.compile(JSON_SCHEMAS['release.schema.json']);
const isTeamFile = ajv.compile(JSON_SCHEMAS['teal.schema.json']);

const targets = ['orders-api'];

describe('the published JSON Schema of a release', () => {
  it.each<[string, unknown]>([
    ['the shortest', { targets }],
    [
      'targets of every kind',
      { targets: [...targets, { function: 'a', alias: 'live', version: '4' }, { stack: 'shop' }, { tag: 'service=orders' }] },
    ],
    ['alarms that are found', { targets, alarms: 'auto', plan: [{ weight: 10, bake: '5m' }] }],
    ['a judge', { targets, judge: { latency: { slowerThanMs: 800 }, metrics: [{ name: 'a', namespace: 'b', bad: 'c' }] } }],
    [
      'labels, a change and a smoke test',
      { targets, labels: { a: 'b' }, change: { commit: 'abc' }, smokeTests: [{ target: 'orders-api', payload: [] }] },
    ],
  ])('takes what the API takes: %s', (_, request) => {
    expect(parseRequest(request)).not.toHaveProperty('wrong');
    expect(isRelease(request), JSON.stringify(isRelease.errors)).toBe(true);
  });

  it.each<[string, unknown]>([
    ['nothing', {}],
    ['no target', { targets: [] }],
    ['an unknown field', { targets, alarm: [] }],
    ['an unknown field within', { targets, judge: { error: true } }],
    ['a name that is none', { targets: ['orders api'] }],
    ['a wrong choice', { targets, missingData: 'ignore' }],
    ['a number for a text', { targets, reason: 7 }],
  ])('refuses what the API refuses: %s', (_, request) => {
    expect(parseRequest(request)).toHaveProperty('wrong');
    expect(isRelease(request)).toBe(false);
  });

  it('tells an editor what each field is for', () => {
    const { properties } = JSON_SCHEMAS['release.schema.json'] as { properties?: Record<string, { description?: string }> };
    expect(properties).toMatchObject({
      targets: { description: expect.any(String) },
      alarms: { description: expect.any(String), default: [] },
    });
  });
});

describe('the published JSON Schema of teal.json', () => {
  const tier = { name: 'critical', functions: ['orders-*'], release: { plan: '10% 10m' } };
  it.each<[boolean, unknown]>([
    [true, { $schema: './node_modules/teal/dist/teal.schema.json', defaults: { alarms: 'auto' }, tiers: [tier] }],
    [true, {}],
    [false, { defaults: { targets } }],
    [false, { tiers: [{ ...tier, judge: {} }] }],
    [false, { tiers: [{ ...tier, functions: [] }] }],
  ])('agrees with what reads it: %s %j', (isRight, file) => {
    expect(!('wrong' in parseTeamFile(JSON.stringify(file)))).toBe(isRight);
    expect(isTeamFile(file)).toBe(isRight);
  });
});
