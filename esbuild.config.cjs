const path = require('node:path');

/** How the handlers are bundled: everything inside, the SDK's clients too, so that what was tested is what runs. */
module.exports = () => ({
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  // The SDK's ES modules lose what is not used; its CommonJS builds keep all of it.
  mainFields: ['module', 'main'],
  alias: {
    '@aws-sdk/credential-provider-node': path.join(__dirname, 'functions/aws/lambda-credentials.ts'),
    '@smithy/core/event-streams': path.join(__dirname, 'functions/aws/no-event-streams.ts'),
  },
  // By path: the framework passes no functions on.
  plugins: 'esbuild.plugins.cjs',
  // Two that package at once (tests beside the demo) must not write into each other's folder.
  outputWorkFolder: `.esbuild/${process.pid}`,
  exclude: [],
  sourcemap: false,
  logLevel: 'warning',
});
