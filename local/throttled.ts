import { ServiceError } from './service.ts';

/** The error with which a service answers a call too many. The common errors of each API reference: a ThrottlingException is a 400, and a 429 of Scheduler's. */
export function throttled(service: string): ServiceError {
  switch (service) {
    case 'lambda':
      return new ServiceError('TooManyRequestsException', 'Rate exceeded', 429, { Reason: 'CallerRateLimitExceeded' });
    case 'apigateway':
      return new ServiceError('TooManyRequestsException', 'Too Many Requests', 429);
    case 'scheduler':
      return new ServiceError('ThrottlingException', 'Rate exceeded', 429);
    case 'dynamodb':
      return new ServiceError('ProvisionedThroughputExceededException', 'Rate exceeded');
    default:
      return new ServiceError('ThrottlingException', 'Rate exceeded');
  }
}
