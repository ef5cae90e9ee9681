import { named } from './scenarios.ts';
import { sweep } from './sweep.ts';

sweep(named('revert in the second step', 'three steps'));
