import { roleNameOf } from '../identities.ts';
import { MANAGED_POLICIES } from './managed-policies.ts';
import { checkPolicy, type PolicyDocument } from './policy.ts';

export interface Role {
  name: string;
  arn: string;
  /** Who may assume it. */
  trust: PolicyDocument;
  policies: Map<string, PolicyDocument>;
  boundary?: PolicyDocument;
  /** The same for roles with the same policies, in this whole process. */
  policyId: number;
}

export interface RoleDefinition {
  name: string;
  arn: string;
  trust: unknown;
  policies?: { name: string; document: unknown }[];
  managedPolicyArns?: string[];
  boundaryArn?: string;
}

export type Roles = ReturnType<typeof createRoles>;

/** The roles that templates defined, with what they may do. A function may have a role that was only named: without a policy, it may do nothing. */
export function createRoles() {
  const roles = new Map<string, Role>();
  /** Of customers, by ARN; AWS's own are in a table. */
  const managed = new Map<string, PolicyDocument>();

  const managedPolicy = (arn: string, where: string): PolicyDocument => {
    const found = managed.get(arn) ?? MANAGED_POLICIES[arn.replace(/^arn:aws[\w-]*:/, 'arn:aws:')];
    if (!found) throw new Error(`${where}: the local AWS does not have the managed policy ${arn}`);
    return found;
  };

  return {
    /** By its whole ARN: a path belongs to it. */
    find(arn: string): Role | undefined {
      const role = roles.get(roleNameOf(arn));
      return role?.arn === arn ? role : undefined;
    },
    /** As the ARN of a session names it. */
    named: (name: string) => roles.get(name),

    /**
     * Creates a role; or changes one, whose policies are then these instead of those named, beside what else is attached to it. Throws
     * when a document is malformed, or says what the local AWS does not know.
     */
    put(
      { name, arn, trust, policies = [], managedPolicyArns = [], boundaryArn }: RoleDefinition,
      { instead }: { instead?: string[] } = {},
    ): void {
      const attached = instead ? [...(roles.get(name)?.policies ?? [])].filter(([policyName]) => !instead.includes(policyName)) : [];
      const where = `role ${name}`;
      const all = [
        ...policies.map((policy): [string, PolicyDocument] => [
          policy.name,
          checkPolicy(policy.document, 'identity', `${where}, policy ${policy.name}`),
        ]),
        ...managedPolicyArns.map((policyArn): [string, PolicyDocument] => [policyArn, managedPolicy(policyArn, where)]),
      ];
      const checked = {
        name,
        arn,
        trust: checkPolicy(trust, 'trust', `${where}, trust policy`),
        policies: new Map([...attached, ...all]),
        ...(boundaryArn && { boundary: managedPolicy(boundaryArn, where) }),
      };
      roles.set(name, { ...checked, policyId: policyIdOf(checked) });
    },

    /** Adds a policy to a role. Throws when there is no such role. */
    attach(roleName: string, policyName: string, document: unknown): void {
      const role = roles.get(roleName);
      if (!role) throw new Error(`policy ${policyName}: there is no role ${roleName}`);
      role.policies.set(policyName, checkPolicy(document, 'identity', `policy ${policyName}`));
      role.policyId = policyIdOf(role);
    },

    detach(roleName: string, policyName: string): void {
      const role = roles.get(roleName);
      if (!role?.policies.delete(policyName)) return;
      role.policyId = policyIdOf(role);
    },

    remove: (name: string): void => void roles.delete(name),
    removeManaged: (arn: string): void => void managed.delete(arn),

    putManaged(arn: string, document: unknown): void {
      managed.set(arn, checkPolicy(document, 'identity', `policy ${arn}`));
    },
  };
}

const policyIds = new Map<string, number>();

function policyIdOf({ policies, boundary }: Pick<Role, 'policies' | 'boundary'>): number {
  const text = JSON.stringify([[...policies], boundary]);
  const id = policyIds.get(text) ?? policyIds.size;
  policyIds.set(text, id);
  return id;
}
