import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/package.ts'],
    testTimeout: 30_000,
    // Handlers log a line a call; a test that fails shows them.
    silent: 'passed-only',
  },
});
