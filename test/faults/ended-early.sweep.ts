import { named } from './scenarios.ts';
import { sweep } from './sweep.ts';

sweep(named('reject by a smoke test', 'a person moves the alias', 'its execution is stopped'));
