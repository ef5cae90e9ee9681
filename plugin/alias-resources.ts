import type { FunctionObject, Provider, Resource, Template } from './framework.ts';
import type { Named } from './references.ts';
import type { Settings } from './settings.ts';

/** What the plugin does to a service before and while the framework compiles it. */

/** The released functions as the template names them. */
export const nameFunctions = ({ released, alias }: Settings, { naming }: Pick<Provider, 'naming'>): Named[] =>
  released.map(({ key, name }) => ({
    key,
    name,
    logicalId: naming.getLambdaLogicalId(key),
    alias: { name: alias, logicalId: `${naming.getNormalizedFunctionName(key)}TealAlias` },
  }));

/**
 * Makes the framework point the function's events and permissions at the alias. A version of each deploy would be
 * published by nobody's decision and never served: Teal publishes what it releases. SnapStart comes back in
 * `addAliasResource`: with it the framework would put an alias of its own on every deploy.
 */
export function pointAtAlias(object: FunctionObject, { alias }: Named): void {
  object.targetAlias = alias;
  object.versionFunction = false;
  delete object.snapStart;
}

/** Adds what makes the alias exist, once the function is compiled. */
export function addAliasResource(template: Template, { logicalId, alias }: Named, stack: string, hasSnapStart: boolean): void {
  const compiled = template.Resources[logicalId]!;
  if (hasSnapStart) compiled.Properties = { ...compiled.Properties, SnapStart: { ApplyOn: 'PublishedVersions' } };
  template.Resources[alias.logicalId] = aliasResource(logicalId, alias.name, stack, compiled.Condition);
}

function aliasResource(logicalId: string, aliasName: string, stack: string, condition: string | undefined): Resource {
  return {
    Type: 'Custom::TealAlias',
    Properties: {
      ServiceToken: { 'Fn::ImportValue': `${stack}-AliasResource` },
      FunctionName: { Ref: logicalId },
      AliasName: aliasName,
    },
    ...(condition !== undefined && { Condition: condition }),
  };
}
