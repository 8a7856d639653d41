/**
 * Second official names of municipalities, where the index has the Italian one alone: German in the province of Bolzano
 * (DPR 670/1972, art. 99), French in Aosta (legge costituzionale 4/1948, art. 38), Slovene where law 38/2001 protects it.
 */

interface Language {
  /** What a municipality is called in it. */
  readonly comune: readonly string[];
  readonly names: string;
}

const LIST: readonly Language[] = [
  {
    comune: ['gemeinde'],
    names: `BZ Aldino=Aldein;Andriano=Andrian;Anterivo=Altrei;Appiano sulla strada del vino=Eppan;Avelengo=Hafling
Badia=Abtei;Barbiano=Barbian;Bolzano=Bozen;Braies=Prags;Brennero=Brenner;Bressanone=Brixen;Bronzolo=Branzoll;Brunico=Bruneck
Caines=Kuens;Caldaro sulla strada del vino=Kaltern;Campo di Trens=Freienfeld;Campo Tures=Sand in Taufers
Castelbello-Ciardes=Kastelbell-Tschars;Castelrotto=Kastelruth;Cermes=Tscherms;Chienes=Kiens;Chiusa=Klausen
Cornedo all'Isarco=Karneid;Cortaccia sulla strada del vino=Kurtatsch;Cortina sulla strada del vino=Kurtinig
Corvara in Badia=Corvara;Curon Venosta=Graun im Vinschgau;Dobbiaco=Toblach;Egna=Neumarkt;Falzes=Pfalzen;Fiè allo Sciliar=Völs am Schlern
Fortezza=Franzensfeste;Funes=Villnöß;Gais=Gais;Gargazzone=Gargazon;Glorenza=Glurns;La Valle=Wengen;Laces=Latsch;Lagundo=Algund
Laion=Lajen;Laives=Leifers;Lana=Lana;Lasa=Laas;Lauregno=Laurein;Luson=Lüsen;Magrè sulla strada del vino=Margreid
Malles Venosta=Mals;Marebbe=Enneberg;Marlengo=Marling;Martello=Martell;Meltina=Mölten;Merano=Meran;Monguelfo-Tesido=Welsberg-Taisten
Montagna sulla strada del vino=Montan;Moso in Passiria=Moos in Passeier;Nalles=Nals;Naturno=Naturns;Naz-Sciaves=Natz-Schabs;Nova Levante=Welschnofen
Nova Ponente=Deutschnofen;Ora=Auer;Ortisei=St. Ulrich in Gröden;Parcines=Partschins;Perca=Percha;Plaus=Plaus;Ponte Gardena=Waidbruck
Postal=Burgstall;Prato allo Stelvio=Prad am Stilfser Joch;Predoi=Prettau;Proves=Proveis;Racines=Ratschings
Rasun-Anterselva=Rasen-Antholz;Renon=Ritten;Rifiano=Riffian;Rio di Pusteria=Mühlbach;Rodengo=Rodeneck;Salorno sulla strada del vino=Salurn
San Candido=Innichen;San Genesio Atesino=Jenesien;San Leonardo in Passiria=St. Leonhard in Passeier;San Lorenzo di Sebato=St. Lorenzen
San Martino in Badia=St. Martin in Thurn;San Martino in Passiria=St. Martin in Passeier;San Pancrazio=St. Pankraz
Santa Cristina Valgardena=St. Christina in Gröden;Sarentino=Sarntal;Scena=Schenna;Selva dei Molini=Mühlwald
Selva di Val Gardena=Wolkenstein in Gröden;Senales=Schnals;Senale-San Felice=Unsere Liebe Frau im Walde-St. Felix;Sesto=Sexten;Silandro=Schlanders
Sluderno=Schluderns;Stelvio=Stilfs;Terento=Terenten;Terlano=Terlan;Termeno sulla strada del vino=Tramin
Tesimo=Tisens;Tires=Tiers;Tirolo=Tirol;Trodena nel parco naturale=Truden im Naturpark;Tubre=Taufers im Münstertal;Ultimo=Ulten
Vadena=Pfatten;Val di Vizze=Pfitsch;Valdaora=Olang;Valle Aurina=Ahrntal;Valle di Casies=Gsies;Vandoies=Vintl;Varna=Vahrn
Velturno=Feldthurns;Verano=Vöran;Villabassa=Niederdorf;Villandro=Villanders;Vipiteno=Sterzing`,
  },
  { comune: ['commune', 'ville'], names: 'AO Aosta=Aoste' },
  {
    comune: ['obcina'],
    names: `TS Trieste=Trst;Duino-Aurisina=Devin Nabrežina;Monrupino=Repentabor;Muggia=Milje;San Dorligo della Valle=Dolina;Sgonico=Zgonik
GO Gorizia=Gorica;Doberdò del Lago=Doberdob;San Floriano del Collio=Števerjan;Savogna d'Isonzo=Sovodnje;Cormons=Krmin
UD Cividale del Friuli=Čedad;Drenchia=Dreka;Grimacco=Garmak;Lusevera=Bardo;Malborghetto Valbruna=Naborjet
UD Pulfero=Podbonesec;Resia=Rezija;San Leonardo=Podutana;San Pietro al Natisone=Špeter;Savogna=Sovodnja;Stregna=Srednje
UD Taipana=Tipana;Tarvisio=Trbiž`,
  },
];

/** Accents and signs folded away: the index writes some names with an apostrophe for the accent. */
const plain = (name: string): string =>
  name
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^a-z]+/g, '');

const NAMES = new Map<string, readonly string[]>();
for (const { comune, names } of LIST) {
  let province = '';
  for (const entry of names.split(/[;\n]/)) {
    const [, letters, italian = '', second = ''] = /^(?:([A-Z]{2}) )?([^=]+)=(.+)$/.exec(entry) ?? [];
    province = letters ?? province;
    NAMES.set(`${province} ${plain(italian)}`, [second, ...comune]);
  }
}

/** The second official name of a municipality, then what "comune" is in that language; nothing where it has none. */
export const secondNames = (municipality: string, province: string): readonly string[] =>
  NAMES.get(`${province.toUpperCase()} ${plain(municipality)}`) ?? [];
