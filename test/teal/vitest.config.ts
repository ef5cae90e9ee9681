import { defineConfig } from 'vitest/config';

/** The command as a process against `npm run local`: a cloud minute is a second, too long for `npm test`. */
export default defineConfig({
  test: { include: ['test/teal/*.process.ts'], testTimeout: 120_000, hookTimeout: 120_000 },
});
