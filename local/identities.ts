import { createHash } from 'node:crypto';
import type { Identity } from './signature.ts';

export interface Identities {
  /** The identity whose credentials the local AWS hands to people: it may do everything. */
  administrator: Identity;
  /** Another person who may do everything: who has started a release may be no one to approve it. */
  colleague: Identity;
  isAdministrator(arn: string): boolean;
  /** The identity that a session of this role signs as, the same in every run. `role` is a name or an ARN; functions name the session after themselves. */
  forRole(role: string, session: string): Required<Identity>;
  find(accessKeyId: string): Identity | undefined;
}

/** Who may sign requests: two administrators, the first with the well-known keys of AWS's own documentation, and every role that was asked for. */
export function createIdentities(accountId: string): Identities {
  const administrator: Identity = {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    arn: `arn:aws:iam::${accountId}:user/administrator`,
  };
  const colleague: Identity = {
    accessKeyId: 'AKIACOLLEAGUEEXAMPLE',
    secretAccessKey: 'je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY',
    arn: `arn:aws:iam::${accountId}:user/colleague`,
  };
  const administrators = [administrator, colleague];
  const roles = new Map<string, Required<Identity>>();
  return {
    administrator,
    colleague,
    isAdministrator: (arn) => administrators.some((one) => one.arn === arn),
    forRole(role, session) {
      const name = roleNameOf(role);
      const identity: Required<Identity> = {
        accessKeyId: `ASIA${letters(`key ${name}/${session}`, 16)}`,
        secretAccessKey: createHash('sha256').update(`secret ${accountId} ${name}/${session}`).digest('base64').slice(0, 40),
        sessionToken: createHash('sha512').update(`session ${accountId} ${name}/${session}`).digest('base64'),
        arn: `arn:aws:sts::${accountId}:assumed-role/${name}/${session}`,
      };
      roles.set(identity.accessKeyId, identity);
      return identity;
    },
    find: (accessKeyId) => administrators.find((one) => one.accessKeyId === accessKeyId) ?? roles.get(accessKeyId),
  };
}

/** The unique id that IAM gives beside an ARN: a user's, or a role's with its session. */
export function userIdOf(arn: string): string {
  const role = /:assumed-role\/([^/]+)\/(.+)$/.exec(arn);
  return role ? `${roleIdOf(role[1]!)}:${role[2]}` : `AIDA${letters(arn, 17)}`;
}

/** Of a role's ARN, with a path or without, or of its name itself. */
export const roleNameOf = (role: string) => role.slice(role.lastIndexOf('/') + 1);

export const roleIdOf = (roleName: string) => `AROA${letters(roleName, 17)}`;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const letters = (text: string, length: number) =>
  [...createHash('sha256').update(text).digest().subarray(0, length)].map((byte) => ALPHABET[byte % 32]).join('');
