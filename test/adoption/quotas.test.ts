import { expect, it } from 'vitest';
import { createQuotas } from '../../local/quotas/quotas.ts';
import { createWorld } from '../world.ts';
import type { Report } from './a-report.ts';

it('twenty functions behind an API and two rules each are adopted in one call under AWS’s quotas', async () => {
  const world = await createWorld({ hasSdkRetries: true });
  const { clock } = world.aws.ground;
  const names = Array.from({ length: 20 }, (_, index) => `team-${index}`);
  const arns: string[] = [];
  for (const name of names) arns.push(await world.aBareFunction(name));
  const { apiId } = world.aws.httpApi.create({
    name: 'shop',
    routes: arns.map((functionArn, index) => ({ routeKey: `GET /${index}`, functionArn, authorization: 'NONE' as const })),
  });
  for (const name of names) {
    await world.allowBare(name, 'api', {
      Principal: 'apigateway.amazonaws.com',
      SourceArn: `arn:aws:execute-api:eu-west-1:123456789012:${apiId}/*`,
    });
    for (const rule of ['one', 'two'])
      await world.allowBare(name, rule, {
        Principal: 'events.amazonaws.com',
        SourceArn: `arn:aws:events:eu-west-1:123456789012:rule/${rule}`,
      });
  }
  world.aws.ground.quotas = createQuotas(clock, 'eu-west-1');
  const took: number[] = [];
  for (let call = 1; call <= 2; call++) {
    const began = clock.nowMs();
    const { status, body } = await world.meanwhile(world.call<Report>('POST', '/adoptions', { functions: names }));
    took.push((clock.nowMs() - began) / 1000);
    expect(status).toBe(200);
    expect(body.functions.map(({ ready, callers }) => [ready, callers!.length])).toEqual(names.map(() => [true, 1]));
  }
  // The API answers within 29 s or not at all.
  expect(Math.max(...took)).toBeLessThan(20);
});
