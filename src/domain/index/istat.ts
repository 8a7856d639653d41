/** The first three digits of a municipality's ISTAT code give its province and region. */

const LIST = `Piemonte: 001 TO 002 VC 003 NO 004 CN 005 AT 006 AL 096 BI 103 VB
Valle d'Aosta/Vallée d'Aoste: 007 AO
Liguria: 008 IM 009 SV 010 GE 011 SP
Lombardia: 012 VA 013 CO 014 SO 015 MI 016 BG 017 BS 018 PV 019 CR 020 MN 097 LC 098 LO 108 MB
Trentino-Alto Adige/Südtirol: 021 BZ 022 TN
Veneto: 023 VR 024 VI 025 BL 026 TV 027 VE 028 PD 029 RO
Friuli-Venezia Giulia: 030 UD 031 GO 032 TS 093 PN
Emilia-Romagna: 033 PC 034 PR 035 RE 036 MO 037 BO 038 FE 039 RA 040 FC 099 RN
Marche: 041 PU 042 AN 043 MC 044 AP 109 FM
Toscana: 045 MS 046 LU 047 PT 048 FI 049 LI 050 PI 051 AR 052 SI 053 GR 100 PO
Umbria: 054 PG 055 TR
Lazio: 056 VT 057 RI 058 RM 059 LT 060 FR
Campania: 061 CE 062 BN 063 NA 064 AV 065 SA
Abruzzo: 066 AQ 067 TE 068 PE 069 CH
Molise: 070 CB 094 IS
Puglia: 071 FG 072 BA 073 TA 074 BR 075 LE 110 BT
Basilicata: 076 PZ 077 MT
Calabria: 078 CS 079 CZ 080 RC 101 KR 102 VV
Sicilia: 081 TP 082 PA 083 ME 084 AG 085 CL 086 EN 087 CT 088 RG 089 SR
Sardegna: 090 SS 091 NU 092 CA 095 OR 104 OT 105 OG 106 VS 107 CI 111 SU`;

export interface Area {
  /** Two letters. */
  readonly province: string;
  readonly region: string;
}

const AREAS: ReadonlyMap<string, Area> = new Map(
  LIST.split('\n').flatMap((line) => {
    const [region = '', codes = ''] = line.split(': ');
    return [...codes.matchAll(/(\d{3}) ([A-Z]{2})/g)].map(([, code = '', province = '']) => [
      code,
      { province, region },
    ]);
  }),
);

/** Null for a malformed code, or one whose province is newer than the table. */
export const areaOf = (istat: string): Area | null =>
  /^\d{6}$/.test(istat) ? (AREAS.get(istat.slice(0, 3)) ?? null) : null;

/** The cadastral code in the IPA code of a municipality that registered early (`c_h501`), or null. */
export const cadastralOf = (ipaCode: string): string | null =>
  /^c_[a-z]\d{3}$/i.test(ipaCode) ? ipaCode.slice(2).toUpperCase() : null;
