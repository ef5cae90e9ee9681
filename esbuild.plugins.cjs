const { readFile } = require('node:fs/promises');

/**
 * What the bundler keeps of the SDK's clients though no handler uses it: a sixth of a bundle. Both change how a file
 * is written, not what it does; when the SDK writes it otherwise, bundles are as large as without them.
 */

/**
 * Schemas of all operations have computed keys (`{ [_hQ]: 'Qualifier' }`), which the bundler takes for side effects.
 * The keys are constants of the same file: written out, schemas of operations that nothing calls are left out.
 */
const literalSchemaKeys = {
  name: 'literal-schema-keys',
  setup(build) {
    build.onLoad({ filter: /@aws-sdk[\\/]client-[^\\/]+[\\/]dist-es[\\/]schemas[\\/]\w+\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const constants = new Map(Array.from(source.matchAll(/^const (\w+) = ("[^"\\]*");$/gm), ([, name, value]) => [name, value]));
      return { contents: source.replace(/\[(\w+)\]: /g, (key, name) => (constants.has(name) ? `${constants.get(name)}: ` : key)) };
    });
  },
};

/** Clients take their version, for the user agent, from their package.json, and so the bundle would have all of it. */
const packageVersions = {
  name: 'package-versions',
  setup(build) {
    build.onLoad({ filter: /@aws-sdk[\\/]client-[^\\/]+[\\/]package\.json$/ }, async ({ path }) => {
      const { name, version } = JSON.parse(await readFile(path, 'utf8'));
      return { contents: JSON.stringify({ name, version }), loader: 'json' };
    });
  },
};

module.exports = [literalSchemaKeys, packageVersions];
