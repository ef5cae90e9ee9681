import { createVirtualClock, type VirtualClock } from '../../local/clock.ts';
import { createIds, createRandom } from '../../local/random.ts';
import { createRequestHandler } from '../../local/request-handler.ts';
import type { Ground, WireService } from '../../local/service.ts';
import { createWork } from '../../local/work.ts';

export const startMs = Date.UTC(2026, 0, 15, 12);

/** What one service of the local AWS stands on, with a clock that only the test moves. */
export function aGround(): Ground & { clock: VirtualClock } {
  const work = createWork();
  const clock = createVirtualClock(startMs, work.settle);
  return { clock, work, region: 'eu-west-1', accountId: '123456789012', random: createRandom(1), newId: createIds(createRandom(2)) };
}

/** For doors behind which nobody asks who may do what. */
export const anythingGoes = { authorize: async () => {}, mayCallApi: async () => true };

/** The configuration of an SDK client that talks to `service` and nothing else; nobody checks its signature. */
export function clientConfigFor(service: WireService) {
  const caller = { accessKeyId: 'AKIDEXAMPLE', arn: 'arn:aws:iam::123456789012:user/someone' };
  return {
    region: 'eu-west-1',
    credentials: { accessKeyId: caller.accessKeyId, secretAccessKey: 'secret' },
    requestHandler: createRequestHandler((request) => service.handle({ ...request, caller })),
    maxAttempts: 1,
  };
}
