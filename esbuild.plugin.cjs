const { build } = require('esbuild');
const handlers = require('./esbuild.config.cjs')();
const plugins = require('./esbuild.plugins.cjs');

/** `node esbuild.plugin.cjs FILE` bundles the Serverless plugin into FILE: CommonJS with everything inside, for frameworks that require it. */
build({
  entryPoints: ['plugin/plugin.ts'],
  outfile: process.argv[2],
  bundle: true,
  minify: true,
  // A trace of a user's shows whose code it is.
  keepNames: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  mainFields: handlers.mainFields,
  // The framework gives the credentials, and no answer that is asked for is a stream: left out as in the handlers.
  alias: handlers.alias,
  plugins,
  footer: { js: 'module.exports = module.exports.default;' },
  logLevel: 'warning',
}).catch(() => process.exit(1));
