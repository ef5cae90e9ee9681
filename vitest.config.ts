import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/package.ts'],
    testTimeout: 30_000,
    maxWorkers: '100%',
    // No test changes a module, so files may share the modules that their worker has loaded.
    isolate: false,
    // Handlers log a line a call; a test that fails shows them.
    silent: 'passed-only',
  },
});
