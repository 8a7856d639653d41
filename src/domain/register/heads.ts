/** Where an office's register, its events and its audit chain stand. */
export interface RegisterHeads {
  /** How often a person let the office go on after a restored backup. */
  readonly recoveries: number;
  readonly audit: { readonly seq: number; readonly hash: string };
  readonly events: number;
  readonly numbers: readonly LastNumber[];
}

export interface LastNumber {
  readonly register: string;
  readonly year: number;
  readonly last: number;
}

/** Numbers that have left the machine and that the database does not know. */
export interface LostNumbers {
  readonly register: string;
  readonly year: number;
  readonly from: number;
  readonly to: number;
}

export function lostNumbers(database: RegisterHeads, witness: RegisterHeads): readonly LostNumbers[] {
  return witness.numbers.flatMap(({ register, year, last }) => {
    const known = database.numbers.find((one) => one.register === register && one.year === year)?.last ?? 0;
    return known >= last ? [] : [{ register, year, from: known + 1, to: last }];
  });
}

/**
 * Whether a database is not what its witness saw, or goes on from it: it is an older copy, or another one. `hashThen` is the hash of its audit
 * record with the witness's number, null where it has none.
 */
export function isBehind(database: RegisterHeads, witness: RegisterHeads, hashThen: string | null): boolean {
  // After a recovery the chain goes on from where the copy stood, with other records than were witnessed before. So whoever
  // lets an office go on tells its witness; what only the database says of it may be a chain that was written anew.
  if (database.recoveries !== witness.recoveries || lostNumbers(database, witness).length > 0) return true;
  if (database.events < witness.events || database.audit.seq < witness.audit.seq) return true;
  return witness.audit.seq > 0 && hashThen !== witness.audit.hash;
}

/** What the database has to go on above: of every number the highest that either knows. */
export function goingOnFrom(database: RegisterHeads, witness: RegisterHeads): RegisterHeads {
  const all = [...database.numbers, ...witness.numbers];
  const last = ({ register, year }: LastNumber): number =>
    Math.max(...all.filter((one) => one.register === register && one.year === year).map((one) => one.last));
  const keys = new Map(all.map((one) => [`${one.register}|${one.year}`, one]));
  return {
    recoveries: Math.max(database.recoveries, witness.recoveries) + 1,
    audit: database.audit,
    events: Math.max(database.events, witness.events),
    numbers: [...keys.values()].map((one) => ({ register: one.register, year: one.year, last: last(one) })),
  };
}
