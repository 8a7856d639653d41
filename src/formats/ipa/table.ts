/** What every container (delimited text, JSON, XLSX, LDIF) is read into before its layout is known. */

export interface TableRecord {
  /** Line, or row of the sheet, where it begins; counted from 1. */
  readonly line: number;
  /** As many as it has; how many there should be says the header. */
  readonly cells: readonly string[];
}

export interface Table {
  /** Names of the columns as they are written. */
  readonly header: readonly string[];
  readonly headerLine: number;
  readonly records: AsyncIterable<readonly TableRecord[]>;
}
