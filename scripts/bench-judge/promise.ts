import type { RowOutcome } from './table.ts';

/** The most healthy releases that Teal may revert. */
const FALSE_REVERT_PERCENT = 1;

/**
 * What Teal did worse than it promises or than its prototype did, a line each. Chance is given three standard errors: the prototype's
 * percent detected less three of them, and the order statistic three below Teal's median, must not be worse than the prototype's.
 */
export function brokenPromises({ row, outcomes: { Teal: teal } }: RowOutcome): string[] {
  if (!row.regression) {
    const isKept = teal.revertedPercent <= FALSE_REVERT_PERCENT;
    return isKept ? [] : [`${row.name}: reverted ${teal.revertedPercent.toFixed(2)} % of healthy releases`];
  }
  const { prototype } = row.regression;
  const broken: string[] = [];
  // It is known to a whole percent.
  const detected = (prototype.detectedPercent - 0.5) / 100;
  const fewestPercent = 100 * (detected - 3 * Math.sqrt((detected * (1 - detected)) / teal.releases));
  if (!(teal.revertedPercent >= fewestPercent))
    broken.push(`${row.name}: detected ${teal.revertedPercent.toFixed(1)} %, the prototype ${prototype.detectedPercent} %`);
  if (!(teal.minutes.atLeast <= prototype.minutes))
    broken.push(`${row.name}: took ${teal.minutes.median} minutes, the prototype ${prototype.minutes}`);
  if (!(teal.failed.atLeast <= prototype.failed))
    broken.push(`${row.name}: ${teal.failed.median} requests failed, the prototype's ${prototype.failed}`);
  return broken;
}
