import { defineConfig } from 'vitest/config';

/** Against a real account, alarms and retries take the minutes that they take. */
const isRealAccount = process.env.TEAL_CONFORMANCE === 'account';
const timeouts = isRealAccount ? { testTimeout: 1_200_000, hookTimeout: 600_000 } : { testTimeout: 30_000 };

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They need what their own script installs.
    exclude: ['test/frameworks/**'],
    globalSetup: ['test/package.ts'],
    ...timeouts,
    maxWorkers: '100%',
    // No test changes a module, so files may share the modules that their worker has loaded.
    isolate: false,
    // Handlers log a line a call; a test that fails shows them.
    silent: 'passed-only',
  },
});
