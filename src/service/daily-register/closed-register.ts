import type { AooId } from '../../kernel/ids.ts';
import type { RegisterClosing, RegisterKind } from '../register/register-closing.ts';

/** All that is known of one closed daily or annual register. Its bytes are in the document store, under `xml` and `pdf`. */
export interface ClosedRegister extends RegisterClosing {
  readonly aoo: AooId;
}

export interface ClosedRegisterQuery {
  readonly aoo: AooId;
  readonly kind: RegisterKind;
  /** Left out: all registers of the office. */
  readonly register?: string;
  /** Opaque, of the page before; null: from the newest. */
  readonly cursor: string | null;
  readonly limit: number;
}

export interface ClosedRegisterPage {
  /** Newest day first. */
  readonly items: readonly ClosedRegister[];
  /** Null at the end. */
  readonly cursor: string | null;
  /** The cursor did not come from this list. */
  readonly forged?: true;
}

/** Reads what is closed; nobody changes it. */
export interface ClosedRegisters {
  /** All registers of the office that were closed for this day (`yyyy-mm-dd`), by code. */
  ofDay(aoo: AooId, kind: RegisterKind, day: string): Promise<readonly ClosedRegister[]>;
  byDay(aoo: AooId, kind: RegisterKind, register: string, day: string): Promise<ClosedRegister | null>;
  byProgressive(
    aoo: AooId,
    kind: RegisterKind,
    register: string,
    year: number,
    progressive: number,
  ): Promise<ClosedRegister | null>;
  list(query: ClosedRegisterQuery): Promise<ClosedRegisterPage>;
}

/** `<IPA>-<AOO>-<yyyymmdd>-<nnn>`, as it is handed over and named; the register's code too, and of a year `A` before the number. */
export const closedRegisterName = ({
  head,
  register,
  kind,
  day,
  progressive,
}: Omit<RegisterClosing, 'xml' | 'pdf'>): string =>
  `${head.administration}-${head.code}-${register}-${day.replaceAll('-', '')}-${kind === 'annual' ? 'A' : ''}${String(progressive).padStart(3, '0')}`;
