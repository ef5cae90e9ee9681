import type { CallFault, ServiceCall } from '../../../local/faults.ts';
import { callName, isOfTeal } from '../../../test/faults/troubles.ts';

export type Troubles = ReturnType<typeof createTroubles>;

export interface TroublesOptions {
  /** Cloud time. */
  nowMs(): number;
  random(): number;
  /** What went wrong, in plain words. */
  tell(text: string): void;
}

const THROTTLED_MS = 60_000;

/** What the player makes AWS do to Teal. None of it touches the users' own requests. */
export function createTroubles({ nowMs, random, tell }: TroublesOptions) {
  let killing: CallFault | undefined;
  let throttledUntilMs = Number.NEGATIVE_INFINITY;
  let kills = 0;

  return {
    onCall(call: ServiceCall): CallFault | undefined {
      if (!isOfTeal(call)) return undefined;
      if (nowMs() < throttledUntilMs) return 'throttled';
      if (killing === undefined || call.operation !== 'UpdateAlias') return undefined;
      const fault = killing;
      killing = undefined;
      kills++;
      const [, name] = callName(call).split(' by ');
      tell(`✂ ${name} is dead, ${fault === 'killed' ? 'with the alias not yet written' : 'just after it wrote the alias: it never knew'}`);
      return fault;
    },
    /** The function of Teal's that writes the alias next dies: before it takes effect, or just after. */
    armKill() {
      killing = random() < 0.5 ? 'killed' : 'killed-after';
    },
    /** Whoever had nothing left to write cannot be killed while writing; whether there was one. */
    disarmKill(): boolean {
      const wasArmed = killing !== undefined;
      killing = undefined;
      return wasArmed;
    },
    throttle() {
      throttledUntilMs = nowMs() + THROTTLED_MS;
    },
    isKillArmed: () => killing !== undefined,
    isThrottled: () => nowMs() < throttledUntilMs,
    /** Functions that died of it. */
    kills: () => kills,
  };
}
