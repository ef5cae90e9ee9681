import type { Aws } from '../../../cli/aws.ts';
import { followLive } from '../../../cli/live/loop.ts';
import type { LiveModel } from '../../../cli/live/model.ts';
import type { ReleaseAnswer } from '../../../cli/release-answer.ts';
import type { World } from '../../../test/world/open-world.ts';

export interface FollowOptions {
  world: World;
  readMetrics: Aws['readMetrics'];
  inFlight(): { id: string } | undefined;
  /** Cloud time between two readings. */
  everyMs: number;
}

/** The live view of `teal watch`, of one release after the other. It reads what a person may read: Teal's API and CloudWatch. */
export function followInFlight({ world, readMetrics, inFlight, everyMs }: FollowOptions) {
  const { clock, work } = world.aws.ground;
  let followed: string | undefined;
  let model: LiveModel | undefined;
  let notice: string | undefined;
  const wait = () => new Promise<void>((resolve) => clock.at(clock.nowMs() + everyMs, resolve));

  const read = async (id: string): Promise<ReleaseAnswer> => {
    for (;;) {
      const { status, body } = await world.call<ReleaseAnswer>('GET', `/releases/${id}`);
      if (status === 200) return body;
      notice = `Teal's API answers ${status}; this is what it said last`;
      await wait();
    }
  };
  const follow = (id: string) =>
    followLive({
      read: () => read(id),
      // Cloud time stands still until CloudWatch has answered: how long that takes the machine must not matter.
      readMetrics: (...asked) => work.track(readMetrics(...asked)),
      display: {
        showsNumbers: true,
        show(shown) {
          notice = undefined;
          if (followed === id) model = shown;
        },
        notice() {},
        close() {},
      },
      wait,
    });

  return {
    /** Follows a release that has begun since the last look. */
    look() {
      const id = inFlight()?.id;
      if (id === undefined || id === followed) return;
      followed = id;
      void follow(id);
    },
    shown: () => ({ model, notice }),
  };
}
