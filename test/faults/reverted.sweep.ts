import { named } from './scenarios.ts';
import { sweep } from './sweep.ts';

sweep(named('revert in the first step', 'abort'));
