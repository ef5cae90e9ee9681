import { defineConfig } from 'vitest/config';

/** A release or more for every right that a role has: too long for `npm test`. */
export default defineConfig({
  test: {
    include: ['test/rights/*.rights.ts'],
    globalSetup: ['test/package.ts'],
    setupFiles: ['test/failure-log.ts'],
    testTimeout: 30_000,
    experimental: { viteModuleRunner: false },
    execArgv: ['--max-semi-space-size=64'],
    silent: 'passed-only',
  },
});
