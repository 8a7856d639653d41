/**
 * The form that is filled in while nothing works: one HTML file without any network, kept on the machines of the office. It saves
 * its rows in the browser at every change, gives them as CSV or JSON, and prints as a register on paper.
 */
import { EMERGENCY_CARRIERS, EMERGENCY_COLUMNS_OF_FILE } from '../../service/by-hand/emergency-rows.ts';
import { type Html, html } from './desk/template.ts';

export interface OfflineFormOptions {
  readonly office: string;
  /** The first number of each year that may be used, as known when the form was given out. */
  readonly next: { readonly year: number; readonly number: number };
  /** Distinguishes what several offices save in one browser. */
  readonly place: string;
}

const LABELS: Readonly<Record<(typeof EMERGENCY_COLUMNS_OF_FILE)[number], string>> = {
  numero: 'Numero',
  data: 'Data',
  ora: 'Ora',
  verso: 'Verso',
  corrispondente: 'Mittente o destinatario',
  oggetto: 'Oggetto',
  mezzo: 'Mezzo',
  loro_protocollo: 'Loro protocollo',
  loro_data: 'Loro data',
  operatore: 'Operatore',
};

const STYLE = `body{font:16px/1.4 sans-serif;margin:1.5rem;color:#1a1a1a;background:#fff}
h1{font-size:1.4rem;margin:0 0 .5rem}table{border-collapse:collapse;width:100%;margin:1rem 0}
th,td{border:1px solid #767676;padding:.25rem;text-align:left;vertical-align:top}
td input,td select,td textarea{width:100%;box-sizing:border-box;font:inherit;border:1px solid #767676;min-height:2.2rem}
button{font:inherit;padding:.5rem 1rem;margin:0 .5rem .5rem 0;min-height:2.75rem}.n{width:5rem}.s{width:8rem}
@media print{button,.p{display:none}td input,td select,td textarea{border:0}body{margin:0;font-size:11px}tr{break-inside:avoid}}`;

/** Plain browser code, as in any browser of the last ten years. */
const SCRIPT = `(function(){
var facts=JSON.parse(document.getElementById('dati').textContent),key='emergenza '+facts.place,columns=facts.columns;
var body=document.getElementById('righe'),said=document.getElementById('detto');
var rows=[];try{rows=JSON.parse(localStorage.getItem(key))||[]}catch(e){rows=[]}
function two(n){return (n<10?'0':'')+n}
function save(){try{localStorage.setItem(key,JSON.stringify(rows));said.textContent=rows.length+' registrazioni, salvate in questo browser alle '+new Date().toTimeString().slice(0,8)+'.'}catch(e){said.textContent='Questo browser non salva: scarica il CSV prima di chiudere.'}}
function field(row,name){var e;
if(name==='verso'||name==='mezzo'){e=document.createElement('select');var all=name==='verso'?[['E','Entrata'],['U','Uscita'],['I','Interno']]:facts.carriers.map(function(c){return [c,c]});
all.forEach(function(one){var o=document.createElement('option');o.value=one[0];o.textContent=one[1];e.appendChild(o)})}
else if(name==='oggetto'){e=document.createElement('textarea');e.rows=2}
else{e=document.createElement('input');e.type=name==='data'||name==='loro_data'?'date':name==='ora'?'time':'text'}
e.setAttribute('aria-label',facts.labels[name]+', riga '+(rows.indexOf(row)+1));e.value=row[name];
e.addEventListener('input',function(){row[name]=e.value;save()});return e}
function show(row){var tr=document.createElement('tr');columns.forEach(function(name){var td=document.createElement('td');td.appendChild(field(row,name));tr.appendChild(td)});body.appendChild(tr);return tr}
function add(){var now=new Date(),year=String(now.getFullYear()),last=facts.next.year===now.getFullYear()?facts.next.number-1:0;
rows.forEach(function(r){if(String(r.data).slice(0,4)===year&&Number(r.numero)>last)last=Number(r.numero)});
var row={};columns.forEach(function(name){row[name]=''});row.numero=String(last+1);row.data=year+'-'+two(now.getMonth()+1)+'-'+two(now.getDate());
row.ora=two(now.getHours())+':'+two(now.getMinutes());row.verso='E';row.mezzo=facts.carriers[0];row.operatore=rows.length?rows[rows.length-1].operatore:'';
rows.push(row);show(row).querySelector('select').focus();save()}
function cell(t){t=String(t);if(/^[=+\\-@]/.test(t))t="'"+t;return '"'+t.replace(/"/g,'""')+'"'}
function give(text,name,type){var a=document.createElement('a');a.href=URL.createObjectURL(new Blob([text],{type:type}));a.download=name;document.body.appendChild(a);a.click();a.remove()}
document.getElementById('aggiungi').addEventListener('click',add);
document.getElementById('csv').addEventListener('click',function(){give('\\ufeff'+[columns].concat(rows.map(function(r){return columns.map(function(c){return r[c]})})).map(function(l){return l.map(cell).join(';')}).join('\\r\\n')+'\\r\\n','registro-emergenza.csv','text/csv')});
document.getElementById('json').addEventListener('click',function(){give(JSON.stringify(rows,null,1),'registro-emergenza.json','application/json')});
document.getElementById('stampa').addEventListener('click',function(){window.print()});
document.getElementById('vuoto').addEventListener('click',function(){for(var i=0;i<15;i+=1){var tr=document.createElement('tr');columns.forEach(function(){var td=document.createElement('td');td.textContent='\\u00a0';tr.appendChild(td)});body.appendChild(tr)}window.print()});
rows.forEach(show);save()})();`;

/** Raw parts are ours, and the data is escaped for a script element. */
export function offlineForm({ office, next, place }: OfflineFormOptions): string {
  const carriers = Object.keys(EMERGENCY_CARRIERS).filter((word) => word !== 'email');
  const facts = { columns: EMERGENCY_COLUMNS_OF_FILE, labels: LABELS, carriers, next, place };
  const data = JSON.stringify(facts).replaceAll('<', '\\u003c');
  const head: Html = html`<h1>Registro di emergenza</h1>
<p><strong>${office}</strong>. Causa: ______________________ Provvedimento: ______________________ Inizio: ______________ Fine: ______________</p>
<p class="p">Si usa solo quando il protocollo non funziona e il responsabile l’ha autorizzato (DPR 445/2000 art. 63). Il primo numero libero del ${next.year} era ${next.number} quando il modulo è stato scaricato: se dopo il registro è stato usato, si continua dal numero che segue. Una sola postazione alla volta dà i numeri.</p>`;
  return `<!doctype html>
<html lang="it"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'">
<title>Registro di emergenza</title><style>${STYLE}</style></head><body><main>
${head.toString()}
<p class="p"><button type="button" id="aggiungi">Aggiungi una registrazione</button><button type="button" id="csv">Scarica CSV</button><button type="button" id="json">Scarica JSON</button><button type="button" id="stampa">Stampa</button><button type="button" id="vuoto">Stampa con righe da scrivere a mano</button></p>
<p id="detto" role="status"></p>
<table><thead><tr>${EMERGENCY_COLUMNS_OF_FILE.map((name) => `<th scope="col" class="${name === 'numero' || name === 'verso' ? 'n' : name === 'corrispondente' || name === 'oggetto' ? 'l' : 's'}">${LABELS[name]}</th>`).join('')}</tr></thead><tbody id="righe"></tbody></table>
</main><script type="application/json" id="dati">${data}</script><script>${SCRIPT}</script></body></html>
`;
}
