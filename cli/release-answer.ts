import type { ShownRelease } from '../client/watch.ts';

/** A release as `GET /releases/{id}` answers: what the command shows of it. */
export interface ReleaseAnswer extends ShownRelease {
  /** Undefined of any other release. */
  kind?: 'rollback';
  decision?: { side: 'promote' | 'revert'; at: string };
  /** Why it does not go on by itself. */
  waiting?: { for: string; until?: string; message: string };
  step?: { number: number; of: number; weight: number };
  plan: { weight: number; bake: string }[];
  /** By target: percent asked for green; null where a person decides. */
  weights: Record<string, number | null>;
  /** When it was answered, by Teal's clock. */
  asOf: string;
  /** The second alias, and what of it was left to whoever moved it. */
  preview?: { alias: string; onGreenSince?: string; left: string[] };
  bake?: { openedAt: string; seconds: number; pausedAt?: string; pausedSeconds?: number };
  approval?: ShownApproval;
  pause?: { by: string; at: string; reason?: string };
  alarms: string[];
  evidence?: { alarms: { name: string; state: string }[] };
  judgement?: { evidence: number; limit: number; message: string; tooFew: string[] };
  startedAt: string;
  startedBy: string;
  endedAt?: string;
  executionArn?: string;
  requestReason?: string;
  overrideFreeze?: string;
}

/** What a release has of the approval that it asks for. */
export interface ShownApproval {
  before: 'traffic' | 'promote';
  onTimeout: 'decline' | 'approve';
  notBy?: 'starter';
  askedAt?: string;
  until?: string;
  answer?: { verdict: 'approved' | 'declined'; by?: string; at: string; reason?: string };
}

/** As `GET /releases` lists it. */
export type ReleaseSummary = Pick<
  ReleaseAnswer,
  'id' | 'kind' | 'status' | 'reason' | 'waiting' | 'step' | 'approval' | 'targets' | 'startedAt' | 'startedBy' | 'endedAt'
>;
