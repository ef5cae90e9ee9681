import { InvokeCommand } from '@aws-sdk/client-lambda';
import type { Behaviours } from '../../../test/world/in-process-host.ts';
import type { World } from '../../../test/world/open-world.ts';
import { ALIAS, FUNCTION } from '../mobile-api.ts';
import { failureOf } from '../traffic.ts';
import type { UserAnswer } from './tally.ts';

/** The users of mobile-api, and what its versions answer them. */

/** Ten users ask in the same moment: each moment costs this machine more than the requests in it. */
const EVERY_MS = 1000;
const AT_ONCE = 10;
const APP = '7.3.1';
/** The app that one request in fifty comes from, and that the bad version fails. */
const OLD_APP = '7.2.0';
const OLD_APP_SHARE = 1 / 50;

/** What the bad version answers when it fails. */
export const BUG = `no price list for app ${OLD_APP}`;

/** What the smoke test asks is what the new app asks: it does not see the bug. */
export const SMOKE_TEST = { target: FUNCTION, payload: { app: APP, isSmokeTest: true }, expect: { statusCode: 200 } };

interface Request {
  app: string;
  isSmokeTest?: boolean;
}

/**
 * What the function's code does, by the first word of its package. A version reports each answer as teal/middleware does:
 * that itself has the machine's clock, which here is not the cloud's.
 */
export function versionsOf(nowMs: () => number, random: () => number): Pick<Behaviours, 'blue' | 'good' | 'bad'> {
  const version =
    (isBad: boolean): Behaviours[string] =>
    (event, { version: ExecutedVersion }, print, took) => {
      const { app, isSmokeTest } = event as Request;
      took(5 + 20 * random());
      const hasFailed = isBad && app === OLD_APP;
      if (!isSmokeTest) {
        const dimensions = { FunctionName: FUNCTION, Resource: `${FUNCTION}:${ALIAS}`, ExecutedVersion };
        const directive = { Namespace: 'Teal', Dimensions: [Object.keys(dimensions)], Metrics: [{ Name: 'bad', Unit: 'Count' }] };
        print(JSON.stringify({ _aws: { Timestamp: nowMs(), CloudWatchMetrics: [directive] }, ...dimensions, bad: hasFailed ? 1 : 0 }));
      }
      return hasFailed ? { statusCode: 500, message: BUG } : { statusCode: 200 };
    };
  return { blue: version(false), good: version(false), bad: version(true) };
}

/** Users send requests until it is stopped, in cloud time. None is tried again, and every answer is told. */
export function startUsers({ aws: { ground }, lambda }: World, random: () => number, tell: (answer: UserAnswer) => void) {
  const { clock, work } = ground;
  let isOver = false;
  const send = async () => {
    const request: Request = { app: random() < OLD_APP_SHARE ? OLD_APP : APP };
    const answer = await lambda
      .send(new InvokeCommand({ FunctionName: FUNCTION, Qualifier: ALIAS, Payload: Buffer.from(JSON.stringify(request)) }))
      .then(
        ({ ExecutedVersion, FunctionError, Payload }) => ({
          version: ExecutedVersion,
          failure: failureOf(Payload?.transformToString() ?? '', FunctionError !== undefined),
        }),
        (error: Error) => ({ failure: `${error.name}: ${error.message}` }),
      );
    tell({ atMs: clock.nowMs(), ...answer });
  };
  const next = () => {
    if (isOver) return;
    for (let user = 0; user < AT_ONCE; user++) void work.track(send());
    clock.at(clock.nowMs() + EVERY_MS, next);
  };
  next();
  return {
    async stop(): Promise<void> {
      isOver = true;
      await work.settle();
    },
  };
}
