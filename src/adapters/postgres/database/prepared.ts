import { hash } from 'node:crypto';
import type pg from 'pg';

type Client = { query<Row extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<pg.QueryResult<Row>> };

/** Statements are our own and few: they are composed of parts, never of values. */
const names = new Map<string, string>();

const nameOf = (text: string): string => {
  let name = names.get(text);
  if (name === undefined) {
    name = hash('sha256', text).slice(0, 40);
    names.set(text, name);
  }
  return name;
};

/** Each connection parses and plans the statement once: half the cost of a short transaction. */
export const prepared = (text: string, values: readonly unknown[]): pg.QueryConfig => ({
  name: nameOf(text),
  text,
  values: [...values],
});

/** Runs a prepared statement. */
export type Asking = <Row extends pg.QueryResultRow>(
  text: string,
  values: readonly unknown[],
) => Promise<pg.QueryResult<Row>>;

export const asking =
  (client: Client): Asking =>
  <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[]) =>
    client.query<Row>(prepared(text, values));
