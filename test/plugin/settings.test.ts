import { describe, expect, it } from 'vitest';
import { parseRequest } from '../../functions/release/request.ts';
import type { FunctionObject } from '../../plugin/framework.ts';
import { findWrongRequest, requestOf } from '../../plugin/request.ts';
import { findUnfit, readSettings } from '../../plugin/settings.ts';

/** A service of the functions `orders` and `payments`, with these `release` blocks. */
function read(
  teal: unknown,
  blocks: Record<string, unknown> = { orders: undefined, payments: undefined },
  team?: unknown,
  files: Record<string, unknown> = {},
) {
  const texts = new Map(Object.entries({ ...files, 'teal.json': team }).map(([path, content]) => [path, JSON.stringify(content)]));
  return readSettings(
    teal,
    Object.entries(blocks).map(([key, release]) => [key, { name: `shop-prod-${key}`, release } as FunctionObject]),
    (path) => texts.get(path),
  );
}

const settingsOf = (...args: Parameters<typeof read>) => {
  const { settings, wrong } = read(...args);
  expect(wrong).toEqual([]);
  return settings;
};

const requestFor = (keys: string[], ...args: Parameters<typeof read>) => {
  const settings = settingsOf(...args);
  const targets = settings.released.filter(({ key }) => keys.includes(key)).map((released) => ({ released }));
  return requestOf(settings, targets, false);
};

describe('which functions are released', () => {
  it.each([
    ['none, where nobody says so', undefined, { orders: undefined }, []],
    ['those with a release of their own', undefined, { orders: {}, payments: undefined, cron: true }, ['orders', 'cron']],
    ['all, where custom.teal.release is there', { release: {} }, { orders: undefined, payments: { alarms: [] } }, ['orders', 'payments']],
    ['all but those that say false', { release: {} }, { orders: false, payments: undefined }, ['payments']],
    ['not all, where custom.teal has no release', { stack: 'teal-test' }, { orders: undefined, payments: {} }, ['payments']],
  ])('are %s', (_, teal, blocks, keys) => {
    expect(settingsOf(teal, blocks).released.map(({ key }) => key)).toEqual(keys);
  });

  it('are released by the alias live and the stack teal-prod unless told otherwise', () => {
    expect(settingsOf(undefined)).toMatchObject({ alias: 'live', stack: 'teal-prod' });
    expect(settingsOf({ alias: 'users', stack: 'teal-test', api: 'https://api.example.com/' })).toMatchObject({
      alias: 'users',
      stack: 'teal-test',
      api: 'https://api.example.com',
    });
  });
});

describe('what a service says wrong', () => {
  it.each([
    ['an unknown field', { plan: '10% 10m' }, {}, /^custom\.teal\.plan: .*custom\.teal\.release/],
    ['something that is no object', 'yes', {}, /^custom\.teal: /],
    ['a stack that is no name', { stack: 'teal_prod' }, {}, /^custom\.teal\.stack: /],
    ['an alias that is a number', { alias: '42' }, {}, /^custom\.teal\.alias: /],
    ['an API that is no URL', { api: 'teal' }, {}, /^custom\.teal\.api: /],
    ['targets', { release: { targets: ['orders'] } }, {}, /^custom\.teal\.release\.targets: /],
    ['a version of all functions', { release: { version: '42' } }, {}, /^custom\.teal\.release\.version: /],
    ['a release that is text', {}, { orders: 'yes' }, /^functions\.orders\.release: /],
  ])('is told: %s', (_, teal, blocks, message) => {
    expect(read(teal, blocks).wrong).toEqual([expect.stringMatching(message)]);
  });

  it.each([
    ['an unknown field of a release', { release: { colour: 'teal' } }, { orders: {} }, 'custom.teal.release.colour: '],
    ['a plan of a function', {}, { orders: { plan: '50% 5m, 10% 5m' } }, 'functions.orders.release.plan: '],
    ['a field of the judge', { release: { judge: { latency: 'sometimes' } } }, { orders: {} }, 'custom.teal.release.judge.latency'],
    ['a judge that is none', { release: { judge: 'strict' } }, { orders: {} }, 'custom.teal.release.judge: '],
    [
      "a second function's second smoke test",
      {},
      { orders: { smokeTests: [{}] }, payments: { smokeTests: [{}, { expect: 1 }] } },
      'functions.payments.release.smokeTests[1].expect: ',
    ],
    ['an alarm without a name', {}, { orders: {}, payments: { alarms: ['a', ''] } }, 'functions.payments.release.alarms[1]: '],
    ['alarms that are no list', {}, { orders: { alarms: 'orders-errors' } }, 'functions.orders.release.alarms: is a list'],
    [
      'alarms by name beside "auto"',
      { release: { alarms: 'auto' } },
      { orders: { alarms: ['a'] } },
      'functions.orders.release.alarms[0]: ',
    ],
    ['a version that is none', {}, { orders: { version: 'latest' } }, 'functions.orders.release.version: '],
    [
      'a test of what is no function here',
      { release: { smokeTests: [{ target: 'x' }] } },
      { orders: {} },
      'custom.teal.release.smokeTests[0].target: ',
    ],
    ['a plan that nothing can judge', { release: { plan: '100% 10m' } }, { orders: {} }, 'custom.teal.release.unwatched: '],
  ])('is told where it stands, by the schema of the API: %s', (_, teal, blocks, start) => {
    const wrong = findWrongRequest(settingsOf(teal, blocks));
    expect(wrong).toHaveLength(1);
    expect(wrong[0]).toContain(start);
  });

  it('is told when two functions that are released together say a field differently', () => {
    const wrong = findWrongRequest(settingsOf({}, { orders: { plan: '10% 10m' }, payments: { plan: '20% 10m' } }));
    expect(wrong).toEqual([
      'plan of functions.orders.release (10% 10m) and of functions.payments.release (20% 10m) differ: the functions of a service are released together, so say it once, in custom.teal.release',
    ]);
    expect(
      findWrongRequest(settingsOf({ release: { judge: { latency: 'auto' } } }, { orders: { judge: { latency: false } }, payments: {} })),
    ).toEqual([
      expect.stringMatching(/^judge\.latency of custom\.teal\.release \("?auto"?\) and of functions\.orders\.release \(false\) differ/),
    ]);
    expect(findWrongRequest(settingsOf({ release: {} }, { orders: { plan: '10% 10m' }, payments: { plan: '10% 10m' } }))).toEqual([]);
  });

  it('is told of more functions than one release takes', () => {
    const blocks = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`f${index}`, {}]));
    expect(findWrongRequest(settingsOf({}, blocks))).toEqual([expect.stringContaining('at most 100')]);
  });

  it.each([
    ['provisioned concurrency', { provisionedConcurrency: 1 }, 'provisionedConcurrency'],
    ['a durable configuration', { durableConfig: { executionTimeout: 60 } }, 'durableConfig'],
    ['an event of CloudFront', { events: [{ cloudFront: {} }] }, 'events'],
  ])('is told of a function that Teal cannot release: %s', (_, object, field) => {
    const told = findUnfit('orders', { name: 'shop-prod-orders', ...object });
    expect(told).toEqual([expect.stringMatching(`^functions\\.orders\\.${field}: .*release: false`)]);
    expect(findUnfit('orders', { name: 'shop-prod-orders', snapStart: true, events: [{ httpApi: '*' }] })).toEqual([]);
  });
});

describe('the request', () => {
  it('has what the service says, what a function adds, and functions as targets', () => {
    const teal = { release: { alarms: ['shop-errors'], plan: '10% 10m', smokeTests: [{ target: 'payments', payload: 1 }] } };
    const metric = {
      name: 'refused',
      namespace: 'Shop',
      bad: 'Refused',
      total: 'All',
      dimensions: {},
      versionDimension: 'ExecutedVersion',
    };
    const blocks = {
      orders: { alarms: ['orders-errors', 'shop-errors'], smokeTests: [{ payload: 2 }], judge: { metrics: [metric] } },
      payments: { judge: { latency: false } },
    };
    expect(requestFor(['orders', 'payments'], teal, blocks)).toEqual({
      targets: [
        { function: 'shop-prod-orders', alias: 'live' },
        { function: 'shop-prod-payments', alias: 'live' },
      ],
      plan: '10% 10m',
      alarms: ['shop-errors', 'orders-errors'],
      smokeTests: [
        { target: 'shop-prod-payments', payload: 1 },
        { target: 'shop-prod-orders', payload: 2 },
      ],
      judge: { latency: false, metrics: [{ target: 'shop-prod-orders', ...metric }] },
    });
    expect(findWrongRequest(settingsOf(teal, blocks))).toEqual([]);
  });

  it('leaves out the tests and metrics of a function that is not in it, and keeps what holds for all', () => {
    const teal = { release: { smokeTests: [{ target: 'payments:live' }, { target: 'orders' }] } };
    const request = requestFor(['orders'], teal, {
      orders: {},
      payments: { plan: '20% 10m', alarms: ['payments-errors'], smokeTests: [{}] },
    });
    expect(request).toEqual({
      targets: [{ function: 'shop-prod-orders', alias: 'live' }],
      plan: '20% 10m',
      smokeTests: [{ target: 'shop-prod-orders' }],
    });
  });

  it('pins the version that a function names, and else the code that was uploaded', () => {
    const settings = settingsOf({}, { orders: { version: '42' }, payments: {} });
    const codeSha256 = `${'a'.repeat(43)}=`;
    const request = requestOf(
      settings,
      settings.released.map((released) => ({ released, codeSha256 })),
      true,
    );
    expect(request).toEqual({
      targets: [
        { function: 'shop-prod-orders', alias: 'live', version: '42' },
        { function: 'shop-prod-payments', alias: 'live', codeSha256 },
      ],
      again: true,
    });
    expect(parseRequest(request)).toHaveProperty('request');
  });

  it('watches every alarm that names a target where the service says so', () => {
    expect(requestFor(['orders'], { release: { alarms: 'auto' } })).toMatchObject({ alarms: 'auto' });
  });

  it('puts the files that smoke tests name into them, and names those that it cannot read', () => {
    const files = { 'smoke/order.json': { item: 7 }, 'smoke/order.schema.json': { type: 'object' } };
    const test = { payload: { $file: 'smoke/order.json' }, schema: { $file: 'smoke/order.schema.json' } };
    const team = { defaults: { smokeTests: [{ target: 'shop-prod-orders', ...test }] } };
    const inlined = { payload: { item: 7 }, schema: { type: 'object' } };
    expect(requestFor(['orders'], {}, { orders: { smokeTests: [test] } }, undefined, files)).toMatchObject({ smokeTests: [inlined] });
    expect(requestFor(['orders'], {}, { orders: {} }, team, files)).toMatchObject({ smokeTests: [inlined] });
    expect(read({}, { orders: { smokeTests: [{}, test] } }, team, { 'smoke/order.json': {} }).wrong).toEqual([
      'functions.orders.release.smokeTests[1].schema: there is no file smoke/order.schema.json',
      'teal.json: defaults.smokeTests[0].schema: there is no file smoke/order.schema.json',
    ]);
  });

  it('takes what teal.json says of these functions, and over it what the service says', () => {
    const team = {
      defaults: { plan: '50% 5m, 100% 5m', alarms: 'auto' },
      tiers: [{ name: 'critical', functions: ['*-payments'], release: { plan: '1% 30m, 100% 30m' } }],
    };
    const blocks = { orders: {}, payments: {} };
    expect(requestFor(['orders'], {}, blocks, team)).toMatchObject({ plan: '50% 5m, 100% 5m', alarms: 'auto' });
    expect(requestFor(['orders', 'payments'], {}, blocks, team)).toMatchObject({ plan: '1% 30m, 100% 30m', alarms: 'auto' });
    const own = { release: { plan: '20% 5m, 100% 5m', alarms: ['shop-errors'] } };
    expect(requestFor(['payments'], own, blocks, team)).toMatchObject({ plan: '20% 5m, 100% 5m', alarms: ['shop-errors'] });
    expect(read({}, blocks, { defaults: { colour: 'teal' } }).wrong).toEqual([expect.stringMatching(/^teal\.json: defaults\.colour: /)]);
  });
});
