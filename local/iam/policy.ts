import { validateIdentityPolicy, validateTrustPolicy } from '@cloud-copilot/iam-policy';

export interface PolicyDocument {
  Version?: string;
  Statement: Statement | Statement[];
}

export interface Statement {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  Action?: string | string[];
  Condition?: Record<string, Record<string, unknown>>;
  [member: string]: unknown;
}

/** What the local AWS says of a request, in lower case: a condition on anything else would be decided wrongly. */
const CONTEXT_KEYS = new Set([
  'aws:principalaccount',
  'aws:principalarn',
  'aws:requestedregion',
  'aws:securetransport',
  'aws:sourceaccount',
  'aws:sourcearn',
  'cloudwatch:namespace',
  'events:detail-type',
  'events:source',
  'iam:passedtoservice',
]);

/** Services whose requests are held against policies here: statements about any other decide nothing. */
const SERVICES = [
  ...['cloudwatch', 'dynamodb', 'ec2', 'events', 'execute-api', 'iam', 'kms', 'lambda', 'logs', 'scheduler', 'sns', 'sqs', 'states'],
  ...['sts', 'xray', '*'],
];

/** Throws, in words for people, when IAM would refuse the document or the local AWS could not decide by it. */
export function checkPolicy(document: unknown, kind: 'identity' | 'trust', where: string): PolicyDocument {
  const text = `${kind} ${JSON.stringify(document)}`;
  if (accepted.has(text)) return document as PolicyDocument;
  const validate = kind === 'trust' ? validateTrustPolicy : validateIdentityPolicy;
  const [error] = validate(document);
  if (error) throw new Error(`MalformedPolicyDocument: ${where}: ${error.path ? `${error.path}: ` : ''}${error.message}`);
  const policy = document as PolicyDocument;
  for (const { Action = '*', Condition = {}, Resource, NotResource } of [policy.Statement].flat()) {
    const resources = [Resource, NotResource];
    if (![Action].flat().some((action) => SERVICES.includes(action.split(':')[0]!.toLowerCase()))) continue;
    const texts = JSON.stringify([resources, Condition]);
    const variable = [...texts.matchAll(/\$\{([^}$*?][^}]*)\}/g)]
      .map(([, key]) => key!)
      .find((key) => !CONTEXT_KEYS.has(key.toLowerCase()));
    if (variable) throw new Error(`${where}: the local AWS does not support the policy variable \${${variable}}`);
    const unknown = Object.values(Condition)
      .flatMap(Object.keys)
      .find((key) => !CONTEXT_KEYS.has(key.toLowerCase()));
    if (unknown) throw new Error(`${where}: the local AWS does not support the condition key ${unknown}`);
  }
  accepted.add(text);
  return policy;
}

/** Reading a policy costs as much as a hundred decisions by it. */
const accepted = new Set<string>();
