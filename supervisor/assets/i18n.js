// Every text of the page, English and Spanish side by side, and how numbers, sizes and times are written.
// Filters bring theirs.
// `{name}` is filled in; "one|many" is chosen by the number `n`.

/** @import {FilterInfo, Parameter} from "./types" */

/** @typedef {"en" | "es"} Language */

/** @satisfies {Record<string, [string, string]>} */
const TEXTS = {
  skip_link: ["Skip to the content", "Saltar al contenido"],
  views: ["Views", "Vistas"],
  prepare: ["Prepare", "Preparar"],
  batches: ["Batches", "Lotes"],
  language: ["Language", "Idioma"],
  theme_switch: ["Switch between light and dark", "Cambiar entre claro y oscuro"],
  reconnecting: ["Reconnecting…", "Reconectando…"],
  link_lost: ["The connection to supervisor is lost.", "Se perdió la conexión con supervisor."],
  link_lost_short: [
    "Trying again; batches go on running without this page.",
    "Reintentando; los lotes siguen sin esta página.",
  ],
  link_lost_long: [
    "Is it still running? If it was started anew, open the address that it printed.",
    "¿Sigue en marcha? Si se reinició, abra la dirección que mostró.",
  ],
  reconnect_now: ["Try now", "Probar ahora"],
  close: ["Close", "Cerrar"],
  cancel: ["Cancel", "Cancelar"],
  message_too_large: [
    "This is too large: at most {limit} can be sent.",
    "Es demasiado grande: se pueden enviar {limit} como máximo.",
  ],
  order_lost: [
    "The connection broke; look whether it was done.",
    "Se cortó la conexión; compruebe si se hizo.",
  ],

  photos: ["Photos", "Fotos"],
  photo: ["Photo", "Foto"],
  photo_n: ["photo {n}", "foto {n}"],
  n_photos: ["{n} photo|{n} photos", "{n} foto|{n} fotos"],
  n_folders: ["{n} folder|{n} folders", "{n} carpeta|{n} carpetas"],
  source_empty: [
    "Choose a folder, or drop photos anywhere on this page.",
    "Elija una carpeta o suelte fotos en cualquier lugar de la página.",
  ],
  choose_folder: ["Choose folder…", "Elegir carpeta…"],
  choose_folder_title: ["Choose a folder of photos", "Elija una carpeta de fotos"],
  add_files: ["Add files…", "Añadir archivos…"],
  counting: ["Counting…", "Contando…"],
  folder_up: ["One folder up", "Subir una carpeta"],
  folder_roots: ["Folders you may use", "Carpetas disponibles"],
  use_folder: ["Use this folder", "Usar esta carpeta"],
  new_folder: ["Make folder", "Crear carpeta"],
  new_folder_name: ["New folder's name", "Nombre de la carpeta nueva"],
  no_folders: ["No folders in here.", "No hay carpetas aquí."],
  no_photos_here: [
    "No photos directly in here; folders below are included.",
    "No hay fotos aquí mismo; se incluyen las subcarpetas.",
  ],
  drop_here: ["Drop photos to add them", "Suelte las fotos para añadirlas"],
  upload_busy: [
    "Still copying: drop these again when that is done.",
    "Aún se está copiando: suéltelas otra vez cuando termine.",
  ],
  uploading_label: ["Copying", "Copiando"],
  uploading: ["Copying {done} of {total} · {size}", "Copiando {done} de {total} · {size}"],
  too_large: ["larger than {limit}", "mayor que {limit}"],
  upload_broken: ["could not be sent", "no se pudo enviar"],
  more_refused: [
    "{n} more file was not taken|{n} more files were not taken",
    "{n} archivo más no se aceptó|{n} archivos más no se aceptaron",
  ],

  recipe: ["Recipe", "Receta"],
  saved_recipes: ["Recipes", "Recetas"],
  chain_empty: [
    "No filters yet: photos are only written anew. Add the first one.",
    "Sin filtros: las fotos solo se vuelven a guardar. Añada el primero.",
  ],
  chain_label: ["Filters, in order", "Filtros, en orden"],
  add_filter: ["Add a filter", "Añadir un filtro"],
  add_filter_option: ["+ Add filter…", "+ Añadir filtro…"],
  added: ["{name} added", "{name} añadido"],
  removed: ["{name} removed", "{name} quitado"],
  moved: ["{name} is now {place} of {total}", "{name} es ahora {place} de {total}"],
  switch_filter: ["Apply {name}", "Aplicar {name}"],
  move_filter: ["Move {name}: arrow keys up and down", "Mover {name}: flechas arriba y abajo"],
  move_hint: ["Drag, or press arrow up and down", "Arrastre, o pulse flecha arriba y abajo"],
  remove_filter: ["Remove {name}", "Quitar {name}"],
  optional: ["optional", "opcional"],
  default_is: ["usually {value}", "por defecto {value}"],
  file_placeholder: ["folder/file", "carpeta/archivo"],
  recipe_name: ["Name for this recipe", "Nombre de esta receta"],
  save: ["Save", "Guardar"],
  load: ["Use", "Usar"],
  load_recipe: ["Use recipe {name}", "Usar la receta {name}"],
  forget_recipe: ["Delete recipe {name}", "Borrar la receta {name}"],
  no_recipes: ["Nothing saved yet.", "Aún no hay nada guardado."],
  recipe_saved: ["Recipe saved in this browser", "Receta guardada en este navegador"],
  import_toml: ["Open TOML file", "Abrir archivo TOML"],
  export_toml: ["Save as TOML file", "Guardar como archivo TOML"],
  line_column: ["line {line}, column {column}", "línea {line}, columna {column}"],

  results: ["Results", "Resultados"],
  result: ["Result", "Resultado"],
  output_folder: ["Folder for the results", "Carpeta de resultados"],
  choose_output: ["Choose the folder for the results", "Elegir la carpeta de resultados"],
  format: ["Format", "Formato"],
  quality: ["Quality (1–100)", "Calidad (1–100)"],
  more_settings: ["Names, metadata and more", "Nombres, metadatos y más"],
  name_template: ["Names", "Nombres"],
  name_help: [
    "{dir} folder, {stem} name, {ext} ending; also {index}, {parent}, {date}, {width}, {height}, {camera}.",
    "{dir} carpeta, {stem} nombre, {ext} extensión; también {index}, {parent}, {date}, {width}, " +
      "{height}, {camera}.",
  ],
  on_conflict: ["If a file is there", "Si ya existe un archivo"],
  metadata: ["Metadata", "Metadatos"],
  color: ["Colours", "Colores"],
  subsampling: ["JPEG colour detail", "Detalle de color JPEG"],
  workers: ["Photos at a time", "Fotos a la vez"],
  timeout: ["Seconds per photo, at most", "Segundos por foto, máximo"],
  fresh: ["Make up-to-date results again", "Rehacer también lo que está al día"],
  start: ["Start", "Empezar"],
  start_first: ["First choose photos.", "Primero elija fotos."],
  output_first: ["Choose a folder for the results.", "Elija una carpeta para los resultados."],
  checking: ["Checking names…", "Comprobando nombres…"],
  all_current: [
    "{n} result is up to date already.|All {n} results are up to date already.",
    "{n} resultado ya está al día.|Los {n} resultados ya están al día.",
  ],
  problem_collisions: [
    "{n} name would be given to several photos. Name them so that each differs.|{n} names would be " +
      "given to several photos. Name them so that each differs.",
    "{n} nombre sería de varias fotos. Elija nombres que las distingan.|{n} nombres serían de varias " +
      "fotos. Elija nombres que las distingan.",
  ],
  problem_conflicts: [
    "{n} file that is not ours stands where a result must go. Choose another folder or other names.|{n} " +
      "files that are not ours stand where results must go. Choose another folder or other names.",
    "{n} archivo ajeno está donde debe ir un resultado. Elija otra carpeta u otros nombres.|{n} " +
      "archivos ajenos están donde deben ir resultados. Elija otra carpeta u otros nombres.",
  ],
  problem_replace: [
    "{n} result would replace an original, which is never done. Choose another folder for the " +
      "results.|{n} results would replace originals, which is never done. Choose another folder for the " +
      "results.",
    "{n} resultado reemplazaría un original, y eso no se hace nunca. Elija otra carpeta para los " +
      "resultados.|{n} resultados reemplazarían originales, y eso no se hace nunca. Elija otra carpeta " +
      "para los resultados.",
  ],
  will_make: ["{n} photo to process|{n} photos to process", "{n} foto por procesar|{n} fotos por procesar"],
  will_skip_n: ["{n} up to date", "{n} al día"],
  will_fail_n: ["{n} not readable", "{n} ilegibles"],

  look_label: ["Look before the run", "Ver antes de empezar"],
  preview: ["Preview", "Vista previa"],
  names: ["Names", "Nombres"],
  welcome_title: ["Start with a folder of photos", "Empiece con una carpeta de fotos"],
  welcome_text: [
    "Choose a folder, or drop photos here. Originals are never changed: results go to a folder of their own.",
    "Elija una carpeta o suelte fotos aquí. Los originales no se tocan: los resultados van a su propia " +
      "carpeta.",
  ],
  previous_photo: ["Previous photo", "Foto anterior"],
  next_photo: ["Next photo", "Foto siguiente"],
  real_size: ["100 %: full size", "100 %: tamaño real"],
  stage_label: [
    "Photo before and after; at full size the arrow keys move it",
    "Foto antes y después; a tamaño real las flechas la mueven",
  ],
  split_label: ["Border between before and after", "Límite entre antes y después"],
  split_value: ["{percent} % before", "{percent} % antes"],
  before: ["Before", "Antes"],
  after: ["After", "Después"],
  making_preview: ["Making the preview…", "Preparando la vista previa…"],
  preview_unreachable: ["The preview could not be fetched.", "No se pudo obtener la vista previa."],
  names_empty: [
    "The names of all results stand here before anything runs.",
    "Aquí están los nombres de todos los resultados antes de empezar.",
  ],
  becomes: ["Becomes", "Será"],
  what: ["What happens", "Qué pasará"],
  will_process: ["is made", "se hace"],
  replaces: ["replaces the file there", "reemplaza el archivo"],
  will_skip: ["stays: {reason}", "queda: {reason}"],
  name_taken: ["collision", "colisión"],
  show_more: ["Show more ({n} left)", "Mostrar más (quedan {n})"],

  no_batches: ["Nothing has been started yet.", "Aún no se ha empezado nada."],
  progress: ["Progress", "Progreso"],
  of_total: ["{done} / {total}", "{done} / {total}"],
  done_of: ["{done} of {total} photos", "{done} de {total} fotos"],
  data: ["read", "leído"],
  per_second: ["photos/s", "fotos/s"],
  time_left: ["left", "restante"],
  time_taken: ["taken", "transcurrido"],
  keeps_running: [
    "Pause: photos at work are finished, nothing new starts. Stop: finishes what runs, leaves the rest. " +
      "Stop now: drops what runs. Finished results stay in every case.",
    "Pausar: se terminan las fotos en curso y no empieza nada nuevo. Detener: termina lo que corre y " +
      "deja el resto. Detener ya: abandona lo que corre. Lo terminado se conserva siempre.",
  ],
  keeps_paused: [
    "Paused: finished results stay, the rest waits. Resume goes on where it was.",
    "En pausa: lo terminado se conserva y el resto espera. Reanudar sigue donde estaba.",
  ],
  keeps_stopping: [
    "What runs is being finished; stop now drops it. Finished results stay.",
    "Se termina lo que corre; detener ya lo abandona. Lo terminado se conserva.",
  ],
  keeps_queued: [
    "Waits until the batches before it have ended. Stop takes it out of the queue.",
    "Espera a que acaben los lotes anteriores. Detener lo saca de la cola.",
  ],
  ended_with_failures: [
    "Finished, {n} photo failed|Finished, {n} photos failed",
    "Terminado, {n} foto falló|Terminado, {n} fotos fallaron",
  ],
  results_in: ["Results in", "Resultados en"],
  copy_path: [
    "Copy the path, to open it in your file manager",
    "Copiar la ruta, para abrirla en su gestor de archivos",
  ],
  copied: ["Path copied: paste it into your file manager", "Ruta copiada: péguela en su gestor de archivos"],
  copy_by_hand: [
    "The browser does not allow copying here: select the path by hand",
    "El navegador no permite copiar aquí: seleccione la ruta a mano",
  ],
  zip: ["Download all as ZIP", "Descargar todo en ZIP"],
  report: ["Report", "Informe"],
  retry: ["Retry", "Reintento"],
  retry_failed: [
    "Retry {n} failed photo|Retry {n} failed photos",
    "Reintentar {n} foto fallida|Reintentar {n} fotos fallidas",
  ],
  go_on: [
    "Process the remaining photo|Process the remaining {n} photos",
    "Procesar la foto restante|Procesar las {n} fotos restantes",
  ],
  no_room_advice: [
    "The folder for the results is full, cannot be written or is gone. Put that right, then process the " +
      "remaining photos.",
    "La carpeta de los resultados está llena, no se puede escribir o ya no está. Arréglelo y procese " +
      "las fotos restantes.",
  ],
  retry_at_end: ["Possible once the batch has ended.", "Se puede cuando termine el lote."],
  lanes: ["Workers over time", "Procesos en el tiempo"],
  idle: ["idle", "libre"],
  nothing_here: ["No photo is among these.", "Ninguna foto está entre estas."],
  worker: ["Worker", "Proceso"],
  worker_n: ["Worker {n}", "Proceso {n}"],
  lane_label: [
    "Worker {lane}: busy {percent} % of the time, {n} restart|Worker {lane}: busy {percent} % of the " +
      "time, {n} restarts",
    "Proceso {lane}: ocupado el {percent} % del tiempo, {n} reinicio|Proceso {lane}: ocupado el " +
      "{percent} % del tiempo, {n} reinicios",
  ],
  restarted_at: ["restarted at {time}: {end}", "reiniciado a {time}: {end}"],
  n_restarts: ["{n} worker restart|{n} worker restarts", "{n} proceso reiniciado|{n} procesos reiniciados"],
  n_recovered: [
    "{n} recovered by another attempt",
    "{n} recuperada con otro intento|{n} recuperadas con otro intento",
  ],
  plots: ["Speed", "Velocidad"],
  plot_speed: ["Photos per second", "Fotos por segundo"],
  plot_speed_label: [
    "Photos per second over time, at most {most}",
    "Fotos por segundo en el tiempo, máximo {most}",
  ],
  plot_times: ["Time per photo", "Tiempo por foto"],
  plot_times_label: [
    "Time per photo, most often {from} to {to}",
    "Tiempo por foto, lo más frecuente de {from} a {to}",
  ],
  show_which: ["Which photos are shown", "Qué fotos se muestran"],

  n_ok: ["{n} done", "{n} hecha|{n} hechas"],
  n_skipped: ["{n} skipped", "{n} omitida|{n} omitidas"],
  n_failed: ["{n} failed", "{n} fallida|{n} fallidas"],
  n_quarantined: ["{n} quarantined", "{n} en cuarentena"],
  n_cancelled: ["{n} cancelled", "{n} cancelada|{n} canceladas"],
  n_not_run: ["{n} not run", "{n} sin hacer"],
  verdict: ["Verdict", "Veredicto"],
  cause: ["Cause", "Causa"],
  cause_in_stage: ["{kind} (while it was to {stage})", "{kind} (en: {stage})"],
  advice: ["What to do", "Qué hacer"],
  detail: ["Detail", "Detalle"],
  pixel_size: ["Pixels", "Píxeles"],
  pixels: ["{width} × {height} px", "{width} × {height} px"],
  file_size: ["File size", "Tamaño"],
  attempts: ["Attempts", "Intentos"],
  time: ["Time", "Tiempo"],
};

// Words of the protocol, as the page says them; those that are missing are shown as they are. A part before a
// colon tells apart what else would be the same word.
const WORDS = /** @type {Record<string, [string, string]>} */ ({
  "order:pause": ["Pause", "Pausar"],
  "order:resume": ["Resume", "Reanudar"],
  "order:stop": ["Stop", "Detener"],
  "order:stop-now": ["Stop now", "Detener ya"],
  "state:queued": ["Waits in the queue", "En cola"],
  "state:planning": ["Planning", "Planificando"],
  "state:running": ["Running", "En marcha"],
  "state:pausing": ["Pausing…", "Pausando…"],
  "state:paused": ["Paused", "En pausa"],
  "state:stopping": ["Stopping…", "Deteniendo…"],
  "ending:complete": ["Finished", "Terminado"],
  "ending:stopped": ["Stopped", "Detenido"],
  "ending:out-of-room": [
    "Stopped: results cannot be written",
    "Detenido: no se pueden escribir los resultados",
  ],
  "ending:pool-failed": ["Stopped: the workers could not run", "Detenido: los procesos no pudieron trabajar"],
  "ending:refused": ["Nothing was run", "No se hizo nada"],
  "lane:busy": ["busy", "ocupado"],
  "lane:idle": ["idle", "libre"],
  "lane:lost": ["lost", "perdido"],
  "lane:restart": ["restart", "reinicio"],
  "filter:all": ["All", "Todas"],
  "filter:failed": ["Failed", "Fallidas"],
  "filter:done": ["Done", "Hechas"],
  "filter:waiting": ["Waiting", "En espera"],
  "filter:left": ["Not done", "Sin hacer"],
  "format:keep": ["As the photo", "Como la foto"],
  "format:jpeg": ["JPEG", "JPEG"],
  "format:png": ["PNG", "PNG"],
  "format:webp": ["WebP", "WebP"],
  "format:tiff": ["TIFF", "TIFF"],
  "format:avif": ["AVIF", "AVIF"],
  "on-conflict:error": ["Do not start", "No empezar"],
  "on-conflict:skip": ["Leave it, skip the photo", "Dejarlo, omitir la foto"],
  "on-conflict:overwrite": ["Replace it", "Reemplazarlo"],
  "on-conflict:unique": ["Add a number", "Añadir un número"],
  "metadata:keep": ["Keep", "Conservar"],
  "metadata:copyright": ["Copyright only", "Solo derechos de autor"],
  "metadata:strip": ["Remove", "Quitar"],
  "color:srgb": ["Convert to sRGB", "Convertir a sRGB"],
  "color:keep": ["Keep the profile", "Conservar el perfil"],
  "subsampling:420": ["4:2:0, usual", "4:2:0, habitual"],
  "subsampling:422": ["4:2:2", "4:2:2"],
  "subsampling:444": ["4:4:4, full", "4:4:4, completo"],
  waiting: ["waiting", "en espera"],
  running: ["at work", "en curso"],
  ok: ["done", "hecha"],
  skipped: ["skipped", "omitida"],
  failed: ["failed", "fallida"],
  quarantined: ["quarantined", "en cuarentena"],
  cancelled: ["cancelled", "cancelada"],
  "not-run": ["not run", "sin hacer"],
  "up-to-date": ["up to date", "al día"],
  exists: ["a file is there", "ya hay un archivo"],
  "not-an-image": ["not an image", "no es una imagen"],
  unsupported: ["a format that cannot be read yet", "un formato que aún no se puede leer"],
  truncated: ["cut off: a part of the file is missing", "cortado: falta una parte del archivo"],
  corrupt: ["damaged", "dañado"],
  "too-large": ["too large", "demasiado grande"],
  unreadable: ["could not be read", "no se pudo leer"],
  vanished: ["gone since", "ya no está"],
  "bad-parameter": ["a parameter does not fit this photo", "un parámetro no sirve para esta foto"],
  "write-failed": ["could not be written", "no se pudo escribir"],
  "out-of-memory": ["out of memory", "sin memoria"],
  crashed: ["the worker crashed on it", "el proceso se cayó con ella"],
  "timed-out": ["took too long", "tardó demasiado"],
  "advice:not-an-image": [
    "Take it out of the folder, or look what it really is.",
    "Sáquelo de la carpeta, o mire qué es en realidad.",
  ],
  "advice:unsupported": [
    "Convert it to JPEG, PNG, WebP or TIFF first.",
    "Conviértalo antes a JPEG, PNG, WebP o TIFF.",
  ],
  "advice:truncated": [
    "Copy it from the card or the backup again, then retry.",
    "Cópielo otra vez de la tarjeta o de la copia, y reintente.",
  ],
  "advice:corrupt": [
    "Copy it from the card or the backup again, then retry.",
    "Cópielo otra vez de la tarjeta o de la copia, y reintente.",
  ],
  "advice:too-large": [
    "Make it smaller first; limits protect the memory of this computer.",
    "Redúzcalo antes; los límites protegen la memoria del equipo.",
  ],
  "advice:unreadable": [
    "Check its permissions and the disk, then retry.",
    "Revise los permisos y el disco, y reintente.",
  ],
  "advice:vanished": ["Put it back, then retry.", "Póngalo de nuevo y reintente."],
  "advice:bad-parameter": ["Change the recipe and start anew.", "Cambie la receta y empiece de nuevo."],
  "advice:write-failed": [
    "Check the folder for the results and the room on its disk, then retry.",
    "Revise la carpeta de resultados y el espacio en disco, y reintente.",
  ],
  "advice:out-of-memory": [
    "Process fewer photos at a time, then retry.",
    "Procese menos fotos a la vez, y reintente.",
  ],
  "advice:crashed": [
    "The other photos are safe. Retry; if it happens again, the file is at fault.",
    "Las demás fotos están a salvo. Reintente; si se repite, el archivo es la causa.",
  ],
  "advice:timed-out": [
    "Allow more seconds per photo, or use a lighter recipe.",
    "Permita más segundos por foto, o use una receta más ligera.",
  ],
  read: ["read", "leer"],
  decode: ["decode", "decodificar"],
  filter: ["filter", "filtrar"],
  encode: ["encode", "codificar"],
  write: ["write", "escribir"],
  wait: ["wait", "esperar"],
  total: ["total", "total"],
  stopped: ["replaced", "relevado"],
  killed: ["killed", "terminado"],
  "timed out": ["timed out", "tiempo agotado"],
  garbled: ["garbled", "ininteligible"],
  "never ready": ["never ready", "nunca listo"],
  true: ["on", "sí"],
  false: ["off", "no"],
  fit: ["fit", "encajar"],
  fill: ["fill", "llenar"],
  pad: ["pad", "rellenar"],
  stretch: ["stretch", "estirar"],
  horizontal: ["horizontal", "horizontal"],
  vertical: ["vertical", "vertical"],
  "top-left": ["top left", "arriba a la izquierda"],
  top: ["top", "arriba"],
  "top-right": ["top right", "arriba a la derecha"],
  left: ["left", "izquierda"],
  center: ["centre", "centro"],
  right: ["right", "derecha"],
  "bottom-left": ["bottom left", "abajo a la izquierda"],
  bottom: ["bottom", "abajo"],
  "bottom-right": ["bottom right", "abajo a la derecha"],
  white: ["white", "blanco"],
  black: ["black", "negro"],
  "of white": ["of white", "del blanco"],
  "of the pixels": ["of the pixels", "de los píxeles"],
  "levels of 255": ["levels of 255", "niveles de 255"],
  "of the way to the corner": ["of the way to the corner", "del camino a la esquina"],
  "° clockwise": ["° clockwise", "° horario"],
  "of the short edge": ["of the short edge", "del lado corto"],
  "of the height": ["of the height", "de la altura"],
});

const LANGUAGE = "supervisor-language";
/** @type {Language} */
let language = "en";
let numbers = new Map();
let plural = new Intl.PluralRules("en");

/** The language chosen earlier, else the first of the browser's that there is. @returns {Language} */
export function chosenLanguage() {
  const chosen = localStorage.getItem(LANGUAGE);
  if (chosen === "en" || chosen === "es") return chosen;
  const known = navigator.languages.map((one) => one.slice(0, 2)).find((one) => one === "en" || one === "es");
  return known === "es" ? "es" : "en";
}

/**
 * @param {Language} to
 * @param {boolean} [keep] whether it is remembered
 */
export function setLanguage(to, keep = false) {
  language = to;
  document.documentElement.lang = to;
  numbers = new Map();
  plural = new Intl.PluralRules(to);
  if (keep) localStorage.setItem(LANGUAGE, to);
}

/**
 * A text in the language chosen.
 * @param {keyof typeof TEXTS} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  /** @type {string} */
  let text = TEXTS[key][language === "es" ? 1 : 0];
  const forms = text.split("|");
  if (forms.length === 2 && typeof values.n === "number")
    text = (plural.select(values.n) === "one" ? forms[0] : forms[1]) ?? text;
  for (const [name, value] of Object.entries(values))
    text = text.replaceAll(`{${name}}`, typeof value === "number" ? number(value) : value);
  return text;
}

/**
 * A word of the protocol in the language chosen.
 * @param {string} name
 */
export function word(name) {
  const known = WORDS[name]?.[language === "es" ? 1 : 0];
  if (known !== undefined) return known;
  if (language === "es")
    return name
      .replace(/^signal (\d+)$/, "señal $1")
      .replace(/^exit code (-?\d+)$/, "código de salida $1")
      .replace(/^[a-z-]+:/, "");
  return name.replace(/^[a-z-]+:/, "");
}

/**
 * Title and help of a filter and its parameters.
 * @param {FilterInfo} info
 */
export function filterTexts(info) {
  /** @param {FilterInfo | Parameter} one */
  const texts = ({ name, summary, spanish }) =>
    language === "es" ? spanish : { title: titled(name), summary };
  const parameters = Object.fromEntries(info.parameters.map((one) => [one.name, texts(one)]));
  return { ...texts(info), parameters };
}

/** @param {string} name `long_edge` */
function titled(name) {
  // `ev`, `x` and `y` are no words.
  return name.length < 3
    ? name.toUpperCase()
    : name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");
}

/**
 * Fills in the texts of a piece of the page: data-t, data-t-label, data-t-hint.
 * @param {ParentNode} root
 */
export function translate(root) {
  /** @param {string} name @param {(element: HTMLElement, text: string) => void} set */
  const each = (name, set) => {
    for (const element of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(`[${name}]`)))
      set(element, t(/** @type {keyof typeof TEXTS} */ (element.getAttribute(name))));
  };
  each("data-t", (element, text) => (element.textContent = text));
  each("data-t-label", (element, text) => element.setAttribute("aria-label", text));
  each("data-t-hint", (element, text) => (element.title = text));
}

/**
 * @param {number} value
 * @param {number} [decimals] exactly so many; else as many as it has, up to three
 */
export function number(value, decimals) {
  let format = numbers.get(decimals);
  if (!format) {
    format = new Intl.NumberFormat(
      language,
      decimals === undefined
        ? { maximumFractionDigits: 3, useGrouping: true }
        : { minimumFractionDigits: decimals, maximumFractionDigits: decimals },
    );
    numbers.set(decimals, format);
  }
  return /** @type {string} */ (format.format(value));
}

/** @param {number} size decimal units, as disks and cameras count */
export function bytes(size) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let value = size;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${number(value, unit === 0 || value >= 100 ? 0 : 1)} ${units[unit]}`;
}

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 1) return milliseconds(1000 * seconds);
  if (seconds < 10) return `${number(seconds, 1)} s`;
  const whole = Math.round(seconds);
  const h = Math.floor(whole / 3600);
  const min = Math.floor((whole % 3600) / 60);
  if (h > 0) return `${number(h)} h ${min} min`;
  return min > 0 ? `${min} min ${whole % 60} s` : `${whole} s`;
}

/** @param {number} ms */
export function milliseconds(ms) {
  return ms < 1000 ? `${number(Math.round(ms))} ms` : `${number(ms / 1000, 1)} s`;
}
