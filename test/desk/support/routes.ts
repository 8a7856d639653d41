import type { Right, Role } from '../../../src/service/people/rights.ts';

/** What each role may do, looked at by a person. */
export const WHO_MAY: Readonly<Record<Right, readonly Role[]>> = {
  'desk:read': ['protocol', 'head', 'unit-head', 'unit-member', 'auditor'],
  'messages:read': ['protocol', 'head', 'unit-head', 'unit-member', 'auditor'],
  'messages:decide': ['protocol', 'head'],
  'register:read': ['protocol', 'head', 'unit-head', 'unit-member', 'auditor'],
  'register:write': ['protocol', 'head'],
  'register:annul-ask': ['protocol', 'head', 'unit-head', 'unit-member'],
  'register:annul': ['head'],
  'register:reserve': ['head'],
  'register:defer': ['head'],
  'register:emergency': ['head'],
  'filing:read': ['protocol', 'head', 'unit-head', 'unit-member', 'auditor', 'administrator'],
  filing: ['head', 'administrator'],
  assign: ['protocol', 'head', 'unit-head'],
  'assignments:own': ['protocol', 'head', 'unit-head', 'unit-member'],
  send: ['protocol', 'head', 'unit-head', 'unit-member'],
  'content-keys': ['head'],
  'index:read': ['protocol', 'head', 'unit-head', 'unit-member', 'auditor', 'administrator'],
  'overview:read': ['protocol', 'head', 'unit-head', 'unit-member', 'auditor'],
  administration: ['administrator'],
  own: ['protocol', 'head', 'unit-head', 'unit-member', 'auditor', 'administrator'],
};
