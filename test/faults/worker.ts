import { parentPort, workerData } from 'node:worker_threads';
import { play } from './play.ts';
import { SCENARIOS, scenarioNamed } from './scenarios.ts';
import { playPlanned, record } from './sweep.ts';
import { type Point, parseTrouble } from './troubles.ts';
import { runWalks, type WalkResult } from './walk-run.ts';

/** What a worker is asked. A trouble travels as text: what it does cannot. */
export type Job =
  | { kind: 'record'; scenario: string }
  | { kind: 'play'; scenario: string; trouble: string }
  | { kind: 'walks'; seed: number; releases: number; path?: string };

/** How it answers. */
export interface Done {
  points?: Point[];
  broken?: string[];
  walks?: WalkResult;
}

const { folder, isVerbose } = workerData as { folder: string; isVerbose: boolean };
// Handlers log a line a call.
if (!isVerbose) {
  console.info = () => {};
  console.error = () => {};
}

async function perform(job: Job): Promise<Done> {
  if (job.kind === 'walks') return { walks: await runWalks(folder, job) };
  const scenario = scenarioNamed(job.scenario);
  if (job.kind === 'record') return { points: await record(folder, scenario) };
  return { broken: await playPlanned(folder, scenario, parseTrouble(job.trouble, scenario.acts)) };
}

// The first play loads modules while it runs; what is recorded must be what is played again.
const isWarm = play(folder, SCENARIOS[0]!);

parentPort!.on('message', (job: Job) => {
  void isWarm
    .then(() => perform(job))
    .then(
      (done) => parentPort!.postMessage(done),
      (error: Error) => parentPort!.postMessage({ broken: [error.stack ?? error.message] }),
    );
});
