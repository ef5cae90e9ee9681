import { describeRoles } from './roles.ts';

describeRoles(1);
