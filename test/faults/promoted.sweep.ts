import { named } from './scenarios.ts';
import { sweep } from './sweep.ts';

sweep(named('promote', 'promote now'));
