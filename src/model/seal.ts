/** Whom a certificate that leads to a trusted authority names as the owner of a seal (ETSI EN 319 412-3, 4.2.1). */
export interface SealHolder {
  /** organizationName. */
  readonly names: readonly string[];
  /** organizationIdentifier and serialNumber: `PA:IT-c_h501`, `VATIT-00000000001`, `CF:IT-00000000001`. */
  readonly identifiers: readonly string[];
}
