import { roleIdOf } from '../identities.ts';
import type { ResourceType } from './resources.ts';

interface NamedPolicy {
  PolicyName: string;
  PolicyDocument: unknown;
}

const role: ResourceType = {
  properties: [
    'RoleName',
    'Path',
    'Description',
    'AssumeRolePolicyDocument',
    'Policies',
    'ManagedPolicyArns',
    'PermissionsBoundary',
    'MaxSessionDuration',
    'Tags',
  ],
  attributes: ['Arn', 'RoleId'],
  create(
    { RoleName, Path = '/', AssumeRolePolicyDocument, Policies = [], ManagedPolicyArns, PermissionsBoundary },
    { accountId, generatedName, roles },
  ) {
    const name: string = RoleName ?? generatedName;
    const arn = `arn:aws:iam::${accountId}:role${Path}${name}`;
    roles.put({
      name,
      arn,
      trust: AssumeRolePolicyDocument,
      policies: Policies.map(({ PolicyName, PolicyDocument }: NamedPolicy) => ({ name: PolicyName, document: PolicyDocument })),
      managedPolicyArns: ManagedPolicyArns,
      boundaryArn: PermissionsBoundary,
    });
    return { physicalId: name, attributes: { Arn: arn, RoleId: roleIdOf(name) } };
  },
};

const policy: ResourceType = {
  properties: ['PolicyName', 'PolicyDocument', 'Roles'],
  attributes: [],
  create({ PolicyName, PolicyDocument, Roles = [] }, { generatedName, roles }) {
    for (const name of Roles) roles.attach(name, PolicyName, PolicyDocument);
    return { physicalId: generatedName, attributes: {} };
  },
};

const managedPolicy: ResourceType = {
  properties: ['ManagedPolicyName', 'Description', 'Path', 'PolicyDocument', 'Roles'],
  attributes: [],
  create({ ManagedPolicyName, Path = '/', PolicyDocument, Roles = [] }, { accountId, generatedName, roles }) {
    const name: string = ManagedPolicyName ?? generatedName;
    const arn = `arn:aws:iam::${accountId}:policy${Path}${name}`;
    roles.putManaged(arn, PolicyDocument);
    for (const roleName of Roles) roles.attach(roleName, arn, PolicyDocument);
    return { physicalId: arn, attributes: {} };
  },
};

export const iamResources: Record<string, ResourceType> = {
  'AWS::IAM::Role': role,
  'AWS::IAM::Policy': policy,
  'AWS::IAM::ManagedPolicy': managedPolicy,
};
