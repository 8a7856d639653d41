import type pg from 'pg';
import type { ByHandStore } from '../../../service/by-hand/ports.ts';
import { addressBook } from './address-book.ts';
import { postgresDrafts } from './drafts.ts';
import { postgresDuplicates, postgresPast } from './earlier-registrations.ts';
import { postgresEmergencies } from './emergency-views.ts';
import { postgresFilingViews } from './filing.ts';
import { postgresDeferrals, postgresHandRecords } from './records.ts';

export const postgresByHand = (pool: pg.Pool): ByHandStore => ({
  book: addressBook(pool),
  duplicates: postgresDuplicates(pool),
  past: postgresPast(pool),
  filing: postgresFilingViews(pool),
  drafts: postgresDrafts(pool),
  deferrals: postgresDeferrals(pool),
  emergencies: postgresEmergencies(pool),
  records: postgresHandRecords(pool),
});
