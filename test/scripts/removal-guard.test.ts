import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { createWorldWith, type World } from '../world.ts';

interface Guard {
  hooks: Record<string, () => Promise<void>>;
}
const RemovalGuard = createRequire(import.meta.url)('../../scripts/removal-guard.cjs') as new (serverless: unknown) => Guard;

/** What `serverless remove` runs first. */
function remove({ aws }: World, { service = 'teal', abandonReleases = 'no' } = {}): Promise<void> {
  const provider = { getAwsSdkV3Config: async () => aws.clientConfig, getStage: () => 'prod' };
  const serverless = { service: { service, custom: { abandonReleases } }, classes: { Error }, getProvider: () => provider };
  return new RemovalGuard(serverless).hooks['before:remove:remove']!();
}

describe('removing the stack', () => {
  it('is refused while releases are in flight, and says which', async () => {
    const world = await createWorldWith('orders-api', 'payments');
    await expect(remove(world)).resolves.toBeUndefined();
    const ids = [await world.start({ targets: ['orders-api'] }), await world.start({ targets: ['payments'] })];
    await expect(remove(world)).rejects.toThrow(/^2 releases are in flight: /);
    for (const id of ids) await expect(remove(world)).rejects.toThrow(id);
    for (const id of ids) await world.command(id, 'abort');
    for (const id of ids) await world.untilOver(id);
    await expect(remove(world)).resolves.toBeUndefined();
  });

  it('goes on when the releases are to be abandoned, and where there is no stack', async () => {
    const world = await createWorldWith('orders-api');
    await world.start({ targets: ['orders-api'] });
    await expect(remove(world, { abandonReleases: 'yes' })).resolves.toBeUndefined();
    await expect(remove(world, { service: 'other' })).resolves.toBeUndefined();
  });
});
