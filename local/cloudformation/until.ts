const LONGEST_MS = 10_000;

/** Asks again until `isSo`. It waits on the machine's clock: a deployment goes on while cloud time stands still. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const startMs = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startMs > LONGEST_MS) throw new Error(`waited ${LONGEST_MS / 1000} s until ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
