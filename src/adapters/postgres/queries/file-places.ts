import type pg from 'pg';
import type { Sha256 } from '../../../kernel/ids.ts';
import type { FilePlaces, RegistrationPlaces } from '../../../service/evidence/registration-files.ts';
import type { MailRecipe } from '../../../service/register/mail-recipe.ts';

type Place = RegistrationPlaces['documents'][number];
type PlaceRow = Omit<Place, 'source'> & { readonly mail: Sha256 | null; readonly part: string | null };
interface RegistrationRow {
  readonly direction: RegistrationPlaces['direction'];
  readonly sha256: Sha256 | null;
  readonly size: number | null;
  readonly kind: string | null;
}

/** Where the files of a registration lie. */
export function postgresFilePlaces(pool: pg.Pool): FilePlaces {
  return {
    async ofRegistration(aoo, { register, year, number }) {
      const key = [aoo, register, year, number];
      const { rows } = await pool.query<RegistrationRow>(REGISTRATION, key);
      const [found] = rows;
      if (found === undefined) return null;
      const documents = await pool.query<PlaceRow>(DOCUMENTS, key);
      const { direction, sha256, size, kind } = found;
      return {
        direction,
        mail: sha256 === null || size === null ? null : { sha256, size, kind },
        documents: documents.rows.map(({ mail, part, ...document }) => ({
          ...document,
          source: mail === null || part === null ? null : { sha256: mail, part },
        })),
      };
    },
    async sent(aoo, { register, year, number }, exchangeId) {
      const values = [aoo, register, year, number, exchangeId];
      const { rows } = await pool.query<{ recipe: MailRecipe }>(SENT, values);
      return rows[0]?.recipe ?? null;
    },
  };
}

const REGISTRATION = `select r.direction, m.sha256, m.size, m.kind from registration r
  left join mail m on m.aoo = r.aoo and m.mail_id = r.mail_id
  where r.aoo = $1 and r.register = $2 and r.year = $3 and r.number = $4`;

const DOCUMENTS = `select name, media_type as "mediaType", sha256, size, source as mail, part from registration_document
  where aoo = $1 and register = $2 and year = $3 and number = $4 order by position`;

const SENT = `select o.recipe from exchange e
  join outbox o on o.aoo = e.aoo and o.exchange_id = e.exchange_id and o.purpose = 'message'
  where e.aoo = $1 and e.register = $2 and e.year = $3 and e.number = $4 and e.direction = 'outgoing'
    and ($5::uuid is null or e.exchange_id = $5::uuid)
  order by e.exchange_id, o.outbox_id limit 1`;
