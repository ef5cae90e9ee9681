import { endingOf } from '../client/ending.ts';
import { connect, type Place, type Teal } from './connect.ts';
import { explain } from './explain.ts';
import { EXIT, Failure } from './failure.ts';
import { openDisplay } from './live/display.ts';
import { followLive } from './live/loop.ts';
import type { Machine } from './machine.ts';
import type { ReleaseAnswer, ReleaseSummary } from './release-answer.ts';
import { stepSummary } from './step-summary.ts';

export interface WatchOptions extends Place {
  json?: boolean;
  color: boolean;
}

const EXIT_CODES: Record<string, number> = {
  promoted: EXIT.ok,
  unchanged: EXIT.ok,
  reverted: EXIT.reverted,
  rejected: EXIT.rejected,
  'alias-moved': EXIT.moved,
  stuck: EXIT.moved,
};

/** A bake outlives a router's restart. */
const PATIENCE_MS = 5 * 60_000;
const MOST_LISTED = 100;

/** `teal watch`: the release, or the newest in flight, to its end. Returns the exit code. */
export async function watch(machine: Machine, id: string | undefined, options: WatchOptions): Promise<number> {
  const teal = await connect(machine, options);
  return (await watchToEnd(machine, teal, id ?? (await findNewest(teal)), options)).exitCode;
}

async function findNewest(teal: Teal): Promise<string> {
  const { releases } = await teal.call<{ releases: ReleaseSummary[] }>('GET', `/releases?limit=${MOST_LISTED}`);
  const newest = releases.find(({ endedAt }) => endedAt === undefined);
  if (!newest) throw new Failure(EXIT.usage, 'No release is in flight. teal list shows those that are over, teal show <id> one of them');
  return newest.id;
}

/** Watches a release to its end, and says how that was: to the person, and to GitHub Actions where it runs there. */
export async function watchToEnd(
  machine: Machine,
  teal: Teal,
  id: string,
  options: WatchOptions,
): Promise<{ exitCode: number; ended: ReleaseAnswer }> {
  const display = openDisplay(machine, options);
  const later = `To watch it again: teal watch ${id}. To put users back on the version before: teal abort ${id}`;
  const stopListening = machine.onInterrupt(() => {
    display.close();
    machine.warn(`Release ${id} goes on by itself. ${later}`);
  });
  const path = `/releases/${encodeURIComponent(id)}`;
  const ended = await followLive({
    read: () => teal.call<ReleaseAnswer>('GET', path, { patienceMs: PATIENCE_MS, tell: display.notice }),
    readMetrics: teal.aws.readMetrics,
    display,
    wait: machine.wait,
  })
    .catch((error) => {
      const failure = explain(error);
      if (!(failure instanceof Failure) || failure.exitCode !== EXIT.unreachable) throw error;
      throw new Failure(EXIT.unreachable, `${failure.message}. Release ${id} goes on without anybody watching here. ${later}`, {
        cause: error,
      });
    })
    .finally(() => {
      stopListening();
      display.close();
    });
  const { isGood, message } = endingOf(ended, 'command');
  if (!isGood) machine.warn(message);
  else if (!options.json) machine.write(`${message}\n`);
  const summaryFile = machine.env.GITHUB_STEP_SUMMARY;
  // The release has ended as it has, whoever can be told.
  try {
    if (summaryFile) machine.appendFile(summaryFile, stepSummary(ended));
  } catch (error) {
    machine.warn(`The summary could not be written to ${summaryFile}: ${(error as Error).message}`);
  }
  return { exitCode: isGood ? EXIT.ok : (EXIT_CODES[ended.status] ?? EXIT.moved), ended };
}
