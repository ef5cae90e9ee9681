import { randomUUID } from 'node:crypto';
import { userIdOf } from './identities.ts';
import type { WireResponse, WireService } from './service.ts';

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** STS as far as `aws sts get-caller-identity`: the one call with which people check whose credentials they hold. */
export function createSts({ accountId }: { accountId: string }): WireService {
  return {
    async handle({ body, caller }) {
      const action = new URLSearchParams(body.toString()).get('Action');
      if (action !== 'GetCallerIdentity') return xmlError('InvalidAction', `the local AWS does not support sts.${action}`, 400);
      const identity = `<Arn>${xmlText(caller.arn)}</Arn><UserId>${userIdOf(caller.arn)}</UserId><Account>${accountId}</Account>`;
      return xml(
        200,
        `<GetCallerIdentityResponse xmlns="${NAMESPACE}"><GetCallerIdentityResult>${identity}</GetCallerIdentityResult>${metadata()}</GetCallerIdentityResponse>`,
      );
    },
  };
}

/** An error as the services with the query protocol write it. */
export function xmlError(code: string, message: string, status: number): WireResponse {
  const error = `<Error><Type>Sender</Type><Code>${xmlText(code)}</Code><Message>${xmlText(message)}</Message></Error>`;
  return xml(status, `<ErrorResponse xmlns="${NAMESPACE}">${error}<RequestId>${randomUUID()}</RequestId></ErrorResponse>`);
}

const xml = (status: number, body: string): WireResponse => ({ status, headers: { 'content-type': 'text/xml' }, body });
const metadata = () => `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`;
const xmlText = (text: string) => text.replace(/[<>&"]/g, (char) => `&#${char.charCodeAt(0)};`);
