import { named } from './scenarios.ts';
import { sweep } from './sweep.ts';

sweep(named('two targets', 'an unchanged target in a group'));
