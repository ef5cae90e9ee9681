import { type RestCall, type RestOperation, type Route, readJson } from '../rest-protocol.ts';
import { invalidParameter } from './function-errors.ts';
import { readFunctionName } from './function-name.ts';
import { findFunction, type LambdaState } from './records.ts';

const MOST_TAGS = 50;

export function tagRoutes(state: LambdaState): Route[] {
  const functionOf = (call: RestCall) => findFunction(state, { name: readFunctionName(state.ground, call.path.Resource!) });

  const tag: RestOperation = (call) => {
    const fn = functionOf(call);
    const tags = { ...fn.tags, ...(readJson(call, ['Tags']).Tags as Record<string, string> | undefined) };
    if (Object.keys(tags).length > MOST_TAGS) throw invalidParameter('Number of tags exceeds resource tag limit.');
    fn.tags = tags;
    return { status: 204 };
  };
  const untag: RestOperation = (call) => {
    const fn = functionOf(call);
    for (const key of call.query.getAll('tagKeys')) delete fn.tags[key];
    return { status: 204 };
  };
  const list: RestOperation = (call) => ({ status: 200, body: { Tags: functionOf(call).tags } });

  return [
    ['POST', '/2017-03-31/tags/{Resource}', tag],
    ['DELETE', '/2017-03-31/tags/{Resource}', untag],
    ['GET', '/2017-03-31/tags/{Resource}', list],
  ];
}
