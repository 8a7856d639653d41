import type { RegisteredDocument, Registration } from '../../domain/register/registration.ts';
import type { AooId } from '../../kernel/ids.ts';
import type { OfficeTransaction, RegistrationAnnulment, RegistrationChange } from '../../service/register/store.ts';
import type { Asking } from './database/prepared.ts';

type Questions = Pick<OfficeTransaction, 'registration' | 'annulment' | 'registrationFields'>;

/** What a command asks of the register. */
export function registrationQuestions(ask: Asking, aoo: AooId): Questions {
  return {
    async registration({ register, year, number }) {
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
    async registrationFields({ register, year, number }) {
      const found = await ask<{ field: RegistrationChange['field']; new_value: string | null }>(
        `select distinct on (field) field, new_value from registration_change
          where aoo = $1 and register = $2 and year = $3 and number = $4 order by field, version desc`,
        [aoo, register, year, number],
      );
      const values = new Map(found.rows.map((row) => [row.field, row.new_value]));
      return { office: values.get('office') ?? null, classification: values.get('classification') ?? null };
    },
  };
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
