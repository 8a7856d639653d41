import type { RegisteredDocument, Registration } from '../../../domain/register/registration.ts';
import type { AooId } from '../../../kernel/ids.ts';
import type { Changes, RegistrationAnnulment, RegistrationChange } from '../../../service/register/changes.ts';
import type { LastOf, OfficeRegistrations } from '../../../service/register/office-transaction.ts';
import type { Asking } from '../database/prepared.ts';
import { annulmentRequest, openAnnulmentRequest } from './annulment-requests.ts';

export interface LockedRegistrations extends OfficeRegistrations {
  /** What this transaction has numbered: under the office's lock nobody else does. */
  remember(changes: Pick<Changes, 'counters' | 'registrations'>): void;
  forget(): void;
}

export function officeRegistrations(ask: Asking, aoo: AooId): LockedRegistrations {
  const numbers = new Map<string, LastOf>();
  return {
    async lastOf(register, year) {
      const key = `${register}|${year}`;
      const last = numbers.get(key) ?? (await readLast(ask, aoo, register, year));
      numbers.set(key, last);
      return last;
    },
    remember({ counters, registrations }) {
      for (const [key, number] of counters) {
        const register = key.slice(0, key.lastIndexOf('|'));
        const registeredAt = registrations.findLast((one) => one.register === register)?.registeredAt ?? null;
        numbers.set(key, { number, registeredAt });
      }
    },
    forget: () => numbers.clear(),
    async find({ register, year, number }) {
      const key = [aoo, register, year, number];
      const found = await ask<Omit<Registration, 'documents'>>(
        `select register, year, number, direction, registered_at as "registeredAt", date, time, subject, sender, recipients,
                peer_identifier as "peerIdentifier", flags, mail_id as "mailId"
           from registration where aoo = $1 and register = $2 and year = $3 and number = $4`,
        key,
      );
      const [row] = found.rows;
      if (row === undefined) return null;
      const documents = await ask<DocumentRow>(
        `select role, name, media_type, sha256, size, source, part from registration_document
          where aoo = $1 and register = $2 and year = $3 and number = $4 order by position`,
        key,
      );
      return { ...row, documents: documents.rows.map(toDocument) };
    },
    async annulment({ register, year, number }) {
      const found = await ask<RegistrationAnnulment>(
        `select register, year, number, reason, provision, by from registration_annulment
          where aoo = $1 and register = $2 and year = $3 and number = $4`,
        [aoo, register, year, number],
      );
      return found.rows[0] ?? null;
    },
    openAnnulmentRequest: (key) => openAnnulmentRequest(ask, aoo, key),
    annulmentRequest: (requestId) => annulmentRequest(ask, aoo, requestId),
    async changeableFields({ register, year, number }) {
      const found = await ask<{ field: RegistrationChange['field']; new_value: string | null; version: number }>(
        `select distinct on (field) field, new_value, version from registration_change
          where aoo = $1 and register = $2 and year = $3 and number = $4 order by field, version desc`,
        [aoo, register, year, number],
      );
      const values = new Map(found.rows.map((row) => [row.field, row.new_value]));
      const version = Math.max(0, ...found.rows.map((row) => row.version));
      return { office: values.get('office') ?? null, classification: values.get('classification') ?? null, version };
    },
  };
}

async function readLast(ask: Asking, aoo: AooId, register: string, year: number): Promise<LastOf> {
  const { rows } = await ask<LastOf & Record<string, unknown>>(
    `select coalesce((select last_number from register_counter where aoo = $1 and register = $2 and year = $3), 0) as number,
            (select registered_at from registration where aoo = $1 and register = $2
              order by year desc, number desc limit 1) as "registeredAt"`,
    [aoo, register, year],
  );
  return rows[0] ?? { number: 0, registeredAt: null };
}

interface DocumentRow {
  role: RegisteredDocument['role'];
  name: string;
  media_type: string;
  sha256: RegisteredDocument['sha256'];
  size: number;
  source: RegisteredDocument['sha256'] | null;
  part: string | null;
}

const toDocument = ({ source, part, media_type: mediaType, ...row }: DocumentRow): RegisteredDocument => ({
  ...row,
  mediaType,
  source: source === null ? null : { sha256: source, part: part ?? '' },
});
