import type { RestOperation, Route } from '../rest-protocol.ts';
import { notFound } from './function-errors.ts';
import { readReference } from './function-name.ts';
import { findFunction, type LambdaState } from './records.ts';

/** What no function has here, for whoever asks: event source mappings, URLs and code signing configurations, which the local AWS refuses to create. */
export function absentRoutes(state: LambdaState): Route[] {
  const listMappings: RestOperation = ({ query }) => {
    const functionName = query.get('FunctionName');
    if (functionName !== null) findFunction(state, readReference(state.ground, functionName));
    return { status: 200, body: { EventSourceMappings: [] } };
  };

  const getUrl: RestOperation = ({ path, query }) => {
    findFunction(state, readReference(state.ground, path.FunctionName!, query.get('Qualifier')));
    throw notFound('The resource you requested does not exist.');
  };

  /** AWS leaves the ARN out of its answer. Terraform asks of each function. */
  const getCodeSigning: RestOperation = ({ path }) => {
    const { name } = findFunction(state, readReference(state.ground, path.FunctionName!));
    return { status: 200, body: { FunctionName: name } };
  };

  return [
    ['GET', '/2015-03-31/event-source-mappings', listMappings],
    ['GET', '/2021-10-31/functions/{FunctionName}/url', getUrl],
    ['GET', '/2020-06-30/functions/{FunctionName}/code-signing-config', getCodeSigning],
  ];
}
