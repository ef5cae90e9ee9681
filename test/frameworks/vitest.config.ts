import { defineConfig } from 'vitest/config';

/** Tests that run whole frameworks, most of them installed in folders of their own: `npm run test:frameworks`. */
export default defineConfig({
  test: {
    include: ['test/frameworks/**/*.test.ts'],
    globalSetup: ['test/package.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    silent: 'passed-only',
  },
});
