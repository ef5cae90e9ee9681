import { visible } from './visible.ts';

/** A release as `GET /releases/{id}` answers, as far as a person's machine needs it. */
export interface ShownRelease {
  id: string;
  status: string;
  reason?: { code: string; message: string };
  targets: {
    function: string;
    alias: string;
    blue?: string;
    green?: string;
    unchanged?: boolean;
    /** It had no alias: the promotion makes it. */
    isFirst?: boolean;
    /** All at once at 100 %. */
    isSwitch?: boolean;
    moved?: string;
  }[];
  /** Those that were called. */
  hooks?: { hook: string; function: string; status: string }[];
  timeline: { at: string; text: string }[];
  [key: string]: unknown;
}

export interface Watch {
  read(): Promise<ShownRelease>;
  /** Prints a line. */
  tell(line: string): void;
  wait(ms: number): Promise<void>;
}

export interface Follow<Release extends ShownRelease> {
  read(): Promise<Release>;
  /** Is given each answer. */
  see(release: Release): Promise<void> | void;
  wait(ms: number): Promise<void>;
}

const EVERY_MS = 3000;

const ICONS: Record<string, string> = {
  scheduled: '◷',
  queued: '◷',
  preparing: '○',
  'awaiting-approval': '◌',
  paused: '‖',
  shifting: '◐',
  baking: '◐',
  promoting: '◕',
  promoted: '✔',
  unchanged: '✔',
  reverting: '↶',
  reverted: '↶',
  rejected: '✖',
  'alias-moved': '✖',
  stuck: '✖',
};

const ENDS = new Set(['promoted', 'reverted', 'rejected', 'alias-moved', 'unchanged', 'stuck']);

export const iconOf = (status: string): string => ICONS[status] ?? '·';

/** Ended, or stuck: nobody need wait on. */
export const hasEnded = ({ status }: { status: string }): boolean => ENDS.has(status);

/** Reads a release again and again, and returns it as it ended, or as it got stuck. */
export async function followRelease<Release extends ShownRelease>({ read, see, wait }: Follow<Release>): Promise<Release> {
  for (;;) {
    const release = await read();
    await see(release);
    if (hasEnded(release)) return release;
    await wait(EVERY_MS);
  }
}

/** Tells a release's timeline and its status as they come, and returns it as it ended, or as it got stuck. */
export async function watchRelease({ read, tell, wait }: Watch): Promise<ShownRelease> {
  return followRelease({ read, wait, see: tellChanges(tell) });
}

/** Tells of each answer what is new in it, a line each. */
export function tellChanges(tell: Watch['tell']): (release: ShownRelease) => void {
  let told = 0;
  let status = '';
  return (release) => {
    for (const { at, text } of release.timeline.slice(told)) tell(`${timeOf(at)}  · ${visible(text)}`);
    told = Math.max(told, release.timeline.length);
    if (release.status === status) return;
    status = release.status;
    tell(`${' '.repeat(8)}  ${iconOf(status)} ${status}`);
  };
}

/** "14:07:55", UTC as the record has it. */
export const timeOf = (at: string) => at.slice(11, 19);
