/** A release as `GET /releases/{id}` answers, as far as a person's machine needs it. */
export interface ShownRelease {
  id: string;
  status: string;
  reason?: { code: string; message: string };
  targets: { function: string; alias: string; blue?: string; green?: string; unchanged?: boolean; moved?: string }[];
  timeline: { at: string; text: string }[];
  [key: string]: unknown;
}

export interface Watch {
  read(): Promise<ShownRelease>;
  /** Prints a line. */
  tell(line: string): void;
  wait(ms: number): Promise<void>;
}

const EVERY_MS = 3000;

const ICONS: Record<string, string> = {
  preparing: '○',
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

/** Tells a release's timeline and its status as they come, and returns it as it ended, or as it got stuck. */
export async function watchRelease({ read, tell, wait }: Watch): Promise<ShownRelease> {
  let told = 0;
  let status = '';
  for (;;) {
    const release = await read();
    for (const { at, text } of release.timeline.slice(told)) tell(`${timeOf(at)}  · ${text}`);
    told = Math.max(told, release.timeline.length);
    if (release.status !== status) {
      status = release.status;
      tell(`${' '.repeat(8)}  ${ICONS[status] ?? '·'} ${status}`);
    }
    if (ENDS.has(status)) return release;
    await wait(EVERY_MS);
  }
}

/** "14:07:55", UTC as the record has it. */
const timeOf = (at: string) => at.slice(11, 19);
