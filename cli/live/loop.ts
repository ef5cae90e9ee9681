import { followRelease } from '../../client/watch.ts';
import type { Aws } from '../aws.ts';
import type { ReleaseAnswer } from '../release-answer.ts';
import type { Display } from './display.ts';
import { type LiveModel, toModel } from './model.ts';
import { type Numbers, readNumbers } from './numbers.ts';

export interface Live {
  read(): Promise<ReleaseAnswer>;
  readMetrics: Aws['readMetrics'];
  display: Display;
  wait(ms: number): Promise<void>;
}

/** Shows a release until its end, or until it is stuck, and returns it as it was then. */
export function followLive({ read, readMetrics, display, wait }: Live): Promise<ReleaseAnswer> {
  let previous: LiveModel | undefined;
  let readIn = '';
  return followRelease({
    read,
    wait,
    async see(release) {
      // CloudWatch has a datapoint a minute, and every reading costs: once in each minute.
      const minute = release.asOf.slice(0, 16);
      let numbers: Numbers | undefined;
      if (display.showsNumbers && minute !== readIn) {
        numbers = await readNumbers(readMetrics, release);
        readIn = minute;
      }
      previous = toModel(release, previous, numbers);
      display.show(previous, release);
    },
  });
}
