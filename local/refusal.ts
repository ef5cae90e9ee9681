import { cborError, isCbor } from './cbor-protocol.ts';
import { jsonError } from './json-protocol.ts';
import { element, formOf, queryError, xmlResponse, xmlText } from './query-protocol.ts';
import type { UnsignedWireRequest } from './request-handler.ts';
import { ServiceError, type WireResponse } from './service.ts';

/** These answer 400 where the others answer 403 to a signature they do not accept. */
const PLAIN_400 = new Set(['dynamodb', 'events', 'states']);

/** The names that these errors have for services that began with the query protocol. */
const QUERY_CODES: Record<string, string> = {
  MissingAuthenticationTokenException: 'MissingAuthenticationToken',
  IncompleteSignatureException: 'IncompleteSignature',
  UnrecognizedClientException: 'InvalidClientTokenId',
  InvalidSignatureException: 'SignatureDoesNotMatch',
  UnknownOperationException: 'InvalidAction',
  AccessDeniedException: 'AccessDenied',
  ThrottlingException: 'Throttling',
};

const S3 = new Set(['s3', 's3express', 's3-outposts', 's3-object-lambda']);
const REST_XML = new Set(['route53', 'cloudfront']);

/** An error that comes before any service has seen the request, in the protocol in which that speaks: others' SDKs cannot read it. */
export function refusal(request: UnsignedWireRequest, service: string, error: ServiceError): WireResponse {
  const { code, message } = error;
  const status = error.status === 403 && PLAIN_400.has(service) ? 400 : error.status;
  const refused = new ServiceError(code, message, status, error.fields);
  if (request.headers['x-amz-target']) return refuseInJson(refused, service);
  if (isCbor(request)) return cborError(refused, QUERY_CODES);
  if (S3.has(service)) return refuseLikeS3(refused);
  if (service === 'ec2') return refuseLikeEc2(refused);
  if (REST_XML.has(service) || formOf(request).has('Action')) return queryError(refused, { queryErrors: QUERY_CODES });
  return refuseInJson(refused, service);
}

function refuseInJson(error: ServiceError, service: string): WireResponse {
  const response = jsonError(error, service === 'monitoring' ? { queryErrors: QUERY_CODES } : {});
  response.headers['x-amzn-errortype'] = error.code;
  return response;
}

const details = (code: string, message: string) => element('Code', xmlText(code)) + element('Message', xmlText(message));

const S3_CODES: Record<string, string> = { UnknownOperationException: 'NotImplemented', UnrecognizedClientException: 'InvalidAccessKeyId' };

/** S3 has no element around its error. */
function refuseLikeS3({ code, message, status }: ServiceError): WireResponse {
  const name = S3_CODES[code] ?? QUERY_CODES[code] ?? code;
  return xmlResponse(status, element('Error', details(name, message)));
}

function refuseLikeEc2({ code, message, status }: ServiceError): WireResponse {
  const error = element('Error', details(QUERY_CODES[code] ?? code, message));
  return xmlResponse(status, element('Response', element('Errors', error)));
}
