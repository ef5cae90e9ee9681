import type { Route } from '../rest-protocol.ts';
import { ACCOUNT_CONCURRENCY } from './concurrency.ts';
import type { LambdaState } from './records.ts';

/** "Lambda quotas", default values. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const CODE_LIMITS = { TotalCodeSize: 75 * 1024 ** 3, CodeSizeUnzipped: 250 * 1024 ** 2, CodeSizeZipped: 50 * 1024 ** 2 };

/** GetAccountSettings: the limits of the account, and what is used of them. */
export const accountRoutes = ({ functions }: LambdaState): Route[] => [
  [
    'GET',
    '/2016-08-19/account-settings',
    () => {
      const all = [...functions.values()];
      const reserved = all.reduce((sum, { reservedConcurrency = 0 }) => sum + reservedConcurrency, 0);
      const TotalCodeSize = all
        .flatMap(({ latest, versions }) => [latest, ...versions.values()])
        .reduce((sum, { code }) => sum + code.zip.length, 0);
      return {
        status: 200,
        body: {
          AccountLimit: {
            ...CODE_LIMITS,
            ConcurrentExecutions: ACCOUNT_CONCURRENCY,
            UnreservedConcurrentExecutions: ACCOUNT_CONCURRENCY - reserved,
          },
          AccountUsage: { TotalCodeSize, FunctionCount: all.length },
        },
      };
    },
  ],
];
