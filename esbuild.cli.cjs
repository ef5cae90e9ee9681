const { build } = require('esbuild');
const handlers = require('./esbuild.config.cjs')();
const plugins = require('./esbuild.plugins.cjs');

/**
 * `node esbuild.cli.cjs FOLDER` bundles the `teal` command into FOLDER/teal.mjs, with everything inside: what is imported
 * late is in files of their own in FOLDER/teal, since help must not read the SDK.
 */
build({
  entryPoints: { teal: 'cli/main.ts' },
  outdir: process.argv[2],
  outExtension: { '.js': '.mjs' },
  chunkNames: 'teal/[hash]',
  bundle: true,
  splitting: true,
  minify: true,
  // A trace of a user's shows whose code it is.
  keepNames: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  mainFields: handlers.mainFields,
  // The credentials are the user's, by any of the SDK's ways; no answer that is asked for is a stream.
  alias: { '@smithy/core/event-streams': handlers.alias['@smithy/core/event-streams'] },
  plugins,
  // What was CommonJS before (aws4) requires Node's own modules.
  banner: { js: "#!/usr/bin/env node\nimport { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  logLevel: 'warning',
}).catch(() => process.exit(1));
