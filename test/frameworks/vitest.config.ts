import { defineConfig } from 'vitest/config';

/** Tests with frameworks that are installed in folders of their own: `npm run test:frameworks`. */
export default defineConfig({
  test: {
    include: ['test/frameworks/**/*.test.ts'],
    globalSetup: ['test/package.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    silent: 'passed-only',
  },
});
