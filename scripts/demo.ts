/** `npm run demo`: two releases of a real function on a local AWS. A good one is promoted, a bad one is reverted. */
import { parseArgs } from 'node:util';
import { ALARM, BUG, createMobileApi, deployCode, FUNCTION, SMOKE_TEST } from './demo/mobile-api.ts';
import { intro, summaryText, textOf } from './demo/moment-text.ts';
import { type Stage, setStage } from './demo/stage.ts';
import { type Act, type Happening, newStory, type ShownRelease, tell } from './demo/story.ts';
import { type Summary, summarize } from './demo/summary.ts';
import { startTraffic } from './demo/traffic.ts';
import { pause, watch } from './demo/watch.ts';

const USAGE = `npm run demo -- [options]

  --json   print the same as JSON lines: an object a line, its "type" says what it is
  --help`;

const SPEED = 60;
const PLAN = '10% 2m, 50% 2m, 100% 1m';
const RELEASE_EVERY_MS = 200;
/** A release that hangs must not hang the demo. */
const LONGEST_RELEASE_MS = 40_000;
const LONGEST_WAIT_FOR_ALARM_MS = 10_000;

const ACTS: (Act & { code: 'good' | 'bad'; reason: string })[] = [
  {
    number: 1,
    title: 'the good version',
    code: 'good',
    reason: 'show the currency',
    expected: { status: 'promoted', reasonCode: 'passed' },
  },
  { number: 2, title: 'the bad version', code: 'bad', reason: 'discounts', expected: { status: 'reverted', reasonCode: 'alarm' } },
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
  const { lambda, cloudwatch, nowMs } = stage;
  const over = new AbortController();
  try {
    await createMobileApi(lambda, cloudwatch, stage.accountId);
    const watching = watch({ lambda, cloudwatch, nowMs, tell: happen, signal: AbortSignal.any([signal, over.signal]) });
    const traffic = startTraffic(stage.users, nowMs, happen);
    onReady(`${FUNCTION} version 1 serves users; alarm ${ALARM} goes red above 1 % failed requests a minute`);
    const acting = (async () => {
      await until(() => story.alarms.at(-1)?.state === 'OK', signal);
      for (const act of ACTS) {
        await runRelease(stage, act, happen, signal);
        // A cloud minute in which the users meet what the release left.
        await pause(60_000 / SPEED, signal);
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
  const request = { targets: [FUNCTION], plan: PLAN, alarms: [ALARM], smokeTests: [SMOKE_TEST], reason: act.reason };
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

/** Waits for the alarm's first evaluation: a release does not begin under an alarm without data. */
async function until(isSo: () => boolean, signal: AbortSignal): Promise<void> {
  const deadlineMs = performance.now() + LONGEST_WAIT_FOR_ALARM_MS;
  while (!isSo() && !signal.aborted) {
    if (performance.now() > deadlineMs) throw new Error(`alarm ${ALARM} was not OK within ${LONGEST_WAIT_FOR_ALARM_MS / 1000} s`);
    await pause(50, signal);
  }
}

function readOptions(args: string[]): { isJson: boolean } | 'help' {
  const { values } = parseArgs({ args, options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } } });
  return values.help ? 'help' : { isJson: values.json };
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
  else process.exitCode = await main(options);
} catch (error) {
  console.error(`${(error as Error).message}\n\n${USAGE}`);
  process.exitCode = 2;
}
