import { describeRoles } from './roles.ts';

describeRoles(0);
