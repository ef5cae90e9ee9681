import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { findInApi } from '../../functions/release/adoption/apis.ts';
import { giveAsyncSettings } from '../../functions/release/adoption/async-settings.ts';
import { findInRules } from '../../functions/release/adoption/event-sources.ts';
import { adoptedBy } from '../../functions/release/adoption/report.ts';
import { createWorld } from '../world.ts';
import { adopt, type Report } from './a-report.ts';

const page = readFileSync(new URL('../../docs/adopting.md', import.meta.url), 'utf8');
const [shown] = (JSON.parse(/```json\n([\s\S]*?)```/.exec(page)![1]!) as Report).functions;

it('docs/adopting.md shows what an adoption answers', async () => {
  const adopted = adoptedBy(shown!.function, shown!.alias, shown!.aliasArn, shown!.stack);
  const [integration, rule] = shown!.callers!.map(({ where }) => where as Record<string, string>);
  const api = {
    apiId: integration!.api!,
    integrations: [{ id: integration!.integration!, uri: adopted.functionArn }],
    authorizers: [],
    routes: ['GET /orders', 'POST /orders'].map((key) => ({ key, integrationId: integration!.integration! })),
    stages: [{ name: '$default', isAutoDeployed: true }],
  };
  const target = { Id: rule!.target!, Arn: adopted.functionArn, Input: '{"job":"nightly"}' };
  expect(shown!.callers).toEqual([
    ...findInApi(adopted, api),
    ...findInRules(adopted, [{ name: rule!.rule!, bus: rule!.bus!, targets: [target] }]),
  ]);
  expect(shown!.asynchronousSettings).toEqual(giveAsyncSettings(adopted, { maximumRetryAttempts: 1 }, undefined));

  const world = await createWorld();
  await world.aBareFunction('orders-api');
  const [answered] = await adopt(world, 'orders-api');
  const always = Object.keys(shown!).filter((field) => field !== 'stack' && field !== 'asynchronousSettings');
  expect(Object.keys(answered!)).toEqual(always);
});

it('docs/adopting.md names every kind of caller', () => {
  const kinds = [...page.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, cell]) => cell!.split(', ').map((kind) => kind.replaceAll('`', '')));
  const source = readFileSync(new URL('../../functions/release/adoption/report.ts', import.meta.url), 'utf8');
  const known = [...source.matchAll(/^ {2}\| '([a-z-]+)'/gm)].map(([, kind]) => kind!);
  expect(known.length).toBeGreaterThan(5);
  expect(kinds.sort()).toEqual(known.sort());
});
