import type { AooId } from '../../kernel/ids.ts';

export interface UnitMember {
  readonly personId: string;
  readonly name: string;
  readonly isHead: boolean;
  /** The last day of the absence it is in today, if any. */
  readonly awayUntil: string | null;
}

/** An office inside an AOO. */
export interface Unit {
  readonly aoo: AooId;
  readonly unitId: string;
  readonly name: string;
  readonly code: string;
  /** `yyyy-mm-dd` */
  readonly validFrom: string;
  /** The first day on which it is no more. */
  readonly validTo: string | null;
  /** The unit that goes on. */
  readonly successor: string | null;
  readonly version: number;
  readonly members: readonly UnitMember[];
}

export type UnitRecord = Omit<Unit, 'members'>;

/** What changes units, in the transaction that records it. */
export interface UnitChanges {
  /** False: the code is taken. */
  addUnit(unit: UnitRecord): Promise<boolean>;
  /** False: the version is another one by now. */
  changeUnit(unit: UnitRecord): Promise<boolean>;
  setMember(aoo: AooId, unitId: string, personId: string, isHead: boolean, at: Date): Promise<void>;
  removeMember(aoo: AooId, unitId: string, personId: string): Promise<boolean>;
}

export const isValidOn = ({ validFrom, validTo }: Pick<Unit, 'validFrom' | 'validTo'>, day: string): boolean =>
  validFrom <= day && (validTo === null || day < validTo);
