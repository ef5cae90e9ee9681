/** What the stacks of one account must share: nobody creates what another has, and an export is there for all. */
export interface Stacks {
  /** Throws when there is a stack of this name already. */
  open(stackName: string): void;
  /** Throws when a stack has a resource of this name. */
  claim(stackName: string, resource: { service: string; name: string }): void;
  exportValue(stackName: string, name: string, value: string): void;
  /** Throws when no stack exports it. */
  exported(name: string): string;
}

export function createStacks(): Stacks {
  const stackNames = new Set<string>();
  const owners = new Map<string, string>();
  const exports = new Map<string, { value: string; stackName: string }>();

  return {
    open(stackName) {
      if (stackNames.has(stackName)) {
        throw new Error(`the stack ${stackName} is there already: give each service once, or package one with another --stage`);
      }
      stackNames.add(stackName);
    },
    claim(stackName, { service, name }) {
      const key = `${service} ${name}`;
      const owner = owners.get(key);
      if (owner) throw new Error(`${name} already exists in the stack ${owner}`);
      owners.set(key, stackName);
    },
    exportValue(stackName, name, value) {
      const owner = exports.get(name)?.stackName;
      if (owner) throw new Error(`the export ${name} is already exported by the stack ${owner}`);
      exports.set(name, { value, stackName });
    },
    exported(name) {
      const found = exports.get(name);
      if (!found) throw new Error(`no stack exports ${name}: deploy the one that does before this one`);
      return found.value;
    },
  };
}
