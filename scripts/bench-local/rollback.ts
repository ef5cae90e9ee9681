import { setTimeout as wait } from 'node:timers/promises';
import { callSigned } from '../demo/signed-call.ts';
import type { LocalProcess } from '../local-process.ts';

const PAUSE_MS = 100;
const LONGEST_RELEASE_MS = 60_000;

/** Promotes a function's next version and rolls it back, so many times; how many milliseconds each call took. Throws when one does not go back. */
export async function measureRollbacks({ ready }: LocalProcess, name: string, rounds: number): Promise<number[]> {
  const signer = { ...ready.credentials, region: ready.region };
  const call = <Body>(method: string, path: string, body?: unknown) => callSigned<Body>(signer, method, ready.api + path, body);
  const milliseconds: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const { id } = await call<{ id: string }>('POST', '/releases', { targets: [name], plan: '100% 0m', unwatched: true });
    const status = await untilOver(() => call('GET', `/releases/${id}`));
    if (status !== 'promoted') throw new Error(`release ${id} ended ${status}`);
    const startMs = performance.now();
    await call('POST', '/rollbacks', { targets: [name], reason: 'a measurement' });
    milliseconds.push(performance.now() - startMs);
    const { version } = await call<{ version: string }>('GET', `/functions/${name}/aliases/live`);
    if (version !== '1') throw new Error(`${name} is on version ${version} after its rollback`);
  }
  return milliseconds;
}

async function untilOver(read: () => Promise<{ status: string; endedAt?: string }>): Promise<string> {
  const untilMs = performance.now() + LONGEST_RELEASE_MS;
  for (;;) {
    const { status, endedAt } = await read();
    if (endedAt !== undefined) return status;
    if (performance.now() > untilMs) throw new Error(`the release is still ${status}`);
    await wait(PAUSE_MS);
  }
}
