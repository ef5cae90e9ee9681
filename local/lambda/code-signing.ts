import { readFunctionName } from './function-name.ts';
import { findFunction, type LambdaState } from './records.ts';
import type { Route } from './rest-protocol.ts';

/** No function here has a code signing configuration: Terraform asks for it all the same. */
export const codeSigningRoutes = (state: LambdaState): Route[] => [
  [
    'GET',
    '/2020-06-30/functions/{FunctionName}/code-signing-config',
    (call) => {
      const { name } = findFunction(state, { name: readFunctionName(state.ground, call.path.FunctionName!) });
      return { status: 200, body: { FunctionName: name } };
    },
  ],
];
