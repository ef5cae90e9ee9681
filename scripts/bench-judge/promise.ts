import type { RowOutcome } from './table.ts';

/** The most healthy releases that Teal may revert. */
const FALSE_REVERT_PERCENT = 1;

/**
 * What Teal did worse than it promises or than its prototype did, a line each. Chance is given three standard errors: the prototype's
 * percent detected less three of them, and the order statistic three below Teal's median, must not be worse than the prototype's.
 */
export function brokenPromises({ row, outcomes: { Teal: teal, 'as it runs': asItRuns } }: RowOutcome): string[] {
  const broken: string[] = [];
  const hold = (isKept: boolean, what: string) => {
    if (!isKept) broken.push(`${row.name}: ${what}`);
  };
  if (!row.regression) {
    const textOf = (percent: number) => `reverted ${percent.toFixed(2)} % of healthy releases`;
    hold(teal.revertedPercent <= FALSE_REVERT_PERCENT, textOf(teal.revertedPercent));
    hold(asItRuns.revertedPercent <= FALSE_REVERT_PERCENT, `${textOf(asItRuns.revertedPercent)} as it runs`);
    return broken;
  }
  const { prototype } = row.regression;
  // It is known to a whole percent.
  const detected = (prototype.detectedPercent - 0.5) / 100;
  const fewestPercent = 100 * (detected - 3 * Math.sqrt((detected * (1 - detected)) / teal.releases));
  hold(
    teal.revertedPercent >= fewestPercent,
    `detected ${teal.revertedPercent.toFixed(1)} %, the prototype ${prototype.detectedPercent} %`,
  );
  hold(teal.minutes.atLeast <= prototype.minutes, `took ${teal.minutes.median} minutes, the prototype ${prototype.minutes}`);
  hold(teal.failed.atLeast <= prototype.failed, `${teal.failed.median} requests failed, the prototype's ${prototype.failed}`);
  if (prototype.asItRunsMinutes !== undefined)
    hold(
      asItRuns.minutes.atLeast <= prototype.asItRunsMinutes,
      `took ${asItRuns.minutes.median} minutes as it runs, the prototype ${prototype.asItRunsMinutes}`,
    );
  return broken;
}
