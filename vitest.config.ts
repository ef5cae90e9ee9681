import { defineConfig } from 'vitest/config';
import { LONG_TESTS } from './test/long-tests.ts';

/** Against a real account, alarms and retries take the minutes that they take. */
const isRealAccount = process.env.TEAL_CONFORMANCE === 'account';
const timeouts = isRealAccount ? { testTimeout: 1_200_000, hookTimeout: 600_000 } : { testTimeout: 30_000 };

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They need what their own script installs, and take long.
    exclude: ['test/frameworks/**', ...LONG_TESTS],
    globalSetup: ['test/package.ts'],
    setupFiles: ['test/failure-log.ts'],
    ...timeouts,
    maxWorkers: '100%',
    // No test changes a module, so files may share the modules that their worker has loaded.
    isolate: false,
    // Node runs the sources by itself, without a getter between a module and each use of what it imports.
    experimental: { viteModuleRunner: false },
    // What a call leaves behind is short-lived: room for it saves a tenth.
    execArgv: ['--max-semi-space-size=64'],
    silent: 'passed-only',
  },
});
