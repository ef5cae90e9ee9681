import { describe, expect, it } from 'vitest';
import { foresee, WEEK_MINUTES } from '../../../functions/release/dry-run/foresight.ts';
import { aRelease } from '../judge/a-judged-release.ts';

const foreseen = (plan: string, requestsPerMinute: number, errorRate: number, targets = ['orders-api']) =>
  foresee(aRelease({ targets, plan }), () => ({
    requests: requestsPerMinute * WEEK_MINUTES,
    errors: requestsPerMinute * WEEK_MINUTES * errorRate,
  }));

describe('what a bake would catch', () => {
  it('is told of each step that is judged, with the traffic it was reckoned from', () => {
    const told = foreseen('10% 1h, 50% 1h, 100% 1h', 600, 0.01);
    expect(told.map(({ step, target }) => [step, target])).toEqual([
      [1, 'orders-api:live'],
      [2, 'orders-api:live'],
    ]);
    expect(told[0]!.message).toMatch(
      /^step 1 \(10 % for 1h\) of orders-api would catch an error rate of [\d.]+ % or more on green with 95 % \(blue 1.0 % of 600 requests a minute in the last week\)$/,
    );
  });

  it('is less the longer it bakes, the more traffic it has and the nearer its weight is to half', () => {
    const rate = (...args: Parameters<typeof foreseen>) => foreseen(...args)[0]!.greenRate!;
    const base = rate('10% 1h, 100% 1h', 600, 0.01);
    expect(base).toBeGreaterThan(0.01);
    expect(rate('10% 6h, 100% 1h', 600, 0.01)).toBeLessThan(base);
    expect(rate('10% 1h, 100% 1h', 6000, 0.01)).toBeLessThan(base);
    expect(rate('50% 1h, 100% 1h', 600, 0.01)).toBeLessThan(base);
  });

  it('is nothing where there is next to no traffic, or no minute to judge', () => {
    expect(foreseen('10% 1h, 100% 1h', 0.01, 0)[0]!.greenRate).toBeUndefined();
    expect(foreseen('10% 2m, 100% 1h', 6000, 0.01)[0]!.greenRate).toBeUndefined();
  });
});
