/** `npm run demo`: three releases of a real function on a local AWS. A good one is promoted; one that fails and one that is slow are reverted. */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { BUG, createMobileApi, deployCode, FUNCTION, SMOKE_TEST } from './demo/mobile-api.ts';
import { intro, summaryText, textOf } from './demo/moment-text.ts';
import { type Cue, parseScript } from './demo/play/script.ts';
import { countServedMinutes } from './demo/served-minutes.ts';
import { type Stage, setStage } from './demo/stage.ts';
import { type Act, type Happening, newStory, type ShownRelease, tell } from './demo/story.ts';
import { type Summary, summarize } from './demo/summary.ts';
import { startTraffic } from './demo/traffic.ts';
import { pause, watch } from './demo/watch.ts';

const USAGE = `npm run demo -- [options]

  --json   print the same as JSON lines: an object a line, its "type" says what it is
  --play   a game instead: try to break a release. The keys are on the screen; q or Ctrl-C ends it. A second of
           yours is a cloud minute, in which some 600 requests come in. Exits with 1 when a request failed because
           of Teal or an alias is stranded
  --seed <number>     with --play: of all chance. Drawn unless given; the same seed and script end the same
  --script <text>     with --play: plays without a keyboard, in a pipe too. Keys, and waits in seconds of the player's,
                      to a tenth: "g 5s k 0.5s t" presses g, k five cloud minutes later and t half a minute after it
  --help`;

const SPEED = 60;
/** Long enough to judge latency too, which leaves out the minute of a shift and two after it. */
const PLAN = '25% 8m, 100% 1m';
const RELEASE_EVERY_MS = 200;
/** A release that hangs must not hang the demo. */
const LONGEST_RELEASE_MS = 40_000;
/** Cloud minutes of blue's traffic that the first release's limits of latency come from. */
const MINUTES_BEFORE = 3;
const SERVED_EVERY_MS = 100;
const LONGEST_WAIT_FOR_BLUE_MS = 20_000;

const ACTS: (Act & { code: 'good' | 'bad' | 'slow'; reason: string })[] = [
  {
    number: 1,
    title: 'the good version',
    code: 'good',
    reason: 'show the currency',
    expected: { status: 'promoted', reasonCode: 'passed' },
  },
  {
    number: 2,
    title: 'the bad version',
    code: 'bad',
    reason: 'discounts',
    flaw: 'failures',
    expected: { status: 'reverted', reasonCode: 'regression' },
  },
  {
    number: 3,
    title: 'the slow version',
    code: 'slow',
    reason: 'deliver together',
    flaw: 'latency',
    expected: { status: 'reverted', reasonCode: 'regression' },
  },
];

type Output = { type: string };

async function play(isJson: boolean, signal: AbortSignal): Promise<Summary> {
  const print = <O extends Output>(output: O, toText: (output: O) => string[]) => {
    for (const line of isJson ? [JSON.stringify(output)] : toText(output)) console.log(line);
  };
  let story = newStory();
  const happen = (happening: Happening) => {
    const told = tell(story, happening);
    story = told.story;
    for (const moment of told.moments) print(moment, textOf);
  };
  const machineSeconds = () => performance.now() / 1000;
  const onReady = (what: string) =>
    print({ type: 'ready', what, machineSeconds: machineSeconds() }, () => [`✔ ${what} (${machineSeconds().toFixed(0)} s)`]);

  print({ type: 'intro', function: FUNCTION, releases: ACTS.map(({ title, expected }) => ({ title, expected })), speed: SPEED }, () =>
    intro(SPEED),
  );
  const stage = await setStage({ speed: SPEED, signal, onReady });
  const { lambda, nowMs } = stage;
  const over = new AbortController();
  try {
    await createMobileApi(lambda, stage.accountId);
    const watching = watch({ lambda, nowMs, tell: happen, signal: AbortSignal.any([signal, over.signal]) });
    const traffic = startTraffic(stage.users, nowMs, happen);
    onReady(`${FUNCTION} version 1 serves users, and no alarm watches it`);
    const acting = (async () => {
      await untilServed(stage, signal);
      onReady(`CloudWatch knows how ${FUNCTION} has done in ${MINUTES_BEFORE} cloud minutes`);
      for (const act of ACTS) {
        // A cloud minute in which the users meet what the release before left.
        if (act.number > 1) await pause(60_000 / SPEED, signal);
        await runRelease(stage, act, happen, signal);
      }
    })();
    try {
      await Promise.race([acting, watching.then(() => acting)]);
    } finally {
      await traffic.stop();
      over.abort();
      await watching.catch(() => {});
    }
  } finally {
    await stage.close();
  }
  const summary = summarize(story, { releases: ACTS.length, bug: BUG, speed: SPEED, machineSeconds: machineSeconds() });
  if (!signal.aborted) print(summary, summaryText);
  return summary;
}

/** One release as a person makes it: the code is deployed, the API is asked, the record is read until it is over. */
async function runRelease(
  stage: Stage,
  act: (typeof ACTS)[number],
  happen: (happening: Happening) => void,
  signal: AbortSignal,
): Promise<void> {
  await deployCode(stage.lambda, act.code);
  const request = { targets: [FUNCTION], plan: PLAN, smokeTests: [SMOKE_TEST], reason: act.reason };
  const atMs = stage.nowMs();
  const { id } = await stage.callApi<{ id: string }>('POST', '/releases', request);
  happen({ type: 'release-began', atMs, act, id, plan: PLAN });
  const deadlineMs = performance.now() + LONGEST_RELEASE_MS;
  while (!signal.aborted) {
    const shown = await stage.callApi<ShownRelease>('GET', `/releases/${id}`);
    happen({ type: 'release-seen', atMs: stage.nowMs(), shown });
    if (shown.endedAt) return;
    if (performance.now() > deadlineMs)
      throw new Error(`release ${act.number} is still ${shown.status} after ${LONGEST_RELEASE_MS / 1000} s`);
    await pause(RELEASE_EVERY_MS, signal);
  }
}

/** Waits until there is enough of blue to compare with: what is slow is fixed before green serves anybody. */
async function untilServed({ cloudwatch, nowMs }: Stage, signal: AbortSignal): Promise<void> {
  const deadlineMs = performance.now() + LONGEST_WAIT_FOR_BLUE_MS;
  while (!signal.aborted && (await countServedMinutes(cloudwatch, '1', nowMs())) < MINUTES_BEFORE) {
    if (performance.now() > deadlineMs)
      throw new Error(`CloudWatch did not have ${MINUTES_BEFORE} minutes of ${FUNCTION} within ${LONGEST_WAIT_FOR_BLUE_MS / 1000} s`);
    await pause(SERVED_EVERY_MS, signal);
  }
}

type Options = { isJson: boolean } | { seed: number; cues?: Cue[] } | 'help';

/** Throws an error that says what is wrong with them. */
function readOptions(args: string[]): Options {
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    args,
    options: { json: flag, play: flag, seed: { type: 'string' }, script: { type: 'string' }, help: flag },
  });
  const { seed, script } = values;
  if (values.help) return 'help';
  if (!values.play && (seed ?? script) !== undefined) throw new Error('--seed and --script go with --play');
  if (!values.play) return { isJson: values.json };
  if (values.json) throw new Error('--play prints no JSON');
  if (seed !== undefined && !/^\d{1,9}$/.test(seed)) throw new Error(`--seed is a number, not ${seed}`);
  return { seed: seed === undefined ? randomInt(1_000_000) : Number(seed), ...(script !== undefined && { cues: parseScript(script) }) };
}

/** Loaded when it is played: the game runs Teal's functions in this process. */
async function playGame(options: { seed: number; cues?: Cue[] }): Promise<number> {
  const { play: playOnTerminal } = await import('./demo/play/play.ts');
  return playOnTerminal(options).catch((error: Error) => {
    process.stderr.write(`✘ the game could not go on: ${error.message}\n`);
    return 1;
  });
}

/** Runs until the end or until it is interrupted; nothing is left running or lying about either way. */
async function main({ isJson }: { isJson: boolean }): Promise<number> {
  const interrupted = new AbortController();
  const interrupt = () => {
    // Whoever interrupts twice does not want to wait.
    if (interrupted.signal.aborted) process.exit(130);
    interrupted.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(name, interrupt);
  // Nobody reads on, as in `npm run demo | head`.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => interrupted.abort());
  try {
    const { problems } = await play(isJson, interrupted.signal);
    return interrupted.signal.aborted ? 130 : problems.length === 0 ? 0 : 1;
  } catch (error) {
    if (interrupted.signal.aborted) return 130;
    console.error(`✘ the demo could not go on: ${(error as Error).message}`);
    return 1;
  }
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') console.log(USAGE);
  // Functions that the game killed leave timers of minutes behind.
  else if ('seed' in options) process.exit(await playGame(options));
  else process.exitCode = await main(options);
} catch (error) {
  console.error(`${(error as Error).message}\n\n${USAGE}`);
  process.exitCode = 2;
}
