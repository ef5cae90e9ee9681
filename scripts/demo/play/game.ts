import { connectAws } from '../../../cli/aws.ts';
import type { LiveModel } from '../../../cli/live/model.ts';
import { createRandom } from '../../../local/random.ts';
import { brokenPromises } from '../../../test/faults/guarantees.ts';
import { createMonitor } from '../../../test/faults/monitor.ts';
import { openWorld } from '../../../test/world/open-world.ts';
import { FUNCTION } from '../mobile-api.ts';
import { followInFlight } from './follow.ts';
import { refusalOf } from './refusal.ts';
import { createReleases } from './releases.ts';
import { FRAME_CLOUD_MS, type Key } from './script.ts';
import type { FaultCounts, Summary } from './summary.ts';
import { count, newTally, type Tally } from './tally.ts';
import { createTroubles } from './troubles.ts';
import { BUG, startUsers, versionsOf } from './users.ts';

export interface GameOptions {
  /** The template of the packaged service. */
  folder: string;
  /** Of all chance: routing, the users, which kill comes before its write. */
  seed: number;
}

/** Something that happened, in plain words, at a time of the cloud. */
export interface PlayEvent {
  atMs: number;
  text: string;
}

/** What a frame shows. */
export interface View {
  atMs: number;
  beganMs: number;
  tally: Tally;
  /** Green of the release in flight. */
  green?: string;
  live?: LiveModel;
  /** Why the live view may be old. */
  notice?: string;
  events: PlayEvent[];
  isEnding: boolean;
}

export type Game = Awaited<ReturnType<typeof openGame>>;

/** Cloud minutes in which users meet each of the two versions that there are before the player begins: what the judge compares with, if a person moves the alias too. */
const MINUTES_BEFORE = 3;
/** Teal's own limit for a revert that AWS keeps refusing is four hours. */
const LONGEST_END_FRAMES = (6 * 3_600_000) / FRAME_CLOUD_MS;
/** Whatever comes late: a tick and the sweep in it. */
const AFTERMATH_FRAMES = (4 * 60_000) / FRAME_CLOUD_MS;

/** The service on a local AWS whose clock stands still between two frames: the same seed and keys give the same game. */
export async function openGame({ folder, seed }: GameOptions) {
  const random = createRandom(seed ^ 0x7ea1);
  const monitor = createMonitor();
  const events: PlayEvent[] = [];
  let nowMs = () => 0;
  const tell = (text: string) => void events.push({ atMs: nowMs(), text });
  const troubles = createTroubles({ nowMs: () => nowMs(), random, tell });
  const world = await openWorld({ folder, seed, hasSdkRetries: true, faults: { onCall: troubles.onCall, onAnswer: monitor.onAnswer } });
  const { clock } = world.aws.ground;
  nowMs = clock.nowMs;

  Object.assign(world.behaviours, versionsOf(nowMs, random));
  await world.aFunction(FUNCTION, { next: 'blue again' });

  let tally = newTally();
  let isEnding = false;
  const faults: FaultCounts = { killed: 0, throttled: 0, moved: 0, stopped: 0 };
  const releases = createReleases({ world, monitor, tell });
  const { readMetrics } = connectAws({}, world.aws.clientConfig);
  const live = followInFlight({ world, readMetrics, inFlight: releases.inFlight, everyMs: FRAME_CLOUD_MS });
  const users = startUsers(world, random, (answer) => {
    tally = count(tally, answer, { bug: BUG, isTakenBack: releases.isTakenBack });
  });

  const throttle = () => {
    troubles.throttle();
    faults.throttled++;
    tell('⏳ AWS refuses every call of Teal for a minute');
  };
  const acts: Record<Exclude<Key, 'q'>, () => void | Promise<void>> = {
    g: () => releases.begin('good'),
    b: () => releases.begin('bad'),
    k() {
      troubles.armKill();
      tell('✂ the next function of Teal that writes the alias will die doing it');
    },
    t: throttle,
    async m() {
      await releases.moveByHand();
      faults.moved++;
    },
    async s() {
      if (await releases.stop()) faults.stopped++;
    },
  };

  /** One frame of cloud time, and what is to be seen at its end. */
  async function advance(): Promise<void> {
    await clock.advanceTo(nowMs() + FRAME_CLOUD_MS);
    await releases.look();
    if (!releases.inFlight() && troubles.disarmKill()) tell('✂ nobody was killed: the release ended without another write of the alias');
    live.look();
  }

  await world.minutes(MINUTES_BEFORE);
  await world.moveAlias(FUNCTION, await world.publish(FUNCTION));
  await world.minutes(MINUTES_BEFORE);
  const beganMs = nowMs();

  return {
    world,
    advance,

    /** Does what the key stands for, or tells why not. `q` is whoever plays' to see to. */
    async press(key: Exclude<Key, 'q'>): Promise<void> {
      const id = releases.inFlight()?.id;
      const refusal = refusalOf(key, {
        ...(id !== undefined && { id }),
        isKillArmed: troubles.isKillArmed(),
        isThrottled: troubles.isThrottled(),
        isMoved: releases.isMoved(),
        isAsking: releases.isAsking(),
      });
      if (refusal === undefined) await acts[key]();
      else tell(`! ${key} does nothing: ${refusal}`);
    },

    view(): View {
      const green = releases.inFlight()?.targets[0]?.green;
      const { model, notice } = live.shown();
      return {
        atMs: nowMs(),
        beganMs,
        tally,
        ...(green !== undefined && { green }),
        ...(model && { live: model }),
        ...(notice !== undefined && { notice }),
        events,
        isEnding,
      };
    },

    /** Lets cloud time pass until nothing is in flight and all that may come late has come; `show` is called at each frame. */
    async end(show: () => void | Promise<void>): Promise<void> {
      isEnding = true;
      let calmFrames = 0;
      for (let frames = 0; calmFrames < AFTERMATH_FRAMES && frames < LONGEST_END_FRAMES; frames++) {
        await advance();
        await show();
        calmFrames = releases.inFlight() || releases.isAsking() ? 0 : calmFrames + 1;
      }
      await users.stop();
    },

    /** Only when it has ended. */
    async summarize(script: string): Promise<Summary> {
      await releases.lookAtAlias();
      const items = await world.items();
      const played = releases.played();
      const left = await Promise.all(played.map(({ id }) => brokenPromises(world, id, items)));
      const { lately: _, ...counts } = tally;
      return {
        cloudMinutes: Math.round((nowMs() - beganMs) / 60_000),
        tally: counts,
        releases: played,
        faults: { ...faults, killed: troubles.kills() },
        stranded: releases.stranded(),
        broken: [...monitor.broken, ...left.flat()],
        seed,
        script,
      };
    },

    close: world.close,
  };
}
