/** What a person is in an office. The administrator of a system has no contents (LG AgID 2021 §3). */
export const ROLES = ['protocol', 'head', 'unit-head', 'unit-member', 'auditor', 'administrator'] as const;
export type Role = (typeof ROLES)[number];

const DESK: readonly Role[] = ['protocol', 'head'];
const UNITS: readonly Role[] = ['unit-head', 'unit-member'];
const READERS: readonly Role[] = [...DESK, ...UNITS, 'auditor'];

/** What each role may do. Every route of the desk names one of these. */
export const RIGHTS = {
  'desk:read': READERS,
  'messages:read': READERS,
  'messages:decide': DESK,
  'register:read': READERS,
  'register:write': DESK,
  'register:annul-ask': [...DESK, ...UNITS],
  'register:annul': ['head'],
  /** Sets a reserve, and lifts it. */
  'register:reserve': ['head'],
  /** Lets documents be registered later, by a provision. */
  'register:defer': ['head'],
  /** Opens the emergency register, extends and closes it. */
  'register:emergency': ['head'],
  /** The plan of classification and the templates of subjects: no contents. */
  'filing:read': [...READERS, 'administrator'],
  filing: ['head', 'administrator'],
  assign: [...DESK, 'unit-head'],
  'assignments:own': [...DESK, ...UNITS],
  send: [...DESK, ...UNITS],
  /** Is told which programs were given keys that open contents, and takes them away. */
  'content-keys': ['head'],
  'index:read': ROLES,
  'overview:read': READERS,
  administration: ['administrator'],
  // Whoever is signed in, also without any role.
  own: 'everybody',
} as const satisfies Record<string, readonly Role[] | 'everybody'>;

export type Right = keyof typeof RIGHTS;

/** What of a caller its rights follow from. */
interface Holder {
  readonly personId: string;
  readonly roles: ReadonlySet<Role>;
  readonly units: readonly string[];
}

export function mayDo({ roles }: Pick<Holder, 'roles'>, right: Right): boolean {
  const holders: readonly Role[] | 'everybody' = RIGHTS[right];
  return holders === 'everybody' || holders.some((role) => roles.has(role));
}

/** What a person may read: goes into every query that lists or opens contents, which filters by it. */
export interface Reader {
  /** Everything of the office that is not reserved; else only what is assigned to the person or its units. */
  readonly all: boolean;
  /** Also what is reserved for others. */
  readonly reserved: boolean;
  readonly personId: string;
  readonly units: readonly string[];
}

export const readerOf = ({ personId, roles, units }: Holder): Reader => ({
  all: DESK.some((role) => roles.has(role)) || roles.has('auditor'),
  reserved: roles.has('head'),
  personId,
  units,
});
