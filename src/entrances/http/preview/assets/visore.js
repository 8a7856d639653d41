/**
 * Shows one document, a page at a time, from bytes that the desk hands over. It speaks to the desk alone, and only of pages and
 * sizes: what a document could make it say is a number. Nothing in a document runs: no scripts, no forms, no links.
 */
const DESK = document.querySelector('meta[name=desk]').content;
const SHEET = document.querySelector('#foglio');
const HERE = new URL('.', import.meta.url).href;
/** In an opaque frame no worker starts: the work is then done here. */
const IS_OPAQUE = window.origin === 'null';
/** A page that takes longer will never come. */
const PAGE_MS = 20_000;
/** Beyond it, browsers draw nothing. */
const MOST_PIXELS = 16_000_000;
/** Of a picture, decoded; some scanners make 200 million. */
const MOST_PICTURE_PIXELS = 250_000_000;
const ZOOMS = [0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3, 4];

/** @type {{ pages: number, show: (page: number, width: number, zoom: number) => Promise<void>, close: () => void } | null} */
let opened = null;
let page = 1;
let zoom = 1;
let turn = 0;

const tell = (message) => window.parent.postMessage(message, DESK);

window.addEventListener('message', (event) => {
  if (event.origin !== DESK || event.source !== window.parent) return;
  const { type } = event.data ?? {};
  if (type === 'open') void open(event.data);
  else if (type === 'page') void turnTo(page + Math.sign(Number(event.data.by)));
  else if (type === 'zoom') void zoomBy(Math.sign(Number(event.data.by)));
});

async function open({ bytes, kind, mediaType }) {
  opened?.close();
  opened = null;
  page = 1;
  zoom = 1;
  try {
    opened = await within(kind === 'pdf' ? openPdf(bytes) : openPicture(bytes, mediaType));
    await draw();
  } catch (error) {
    fail(error);
  }
}

function fail(error) {
  opened?.close();
  opened = null;
  SHEET.replaceChildren();
  const why =
    error?.name === 'PasswordException' ? 'password' : error?.name === 'TooLarge' ? 'too-large' : 'unreadable';
  tell({ type: 'failed', why: error?.name === 'Late' ? 'late' : why });
}

/** The last one that was asked for wins. */
async function draw() {
  const mine = ++turn;
  try {
    await within(opened.show(page, SHEET.clientWidth - padding(), zoom));
    if (mine === turn && opened !== null)
      tell({ type: 'shown', page, pages: opened.pages, zoom: Math.round(zoom * 100) });
  } catch (error) {
    if (mine === turn && error?.name !== 'RenderingCancelledException') fail(error);
  }
}

const padding = () => 2 * Number.parseFloat(getComputedStyle(SHEET).paddingLeft);

/** Every wish is answered, also one that changes nothing: whoever asked waits. */
async function turnTo(next) {
  if (opened === null) return;
  page = Math.min(opened.pages, Math.max(1, next));
  SHEET.scrollTop = 0;
  await draw();
}

async function zoomBy(sign) {
  if (opened === null) return;
  zoom = ZOOMS[Math.min(ZOOMS.length - 1, Math.max(0, ZOOMS.indexOf(zoom) + sign))];
  await draw();
}

SHEET.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const atEnd = SHEET.scrollTop + SHEET.clientHeight >= SHEET.scrollHeight - 2;
  if (event.key === 'PageDown' && atEnd && page < (opened?.pages ?? 0)) void turnTo(page + 1);
  else if (event.key === 'PageUp' && SHEET.scrollTop < 2 && page > 1) void turnTo(page - 1);
  else if (event.key === 'Escape') tell({ type: 'leave' });
  else return;
  event.preventDefault();
});

let resizing = 0;
new ResizeObserver(() => {
  clearTimeout(resizing);
  resizing = setTimeout(() => opened !== null && void draw(), 150);
}).observe(SHEET);

/** @template T @param {Promise<T>} work @returns {Promise<T>} */
function within(work) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(Object.assign(new Error('too long'), { name: 'Late' })), PAGE_MS);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

async function openPdf(bytes) {
  const pdfjs = await import('./pdf/pdf.mjs');
  // Where it is loaded already, pdf.js uses it and starts no worker.
  if (IS_OPAQUE) await import('./pdf/pdf.worker.mjs');
  else pdfjs.GlobalWorkerOptions.workerSrc = `${HERE}pdf/pdf.worker.mjs`;
  const task = pdfjs.getDocument({
    data: new Uint8Array(bytes),
    cMapUrl: `${HERE}pdf/cmaps/`,
    standardFontDataUrl: `${HERE}pdf/standard_fonts/`,
    wasmUrl: `${HERE}pdf/wasm/`,
    iccUrl: `${HERE}pdf/iccs/`,
    useWorkerFetch: !IS_OPAQUE,
    enableXfa: false,
    maxImageSize: MOST_PICTURE_PIXELS,
    verbosity: pdfjs.VerbosityLevel.ERRORS,
  });
  // Without this, a document with a password would wait for one.
  let isProtected = false;
  task.onPassword = () => {
    isProtected = true;
    void task.destroy();
  };
  const file = await task.promise.catch((error) => {
    throw isProtected ? Object.assign(new Error('protected'), { name: 'PasswordException' }) : error;
  });
  let drawing = null;
  return {
    pages: file.numPages,
    async show(number, width, scale) {
      drawing?.cancel();
      const sheet = await file.getPage(number);
      const fitting = Math.min(2, Math.max(0.1, width / sheet.getViewport({ scale: 1 }).width));
      const viewport = sheet.getViewport({ scale: fitting * scale });
      const canvas = document.createElement('canvas');
      const dense = Math.min(
        window.devicePixelRatio || 1,
        Math.sqrt(MOST_PIXELS / Math.max(1, viewport.width * viewport.height)),
      );
      canvas.width = Math.max(1, Math.floor(viewport.width * dense));
      canvas.height = Math.max(1, Math.floor(viewport.height * dense));
      drawing = sheet.render({
        canvas,
        viewport,
        transform: [dense, 0, 0, dense, 0, 0],
        annotationMode: pdfjs.AnnotationMode.ENABLE,
      });
      await drawing.promise;
      const text = document.createElement('div');
      text.className = 'text';
      place(canvas, viewport.width, viewport.height, text);
      text.style.setProperty('--total-scale-factor', String(viewport.scale));
      await new pdfjs.TextLayer({ textContentSource: sheet.streamTextContent(), container: text, viewport }).render();
      sheet.cleanup();
    },
    close: () => void task.destroy(),
  };
}

function place(picture, width, height, ...above) {
  const holder = document.createElement('div');
  holder.className = 'page';
  for (const each of [holder, picture]) {
    each.style.width = `${Math.floor(width)}px`;
    each.style.height = `${Math.floor(height)}px`;
  }
  holder.append(picture, ...above);
  SHEET.replaceChildren(holder);
}

/** A drawing (SVG) as a picture runs nothing and fetches nothing, either. */
async function openPicture(bytes, mediaType) {
  const size = pixelsOf(new DataView(bytes));
  if (size !== null && size.width * size.height > MOST_PICTURE_PIXELS)
    throw Object.assign(new Error('too many pixels'), { name: 'TooLarge' });
  const address = URL.createObjectURL(new Blob([bytes], { type: mediaType }));
  const picture = new Image();
  picture.alt = 'Immagine';
  picture.src = address;
  await picture.decode();
  const natural = { width: picture.naturalWidth || 300, height: picture.naturalHeight || 150 };
  return {
    pages: 1,
    async show(_number, width, scale) {
      const fitting = Math.min(1, width / natural.width);
      place(picture, natural.width * fitting * scale, natural.height * fitting * scale);
    },
    close: () => URL.revokeObjectURL(address),
  };
}

/** What a picture says of its size before anybody decodes it; null: it does not say it here. */
function pixelsOf(view) {
  if (view.byteLength < 26) return null;
  if (view.getUint32(0) === 0x89504e47) return { width: view.getUint32(16), height: view.getUint32(20) };
  if (view.getUint32(0) === 0x47494638) return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  if (view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; at + 9 < view.byteLength; ) {
    if (view.getUint8(at) !== 0xff) return null;
    const mark = view.getUint8(at + 1);
    if (mark >= 0xc0 && mark <= 0xcf && mark !== 0xc4 && mark !== 0xc8 && mark !== 0xcc)
      return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    at += mark === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  return null;
}

tell({ type: 'ready' });
