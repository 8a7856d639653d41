/** The common form of all containers (delimited text, JSON, XLSX, LDIF), before the layout is known. */

export interface TableRecord {
  /** The line, or row of the sheet, on which it begins, counted from 1. */
  readonly line: number;
  /** As many as the record has, which may not be as many as the header has. */
  readonly cells: readonly string[];
}

export interface Table {
  /** Names of the columns as written. */
  readonly header: readonly string[];
  readonly headerLine: number;
  readonly records: AsyncIterable<readonly TableRecord[]>;
}
