import { named } from './scenarios.ts';
import { sweep } from './sweep.ts';

sweep(named('two targets, reverted', 'nothing changed'));
