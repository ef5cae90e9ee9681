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
  replacedBy: ['RoleName', 'Path'],
  create(properties, { accountId, nameAnew, roles }) {
    const name: string = properties.RoleName ?? nameAnew();
    const arn = `arn:aws:iam::${accountId}:role${properties.Path ?? '/'}${name}`;
    roles.put({ name, arn, ...readRole(properties) });
    return { physicalId: name, attributes: { Arn: arn, RoleId: roleIdOf(name) } };
  },
  update(properties, before, { roles }) {
    const { policies: own, managedPolicyArns = [] } = readRole(before.properties);
    const instead = [...own.map(({ name }) => name), ...managedPolicyArns];
    roles.put({ name: before.physicalId, arn: before.attributes.Arn!, ...readRole(properties) }, { instead });
    return before;
  },
  remove: ({ physicalId }, { roles }) => roles.remove(physicalId),
};

// biome-ignore lint/suspicious/noExplicitAny: the shape is in `properties`
function readRole({ AssumeRolePolicyDocument, Policies = [], ManagedPolicyArns, PermissionsBoundary }: any) {
  return {
    trust: AssumeRolePolicyDocument,
    policies: (Policies as NamedPolicy[]).map(({ PolicyName, PolicyDocument }) => ({ name: PolicyName, document: PolicyDocument })),
    managedPolicyArns: ManagedPolicyArns as string[] | undefined,
    boundaryArn: PermissionsBoundary as string | undefined,
  };
}

const policy: ResourceType = {
  properties: ['PolicyName', 'PolicyDocument', 'Roles'],
  attributes: [],
  create({ PolicyName, PolicyDocument, Roles = [] }, { nameAnew, roles }) {
    for (const name of Roles) roles.attach(name, PolicyName, PolicyDocument);
    return { physicalId: nameAnew(), attributes: {} };
  },
  update({ PolicyName, PolicyDocument, Roles = [] }, before, { roles }) {
    for (const name of before.properties.Roles ?? []) roles.detach(name, before.properties.PolicyName);
    for (const name of Roles) roles.attach(name, PolicyName, PolicyDocument);
    return before;
  },
  remove({ properties: { PolicyName, Roles = [] } }, { roles }) {
    for (const name of Roles) roles.detach(name, PolicyName);
  },
};

const managedPolicy: ResourceType = {
  properties: ['ManagedPolicyName', 'Description', 'Path', 'PolicyDocument', 'Roles'],
  attributes: [],
  replacedBy: ['ManagedPolicyName', 'Path', 'Description'],
  create({ ManagedPolicyName, Path = '/', PolicyDocument, Roles = [] }, { accountId, nameAnew, roles }) {
    const name: string = ManagedPolicyName ?? nameAnew();
    const arn = `arn:aws:iam::${accountId}:policy${Path}${name}`;
    roles.putManaged(arn, PolicyDocument);
    for (const roleName of Roles) roles.attach(roleName, arn, PolicyDocument);
    return { physicalId: arn, attributes: {} };
  },
  update({ PolicyDocument, Roles = [] }, before, { roles }) {
    const arn = before.physicalId;
    roles.putManaged(arn, PolicyDocument);
    for (const roleName of before.properties.Roles ?? []) roles.detach(roleName, arn);
    for (const roleName of Roles) roles.attach(roleName, arn, PolicyDocument);
    return before;
  },
  remove({ physicalId, properties: { Roles = [] } }, { roles }) {
    for (const roleName of Roles) roles.detach(roleName, physicalId);
    roles.removeManaged(physicalId);
  },
};

export const iamResources: Record<string, ResourceType> = {
  'AWS::IAM::Role': role,
  'AWS::IAM::Policy': policy,
  'AWS::IAM::ManagedPolicy': managedPolicy,
};
