/**
 * Whether two ARNs may be one person. Strict: it says no only where AWS itself vouches that they are two.
 *
 * Whoever assumes a role chooses the session's name, so two sessions of a role are one person. The roles of IAM Identity
 * Center are the exception: it names their sessions after who signed in, whichever of its roles they took
 * (docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html, "sts:RoleSessionName").
 */
export function isSamePerson(one: string, other: string): boolean {
  const [first, second] = [personOf(one), personOf(other)];
  return first === undefined || second === undefined || first === second;
}

/** Undefined where nobody can tell. */
function personOf(arn: string): string | undefined {
  const [, account, kind, rest] = /^arn:[^:]+:(?:iam|sts)::(\d{12}):(user|assumed-role|federated-user)\/(.+)$/.exec(arn) ?? [];
  if (!rest) return undefined;
  if (kind !== 'assumed-role') return `${account} ${kind} ${rest}`;
  const [role, session = ''] = rest.split('/');
  return role!.startsWith('AWSReservedSSO_') ? `signed in ${session.toLowerCase()}` : `${account} role ${role}`;
}
