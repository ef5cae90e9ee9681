import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';

interface Check {
  hooks: Record<string, () => Promise<void>>;
}
const FreezeWindows = createRequire(import.meta.url)('../../scripts/freeze-windows.cjs') as new (serverless: unknown) => Check;

/** What `serverless package` and `deploy` run first. */
const packageWith = (freezeWindows: string) =>
  new FreezeWindows({ service: { custom: { freezeWindows } }, classes: { Error } }).hooks['before:package:initialize']!();

describe('packaging', () => {
  it('is refused with freeze windows that Teal cannot read, and says what is wrong with them', async () => {
    await expect(packageWith('[{ "start": "friday", "duration": "62h", "reason": "weekend" }]')).rejects.toThrow(
      'Parameter freezeWindows 0.start: is a cron expression of five fields such as "0 18 * * FRI"',
    );
    await expect(packageWith('weekend')).rejects.toThrow('Parameter freezeWindows is not JSON');
  });

  it('goes on with windows that Teal can read, and with none', async () => {
    await packageWith('[{ "start": "0 18 * * FRI", "duration": "62h", "timeZone": "Europe/Berlin", "reason": "weekend" }]');
    await packageWith('[]');
  });
});
