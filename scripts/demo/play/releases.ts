import { isOver, type ReleaseRecord } from '../../../functions/release/record.ts';
import type { Monitor } from '../../../test/faults/monitor.ts';
import type { World } from '../../../test/world/open-world.ts';
import { FUNCTION } from '../mobile-api.ts';
import type { PlayedRelease } from './summary.ts';
import { SMOKE_TEST } from './users.ts';

export interface ReleasesOptions {
  world: World;
  /** Knows every record as it is written. */
  monitor: Monitor;
  tell(text: string): void;
}

/** Long enough that the judge sees one failure in fifty requests. */
const PLAN = '25% 8m, 100% 1m';
const CHANGES = { good: 'show the currency', bad: 'new price lists' };
const ICONS: Record<string, string> = { promoted: '✔', reverted: '↶', rejected: '✖', 'alias-moved': '✖', unchanged: '=' };

/** The releases of a game, and what the player does to them as any person could: deploy, move the alias, press Stop. */
export function createReleases({ world, monitor, tell }: ReleasesOptions) {
  const seenOver = new Set<string>();
  const stranded = new Set<string>();
  let deploys = 0;
  let isAsking = false;
  /** On which the alias belongs while no release is in flight: what was there first, until a release or a person changes it. */
  let belongsOn = '2';
  /** Where a person put it, in which release. */
  let moved: { id: string; version: string } | undefined;

  const records = () => [...monitor.records.values()];
  // One without a claim was refused, or has not begun.
  const inFlight = (): ReleaseRecord | undefined => records().find((record) => record.claim !== 'none' && !isOver(record));

  /** Asks AWS where the alias is. */
  async function lookAtAlias(): Promise<void> {
    const { version, weights } = await world.alias(FUNCTION);
    const isWhere = version === belongsOn && Object.keys(weights).length === 0;
    const open = inFlight();
    if (isWhere && !open) return;
    stranded.add(
      `alias live is on version ${version} with ${JSON.stringify(weights)}, not on ${belongsOn} alone${open ? `; ${open.id} is ${open.status}` : ''}`,
    );
  }

  return {
    inFlight,
    lookAtAlias,
    isAsking: () => isAsking,
    isMoved: () => moved !== undefined && moved.id === inFlight()?.id,
    isTakenBack: (version: string) =>
      records().some((record) => isOver(record) && record.targets[0]!.green === version && TAKEN_BACK.includes(record.status)),

    /** Deploys new code and asks Teal for its release, as a pipeline does. While another is in flight nothing is deployed: Teal's answer is what is shown. */
    async begin(kind: 'good' | 'bad'): Promise<void> {
      if (!inFlight()) await world.deployCode(FUNCTION, `${kind} ${++deploys}`);
      const request = { targets: [FUNCTION], plan: PLAN, smokeTests: [SMOKE_TEST], reason: CHANGES[kind] };
      const key = { 'idempotency-key': `release-${deploys}-${records().length}` };
      const asked = world.call<{ id?: string; detail?: string }>('POST', '/releases', request, key);
      // Cloud time may have to pass until the answer comes.
      isAsking = true;
      void asked.then(({ status, body }) => {
        isAsking = false;
        const answer = status === 202 ? `: ${body.id}` : `, and Teal answers ${status}: ${body.detail ?? JSON.stringify(body)}`;
        tell(`▶ you release a ${kind} version${answer}`);
      });
    },

    /** Puts the alias where no release of Teal's would: on a version before blue. */
    async moveByHand(): Promise<void> {
      const record = inFlight()!;
      const version = (record.targets[0]!.blue ?? belongsOn) === '1' ? '2' : '1';
      await world.moveAlias(FUNCTION, version);
      moved = { id: record.id, version };
      tell(`✋ you move the alias to version ${version} by hand, past Teal`);
    },

    async stop(): Promise<boolean> {
      const { id } = inFlight()!;
      const isStopped = await world.stop(id).then(
        () => true,
        (error: Error) => {
          tell(`■ you press Stop in the console, which says ${error.name}: the execution of ${id} does not run`);
          return false;
        },
      );
      if (isStopped) tell(`■ you press Stop in the Step Functions console`);
      return isStopped;
    },

    /** Tells which releases are over since the last look, and looks where they left the alias. */
    async look(): Promise<void> {
      for (const record of records().filter((one) => isOver(one) && !seenOver.has(one.id))) {
        seenOver.add(record.id);
        const [target] = record.targets;
        // Moved before the release had read what blue is: then that is its blue.
        const isLeft = moved?.id === record.id && target!.blue !== moved.version;
        if (moved?.id === record.id) belongsOn = moved.version;
        if (record.status === 'promoted' && !isLeft) belongsOn = target!.green!;
        tell(`${ICONS[record.status] ?? '·'} ${record.id} is ${record.status}: ${record.reason?.message}`);
        if (!inFlight()) await lookAtAlias();
      }
    },

    played: (): PlayedRelease[] =>
      records().map(({ id, status, reason, request }) => ({
        id,
        kind: request.reason === CHANGES.bad ? 'bad' : 'good',
        status,
        reason: reason?.message ?? '',
      })),
    stranded: () => [...stranded],
  };
}

/** Ends after which green serves nobody. */
const TAKEN_BACK = ['reverted', 'rejected'];
