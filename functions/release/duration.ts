const SECONDS = { m: 60, h: 3600, d: 86_400 } as const;

/** Seconds of "10m", "2h" or "1d"; undefined for anything else. Bakes are whole minutes because looks are a minute apart. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,6})([mhd])$/.exec(text.trim());
  return match ? Number(match[1]) * SECONDS[match[2] as keyof typeof SECONDS] : undefined;
}

/** The shortest of "90m", "2h", "1d" that says exactly these seconds. */
export function formatDuration(seconds: number): string {
  if (seconds > 0 && seconds % SECONDS.d === 0) return `${seconds / SECONDS.d}d`;
  if (seconds > 0 && seconds % SECONDS.h === 0) return `${seconds / SECONDS.h}h`;
  return `${Math.round(seconds / SECONDS.m)}m`;
}
