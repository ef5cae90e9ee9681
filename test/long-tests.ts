/** Tests that take long, or are processes of their own: `npm run test:long` runs them, and `npm test` all others. */
export const LONG_TESTS = [
  'test/rights/*.rights.ts',
  'test/end-to-end.test.ts',
  'test/cli/release.test.ts',
  'test/local/deployed-service.test.ts',
  'test/local/lambda-process-host.test.ts',
  'test/release/judge-promise.test.ts',
  'test/releases/throttled.test.ts',
  'test/scripts/local.test.ts',
  'test/scripts/play/game.test.ts',
];
