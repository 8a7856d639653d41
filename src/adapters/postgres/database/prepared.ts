import { hash } from 'node:crypto';
import type pg from 'pg';

type Client = { query<Row extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<pg.QueryResult<Row>> };

/** The texts are our own and few: parts of statements are put together, never values. */
const names = new Map<string, string>();

const nameOf = (text: string): string => {
  let name = names.get(text);
  if (name === undefined) {
    name = hash('sha256', text).slice(0, 40);
    names.set(text, name);
  }
  return name;
};

/** A statement that each connection parses and plans once: half of what a short transaction costs the database. */
export const prepared = (text: string, values: readonly unknown[]): pg.QueryConfig => ({
  name: nameOf(text),
  text,
  values: [...values],
});

/** Asks through prepared statements. */
export type Asking = <Row extends pg.QueryResultRow>(
  text: string,
  values: readonly unknown[],
) => Promise<pg.QueryResult<Row>>;

export const asking =
  (client: Client): Asking =>
  <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[]) =>
    client.query<Row>(prepared(text, values));
