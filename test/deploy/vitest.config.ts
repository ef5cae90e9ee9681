import { defineConfig } from 'vitest/config';

/** Deploys by the frameworks' own commands, as processes: too long for `npm test`. */
export default defineConfig({
  test: { include: ['test/deploy/*.deploy.ts'], testTimeout: 120_000, hookTimeout: 120_000 },
});
