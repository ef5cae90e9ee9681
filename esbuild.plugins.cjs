const { readFile } = require('node:fs/promises');

/**
 * The SDK writes the schemas of all its operations with computed keys (`{ [_hQ]: 'Qualifier' }`), which the bundler
 * takes for side effects and keeps, used or not. The keys are constants of the same file: written out, the schemas of
 * operations that a handler does not call are left out, a tenth of its bundle. When the SDK changes how it writes
 * them, nothing is replaced and bundles are as large as before.
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

module.exports = [literalSchemaKeys];
