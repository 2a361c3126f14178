// Every text of the page itself, English and Spanish side by side. Filters bring theirs; words of the
// protocol are in words.js. `{name}` is filled in; "one|many" is chosen by the number `n`.

/** @satisfies {Record<string, [string, string]>} */
export const TEXTS = {
  skip_link: ["Skip to the content", "Saltar al contenido"],
  views: ["Views", "Vistas"],
  prepare: ["Prepare", "Preparar"],
  batches: ["Batches", "Lotes"],
  language: ["Language", "Idioma"],
  theme_switch: ["Switch between light and dark", "Cambiar entre claro y oscuro"],
  reconnecting: ["Reconnecting…", "Reconectando…"],
  connection_lost: ["The connection to supervisor is lost.", "Se perdió la conexión con supervisor."],
  connection_lost_short: [
    "Trying again; batches go on running without this page.",
    "Reintentando; los lotes siguen sin esta página.",
  ],
  connection_lost_long: [
    "Is it still running? If it was restarted, open the address that it printed.",
    "¿Sigue en marcha? Si se reinició, abra la dirección que mostró.",
  ],
  reconnect_now: ["Try now", "Probar ahora"],
  close: ["Close", "Cerrar"],
  cancel: ["Cancel", "Cancelar"],
  message_too_large: [
    "This is too large: at most {limit} can be sent.",
    "Es demasiado grande: se pueden enviar {limit} como máximo.",
  ],
  page_failed: [
    "The page failed at this. Load it again, and please report it.",
    "La página falló en esto. Cárguela de nuevo y, por favor, avísenos.",
  ],
  order_lost: [
    "The connection broke; check whether it was done.",
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
  outputs_of_recipe: [
    "The recipe says what one result of each photo is.|The recipe makes {n} results of each photo; the " +
      "preview shows the first.",
    "La receta dice cómo es el resultado de cada foto.|La receta hace {n} resultados de cada foto; la " +
      "vista previa muestra el primero.",
  ],
  output_unnamed: ["result", "resultado"],
  drop_outputs: ["Make one result instead", "Hacer un solo resultado"],
  saved_recipes: ["Recipes", "Recetas"],
  chain_empty: [
    "No filters yet: photos are only encoded again. Add the first one.",
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
  from_to: ["{from} to {to}", "{from} a {to}"],
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
    "{dir} folder, {stem} name, {ext} ending; also {index:04}, {parent}, {date:%Y-%m-%d}, {time}, " +
      "{camera}, {lens}, {artist}, {title}, {rating}, {width}, {height}, " +
      "and |slug, |lower or |upper after a text.",
    "{dir} carpeta, {stem} nombre, {ext} extensión; también {index:04}, {parent}, {date:%Y-%m-%d}, " +
      "{time}, {camera}, {lens}, {artist}, {title}, {rating}, {width}, {height}, " +
      "y |slug, |lower o |upper tras un texto.",
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
    "{n} file that no run made is where a result must go. Choose another folder or other names.|{n} " +
      "files that no run made are where results must go. Choose another folder or other names.",
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
  will_fail_n: ["{n} not readable", "{n} ilegible|{n} ilegibles"],

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
  show_more: ["Show more ({n} left)", "Mostrar más (queda {n})|Mostrar más (quedan {n})"],

  no_batches: ["Nothing has been started yet.", "Aún no se ha empezado nada."],
  progress: ["Progress", "Progreso"],
  of_total: ["{done} / {total}", "{done} / {total}"],
  done_of: ["{done} of {n} photo|{done} of {n} photos", "{done} de {n} foto|{done} de {n} fotos"],
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
