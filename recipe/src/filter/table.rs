//! The table of filters. To add one: add a row here, and its loop to the worker's `filters/`; the compiler
//! names what else its row asks for. Data only: no state, no thread.

use serde::{Deserialize, Serialize};

use super::choices::{
    Anchor, Balance, CaptionEdge, CropAnchor, EdgeMethod, FlipDirection, Kernel, LightScale, OutputMedium,
    ResizeMode, ScaleOf, TextAlign,
};
use super::geometry::Size;
use super::param::{ParamInfo, ParamKind, Values};
use super::points::CurvePoints;
use super::value::{Aspect, Color, ParamValue, Place, Scalar};
use super::{FilterError, FilterInfo, Framing, Light, Spanish, Storage};
use crate::path::WirePath;
use crate::template::Template;
use crate::words::Word;

/// The longest edge that any format here can hold.
const EDGE: ParamKind = ParamKind::Integer { min: 1, max: 65_535 };
const OFFSET: ParamKind = ParamKind::Integer { min: 0, max: 65_535 };
const UNIT_RANGE: ParamKind = ParamKind::Number { min: 0.0, max: 1.0 };
const FACTOR: ParamKind = ParamKind::Number { min: 0.0, max: 10.0 };
const GAMMA: ParamKind = ParamKind::Number { min: 0.1, max: 10.0 };
const ANGLE: ParamKind = ParamKind::Number { min: -360.0, max: 360.0 };
const BOTH_WAYS: ParamKind = ParamKind::Number { min: -1.0, max: 1.0 };
/// Of the neighbourhood that a local change of tones goes by.
const LOCAL_RADIUS: ParamKind = ParamKind::Number { min: 0.001, max: 0.2 };
const WEIGHT: ParamKind = ParamKind::Number { min: -2.0, max: 2.0 };

filters! { $
    Resize "resize" ["redimensionar"] "resize=1200" Resized, InPlace, Same, checked
        en "Scales the picture; never enlarges unless told."
        es "Redimensionar" "Cambia el tamaño; nunca amplía si no se pide." {
        width: Option<u32> = none, EDGE, "px"
            en "Width of the box."
            es ["ancho"] "Ancho" "Ancho de la caja.";
        height: Option<u32> = none, EDGE, "px"
            en "Height of the box."
            es ["alto"] "Alto" "Alto de la caja.";
        mode: ResizeMode = Fit, ParamKind::Choice(ResizeMode::WORDS), ""
            en "How the picture is made to fit the box: whole inside it (fit), filling it with the rest \
                cut off (fill), whole with white around it (pad), or distorted (stretch)."
            es ["modo"] "Modo" "Cómo se ajusta la foto a la caja: entera dentro (encajar), llenándola y \
                cortando lo que sobra (llenar), entera con blanco alrededor (rellenar) o deformada \
                (estirar).";
        long_edge: Option<u32> = none, EDGE, "px"
            en "Length of the longer edge, instead of a box."
            es ["lado_largo"] "Lado largo" "Longitud del lado largo, en lugar de una caja.";
        short_edge: Option<u32> = none, EDGE, "px"
            en "Length of the shorter edge, instead of a box."
            es ["lado_corto"] "Lado corto" "Longitud del lado corto, en lugar de una caja.";
        enlarge: bool = false, ParamKind::Switch, ""
            en "Whether a smaller picture may grow."
            es ["ampliar"] "Ampliar" "Si una foto menor puede crecer.";
        kernel: Kernel = Lanczos3, ParamKind::Choice(Kernel::WORDS), ""
            en "How pixels are interpolated."
            es ["nucleo"] "Interpolación" "Cómo se interpolan los píxeles.";
        light: LightScale = Gamma, ParamKind::Choice(LightScale::WORDS), ""
            en "Whether values are mixed as they are (gamma), as most programs do, or the light that they \
                stand for (linear), as a lens does."
            es ["luz"] "Luz" "Si se mezclan los valores tal cual (gamma), como casi todos los programas, o \
                la luz que representan (lineal), como una lente.";
        orient: bool = false, ParamKind::Switch, ""
            en "Whether the box turns with the photo: an upright photo gets an upright box."
            es ["orientar"] "Orientar" "Si la caja gira con la foto: una vertical recibe una caja vertical.";
        percent: Option<f32> = none, ParamKind::Number { min: 0.1, max: 1000.0 }, "%"
            en "Share of both edges, instead of a box; above 100 needs enlarge."
            es ["porcentaje"] "Porcentaje" "Parte de ambos lados, en lugar de una caja; más de 100 \
                requiere ampliar.";
        megapixels: Option<f32> = none, ParamKind::Number { min: 0.001, max: 1000.0 }, "MP"
            en "Million pixels of the result, instead of a box."
            es ["megapixeles", "megapíxeles"] "Megapíxeles" "Millones de píxeles del resultado, en lugar \
                de una caja.";
    }
    Blur "blur" ["desenfoque"] "blur=5" Kept, InPlace, Other
        en "Gaussian blur."
        es "Desenfoque" "Desenfoque gaussiano." {
        radius: f32 = 5, ParamKind::Number { min: 0.0, max: 250.0 }, "px"
            en "Standard deviation of the Gaussian."
            es ["radio"] "Radio" "Desviación típica de la gaussiana.";
        light: LightScale = Gamma, ParamKind::Choice(LightScale::WORDS), ""
            en "Whether values are mixed as they are (gamma), or the light that they stand for (linear)."
            es ["luz"] "Luz" "Si se mezclan los valores tal cual (gamma) o la luz que representan (lineal).";
    }
    Edges "edges" ["bordes"] "edges=sobel" Kept, Beside, Other
        en "Finds edges: the gradient of the luma, clipped, in grey."
        es "Bordes" "Encuentra bordes: el gradiente de la luma, recortado, en gris." {
        method: EdgeMethod = Sobel, ParamKind::Choice(EdgeMethod::WORDS), ""
            en "How edges are found."
            es ["metodo"] "Método" "Cómo se encuentran los bordes.";
    }
    Brightness "brightness" ["brillo"] "brightness=1.2" Kept, InPlace, Other
        en "Multiplies each value, clipped."
        es "Brillo" "Multiplica cada valor, con recorte." {
        factor: f32 = 1.2, FACTOR, "×"
            en "1 changes nothing, 0 is black."
            es ["factor"] "Factor" "1 no cambia nada, 0 es negro.";
    }
    Contrast "contrast" ["contraste"] "contrast=1.2" Kept, InPlace, Other
        en "Moves each value away from mid-grey, clipped."
        es "Contraste" "Aleja cada valor del gris medio, con recorte." {
        factor: f32 = 1.2, FACTOR, "×"
            en "1 changes nothing, 0 is mid-grey."
            es ["factor"] "Factor" "1 no cambia nada, 0 es gris medio.";
    }
    Sepia "sepia" [] "sepia=0.8" Kept, Beside, Other
        en "Sepia tone."
        es "Sepia" "Tono sepia." {
        strength: f32 = 1, UNIT_RANGE, ""
            en "0 changes nothing, 1 is the whole effect."
            es ["intensidad", "fuerza"] "Intensidad" "0 no cambia nada, 1 es el efecto entero.";
    }
    Posterize "posterize" ["posterizar"] "posterize=4" Kept, InPlace, Other
        en "Keeps only the top bits of each channel."
        es "Posterizar" "Conserva solo los bits altos de cada canal." {
        bits: u32 = 4, ParamKind::Integer { min: 1, max: 8 }, "bits"
            en "Bits kept."
            es [] "Bits" "Bits que se conservan.";
    }
    Grayscale "grayscale" ["gris", "greyscale", "escala_de_grises"] "grayscale" Kept, Beside, Other
        en "Makes the picture grey: Rec. 601 luma."
        es "Escala de grises" "Pone la foto en gris: luma Rec. 601." {}
    Invert "invert" ["invertir", "negativo"] "invert" Kept, InPlace, Other
        en "Turns the picture into its negative."
        es "Negativo" "Convierte la foto en su negativo." {}
    Solarize "solarize" ["solarizar"] "solarize=0.5" Kept, InPlace, Other
        en "Inverts what is at least as bright as a threshold."
        es "Solarizar" "Invierte lo que alcanza un umbral de luz." {
        threshold: f32 = 0.5, UNIT_RANGE, "of white"
            en "Values from here on are inverted."
            es ["umbral"] "Umbral" "Se invierten los valores desde aquí.";
    }
    Threshold "threshold" ["umbral"] "threshold=0.5" Kept, Beside, Other
        en "Black and white: white where the luma reaches a level."
        es "Umbral" "Blanco y negro: blanco donde la luma alcanza un nivel." {
        level: f32 = 0.5, UNIT_RANGE, "of white"
            en "Luma from here on becomes white."
            es ["nivel", "umbral"] "Nivel" "La luma desde aquí se vuelve blanca.";
    }
    Gamma "gamma" ["gama"] "gamma=1.4" Kept, InPlace, Other
        en "Raises each value to the power of 1/gamma."
        es "Gamma" "Eleva cada valor a la potencia 1/gamma." {
        gamma: f32 = 1.2, GAMMA, ""
            en "Above 1 brightens the middle, below 1 darkens it."
            es ["gama"] "Gamma" "Más de 1 aclara los medios, menos de 1 los oscurece.";
    }
    Exposure "exposure" ["exposicion", "exposición"] "exposure=0.7" Kept, InPlace, Other
        en "Multiplies the light as a longer exposure does."
        es "Exposición" "Multiplica la luz como lo hace una exposición más larga." {
        ev: f32 = 1, ParamKind::Number { min: -10.0, max: 10.0 }, "EV"
            en "Stops: 1 doubles the light, -1 halves it."
            es [] "EV" "Pasos: 1 dobla la luz, -1 la reduce a la mitad.";
    }
    Levels "levels" ["niveles"] "levels:black=0.05,white=0.95" Kept, InPlace, Other, checked
        en "Moves black and white, and the middle by a gamma."
        es "Niveles" "Mueve el negro y el blanco, y los medios con una gamma." {
        black: f32 = 0, UNIT_RANGE, "of white"
            en "What becomes black."
            es ["negro"] "Negro" "Lo que se vuelve negro.";
        white: f32 = 1, UNIT_RANGE, "of white"
            en "What becomes white."
            es ["blanco"] "Blanco" "Lo que se vuelve blanco.";
        gamma: f32 = 1, GAMMA, ""
            en "Above 1 brightens the middle."
            es ["gama"] "Gamma" "Más de 1 aclara los medios.";
        out_black: f32 = 0, UNIT_RANGE, "of white"
            en "What black becomes."
            es ["negro_salida"] "Negro de salida" "En qué se convierte el negro.";
        out_white: f32 = 1, UNIT_RANGE, "of white"
            en "What white becomes."
            es ["blanco_salida"] "Blanco de salida" "En qué se convierte el blanco.";
    }
    Autolevels "autolevels" ["autoniveles"] "autolevels=0.01" Kept, Beside, Other
        en "Stretches the tones of a picture to the whole range."
        es "Niveles automáticos" "Estira los tonos de la foto a todo el rango." {
        clip: f32 = 0.005, ParamKind::Number { min: 0.0, max: 0.49 }, "of the pixels"
            en "Share at each end that may become black or white."
            es ["recorte"] "Recorte" "Parte de cada extremo que puede volverse negra o blanca.";
        each: bool = false, ParamKind::Switch, ""
            en "Whether each channel is stretched by itself, which takes a colour cast away."
            es ["por_canal"] "Por canal" "Si cada canal se estira por sí mismo, lo que quita una dominante.";
    }
    Saturation "saturation" ["saturacion", "saturación"] "saturation=1.3" Kept, Beside, Other
        en "Moves colours away from grey or towards it."
        es "Saturación" "Aleja los colores del gris o los acerca." {
        factor: f32 = 1.2, FACTOR, "×"
            en "1 changes nothing, 0 is grey."
            es ["factor"] "Factor" "1 no cambia nada, 0 es gris.";
    }
    Hue "hue" ["tono"] "hue=30" Kept, Beside, Other
        en "Turns all colours around the colour wheel; the luma stays."
        es "Tono" "Gira todos los colores en el círculo cromático; la luma queda." {
        angle: f32 = 30, ANGLE, "°"
            en "Red turns to yellow, then to green."
            es ["angulo", "ángulo"] "Ángulo" "El rojo pasa a amarillo, luego a verde.";
    }
    Temperature "temperature" ["temperatura"] "temperature=7500" Kept, Beside, Other
        en "White balance between blue and amber."
        es "Temperatura" "Balance de blancos entre azul y ámbar." {
        kelvin: f32 = 7500, ParamKind::Number { min: 2000.0, max: 25000.0 }, "K"
            en "The colour of light that a photo is taken to have: above 6500 makes it warmer, below colder."
            es [] "Kelvin" "La luz que se supone en la foto: más de 6500 la hace cálida, menos fría.";
    }
    Tint "tint" ["matiz", "tinte"] "tint=0.2" Kept, Beside, Other
        en "White balance between green and magenta."
        es "Matiz" "Balance de blancos entre verde y magenta." {
        amount: f32 = 0.2, ParamKind::Number { min: -1.0, max: 1.0 }, ""
            en "Above 0 is magenta, below green."
            es ["cantidad", "intensidad"] "Cantidad" "Más de 0 es magenta, menos verde.";
    }
    Lut "lut" ["tabla_de_color"] "lut=look.cube" Kept, Beside, Other, checked
        en "Applies a colour look-up table in a .cube file."
        es "Tabla de color" "Aplica una tabla de color de un archivo .cube." {
        file: Option<WirePath> = none, ParamKind::File, ""
            en "The .cube file, 1D or 3D."
            es ["archivo"] "Archivo" "El archivo .cube, 1D o 3D.";
        strength: f32 = 1, UNIT_RANGE, ""
            en "0 changes nothing, 1 is the whole effect."
            es ["intensidad", "fuerza"] "Intensidad" "0 no cambia nada, 1 es el efecto entero.";
    }
    Curves "curves" ["curvas"] "curves=0:0 0.25:0.2 0.75:0.8 1:1" Kept, Beside, Other, checked
        en "Bends the tones by a smooth curve through points."
        es "Curvas" "Dobla los tonos con una curva suave que pasa por unos puntos." {
        points: Option<CurvePoints> = none, ParamKind::Points, ""
            en "IN:OUT of the values, 0 is black and 1 white: for all channels, after their own."
            es ["puntos"] "Puntos" "ENTRA:SALE de los valores, 0 es negro y 1 blanco: para todos los \
                canales, después de los suyos.";
        red: Option<CurvePoints> = none, ParamKind::Points, ""
            en "For red alone."
            es ["rojo"] "Rojo" "Solo para el rojo.";
        green: Option<CurvePoints> = none, ParamKind::Points, ""
            en "For green alone."
            es ["verde"] "Verde" "Solo para el verde.";
        blue: Option<CurvePoints> = none, ParamKind::Points, ""
            en "For blue alone."
            es ["azul"] "Azul" "Solo para el azul.";
    }
    ShadowsHighlights "shadows_highlights" ["sombras_luces"] "shadows_highlights:shadows=0.5,highlights=0.3"
        Kept, Beside, Other
        en "Lightens shadows and darkens highlights, and keeps the detail in both."
        es "Sombras y luces" "Aclara las sombras y oscurece las luces, y conserva el detalle de ambas." {
        shadows: f32 = 0.3, BOTH_WAYS, ""
            en "How much shadows are lightened; below 0 they are darkened."
            es ["sombras"] "Sombras" "Cuánto se aclaran las sombras; menos de 0 las oscurece.";
        highlights: f32 = 0, BOTH_WAYS, ""
            en "How much highlights are darkened; below 0 they are lightened."
            es ["luces"] "Luces" "Cuánto se oscurecen las luces; menos de 0 las aclara.";
        radius: f32 = 0.02, LOCAL_RADIUS, "of the short edge"
            en "How far around a pixel decides whether it lies in the shadows."
            es ["radio"] "Radio" "Hasta dónde alrededor de un píxel se decide si está en sombra.";
    }
    Clarity "clarity" ["claridad"] "clarity=0.4" Kept, Beside, Other
        en "Strengthens the contrast of the middle tones from place to place."
        es "Claridad" "Refuerza el contraste local de los tonos medios." {
        amount: f32 = 0.3, BOTH_WAYS, ""
            en "Below 0 makes it softer."
            es ["cantidad", "intensidad"] "Cantidad" "Menos de 0 lo suaviza.";
        radius: f32 = 0.02, LOCAL_RADIUS, "of the short edge"
            en "Size of the places."
            es ["radio"] "Radio" "Tamaño de las zonas.";
    }
    Vibrance "vibrance" ["intensidad_color", "viveza"] "vibrance=0.4" Kept, InPlace, Other
        en "Strengthens pale colours more than vivid ones."
        es "Viveza" "Refuerza los colores pálidos más que los vivos." {
        amount: f32 = 0.4, BOTH_WAYS, ""
            en "Below 0 takes colour away."
            es ["cantidad", "intensidad"] "Cantidad" "Menos de 0 quita color.";
    }
    WhiteBalance "whitebalance" ["balance_blancos", "white_balance"] "whitebalance=auto"
        Kept, InPlace, Other, checked
        en "Takes a colour cast away."
        es "Balance de blancos" "Quita una dominante de color." {
        method: Balance = Auto, ParamKind::Choice(Balance::WORDS), ""
            en "By the mean of the photo, which is taken to be grey (auto), or by a place in it that is \
                (point)."
            es ["metodo", "método"] "Método" "Por la media de la foto, que se supone gris (auto), o por un \
                lugar que lo es (punto).";
        x: Option<f32> = none, UNIT_RANGE, "of the width"
            en "The place, from the left."
            es [] "X" "El lugar, desde la izquierda.";
        y: Option<f32> = none, UNIT_RANGE, "of the height"
            en "The place, from the top."
            es [] "Y" "El lugar, desde arriba.";
        strength: f32 = 1, UNIT_RANGE, ""
            en "0 changes nothing, 1 takes the whole cast away."
            es ["intensidad", "fuerza"] "Intensidad" "0 no cambia nada, 1 quita toda la dominante.";
    }
    Match "match" ["igualar"] "match=reference.jpg" Kept, InPlace, Other, checked
        en "Brings a photo to the exposure and the white of a reference photo."
        es "Igualar" "Lleva la foto a la exposición y al blanco de una foto de referencia." {
        file: Option<WirePath> = none, ParamKind::File, ""
            en "The reference photo."
            es ["archivo"] "Archivo" "La foto de referencia.";
        strength: f32 = 1, UNIT_RANGE, ""
            en "0 changes nothing, 1 is the whole effect."
            es ["intensidad", "fuerza"] "Intensidad" "0 no cambia nada, 1 es el efecto entero.";
    }
    Monochrome "monochrome" ["monocromo", "blanco_y_negro"] "monochrome:red=0.6,green=0.3,blue=0.1"
        Kept, Beside, Other, checked
        en "Makes the picture grey, as film behind a coloured filter does."
        es "Monocromo" "Pone la foto en gris, como una película tras un filtro de color." {
        red: f32 = 0.299, WEIGHT, ""
            en "Weight of red. Only the proportions of the three count."
            es ["rojo"] "Rojo" "Peso del rojo. Solo cuentan las proporciones de los tres.";
        green: f32 = 0.587, WEIGHT, ""
            en "Weight of green."
            es ["verde"] "Verde" "Peso del verde.";
        blue: f32 = 0.114, WEIGHT, ""
            en "Weight of blue."
            es ["azul"] "Azul" "Peso del azul.";
    }
    Duotone "duotone" ["duotono", "bitono"] "duotone:shadows=#12204a,highlights=#fff4d6" Kept, Beside, Other
        en "Makes a picture of two colours, one for dark and one for light."
        es "Duotono" "Hace una foto de dos colores, uno para lo oscuro y otro para lo claro." {
        shadows: Color = NAVY, ParamKind::Color, ""
            en "What black becomes."
            es ["sombras"] "Sombras" "En qué se convierte el negro.";
        highlights: Color = WHITE, ParamKind::Color, ""
            en "What white becomes."
            es ["luces"] "Luces" "En qué se convierte el blanco.";
    }
    Sharpen "sharpen" ["enfocar", "nitidez"] "sharpen:amount=1,radius=1.5" Kept, Beside, Same, checked
        en "Sharpens by an unsharp mask."
        es "Enfocar" "Enfoca con una máscara de desenfoque." {
        amount: f32 = 1, FACTOR, "×"
            en "How much of the difference from the blurred picture is added."
            es ["cantidad", "intensidad"] "Cantidad" "Cuánto se añade de la diferencia \
                con la foto desenfocada.";
        radius: f32 = 1, ParamKind::Number { min: 0.1, max: 250.0 }, "px"
            en "Standard deviation of the blur."
            es ["radio"] "Radio" "Desviación típica del desenfoque.";
        threshold: f32 = 0, ParamKind::Number { min: 0.0, max: 255.0 }, "levels of 255"
            en "Smaller differences are left alone."
            es ["umbral"] "Umbral" "Las diferencias menores se dejan como están.";
        medium: Option<OutputMedium> = none, ParamKind::Choice(OutputMedium::WORDS), ""
            en "What the result is looked at on, instead of the numbers: a screen, or paper, whose ink \
                spreads. For after the last resize."
            es ["medio"] "Medio" "En qué se verá el resultado, en lugar de los números: una pantalla o \
                papel, cuya tinta se extiende. Para después del último cambio de tamaño.";
    }
    Denoise "denoise" ["reducir_ruido"] "denoise:luma=0.3,chroma=0.8" Kept, InPlace, Other
        en "Takes noise out, as strong as it is in the photo; colours and lightness apart."
        es "Reducir ruido" "Quita el ruido según su fuerza en la foto; color y luminosidad por separado." {
        luma: f32 = 0.3, UNIT_RANGE, ""
            en "How much of the noise in the lightness goes; fine detail goes with it."
            es ["luminosidad"] "Luminosidad" "Cuánto ruido se quita de la luminosidad, y con él detalle.";
        chroma: f32 = 0.7, UNIT_RANGE, ""
            en "How much of the noise in the colours goes."
            es ["color"] "Color" "Cuánto ruido se quita de los colores.";
    }
    Median "median" ["mediana"] "median=2" Kept, Beside, Other
        en "Replaces each value by the median around it: takes specks away, keeps edges."
        es "Mediana" "Cada valor pasa a ser la mediana de su entorno: quita motas, conserva bordes." {
        radius: u32 = 1, ParamKind::Integer { min: 1, max: 50 }, "px"
            en "The window is 2 × radius + 1 pixels wide and high."
            es ["radio"] "Radio" "La ventana mide 2 × radio + 1 píxeles.";
    }
    Emboss "emboss" ["relieve"] "emboss:angle=135" Kept, Beside, Other
        en "Makes a grey relief, lit from one side."
        es "Relieve" "Hace un relieve gris, iluminado de lado." {
        angle: f32 = 135, ANGLE, "°"
            en "Where the light comes from, counter-clockwise from the right."
            es ["angulo", "ángulo"] "Ángulo" "De dónde viene la luz, en sentido antihorario \
                desde la derecha.";
        strength: f32 = 1, FACTOR, "×"
            en "Height of the relief."
            es ["intensidad", "fuerza"] "Intensidad" "Altura del relieve.";
    }
    Vignette "vignette" ["vineta", "viñeta", "viñeteado"] "vignette=0.6" Kept, InPlace, Other
        en "Darkens the corners."
        es "Viñeta" "Oscurece las esquinas." {
        strength: f32 = 0.5, UNIT_RANGE, ""
            en "0 changes nothing, 1 makes the corners black."
            es ["intensidad", "fuerza"] "Intensidad" "0 no cambia nada, 1 deja negras las esquinas.";
        start: f32 = 0.4, ParamKind::Number { min: 0.0, max: 0.99 }, "of the way to the corner"
            en "Where it begins."
            es ["inicio"] "Comienzo" "Dónde empieza.";
    }
    Pixelate "pixelate" ["pixelar"] "pixelate=16" Kept, InPlace, Other
        en "Makes squares of one colour, their average."
        es "Pixelar" "Hace cuadrados de un color, su media." {
        size: u32 = 10, EDGE, "px"
            en "Edge of a square."
            es ["tamano", "tamaño"] "Tamaño" "Lado de un cuadrado.";
    }
    Crop "crop" ["recortar"] "crop=16:9" Resized, InPlace, Same, checked
        en "Cuts out a part: proportions, a size, or a rectangle."
        es "Recortar" "Corta una parte: proporciones, un tamaño o un rectángulo." {
        aspect: Option<Aspect> = none, ParamKind::Aspect, ""
            en "Proportions of the largest part that has them."
            es ["aspecto", "proporcion"] "Proporción" "Proporciones de la mayor parte que las tenga.";
        width: Option<u32> = none, EDGE, "px"
            en "Width of the part."
            es ["ancho"] "Ancho" "Ancho de la parte.";
        height: Option<u32> = none, EDGE, "px"
            en "Height of the part."
            es ["alto"] "Alto" "Alto de la parte.";
        x: Option<u32> = none, OFFSET, "px"
            en "Its distance from the left, instead of the anchor."
            es [] "X" "Su distancia desde la izquierda, en lugar del ancla.";
        y: Option<u32> = none, OFFSET, "px"
            en "Its distance from the top, instead of the anchor."
            es [] "Y" "Su distancia desde arriba, en lugar del ancla.";
        anchor: CropAnchor = Center, ParamKind::Choice(CropAnchor::WORDS), ""
            en "Which part is kept; smart looks for what draws the eye: edges, vivid colours, skin."
            es ["posicion", "posición"] "Ancla" "Qué parte se conserva; smart busca lo que atrae la vista: \
                bordes, colores vivos, piel.";
        orient: bool = false, ParamKind::Switch, ""
            en "Whether proportions and size turn with the photo: 3:2 becomes 2:3 of an upright one."
            es ["orientar"] "Orientar" "Si proporción y tamaño giran con la foto: 3:2 pasa a 2:3 en una \
                vertical.";
    }
    Rotate "rotate" ["rotar", "girar"] "rotate=90" Resized, Beside, Same
        en "Turns the picture; whole quarters exactly, the canvas grows to hold the corners."
        es "Girar" "Gira la foto; los cuartos son exactos, el lienzo crece para las esquinas." {
        angle: f32 = 90, ANGLE, "° clockwise"
            en "How far."
            es ["angulo", "ángulo"] "Ángulo" "Cuánto.";
        color: Color = WHITE, ParamKind::Color, ""
            en "What fills the corners; where a picture has transparency they are transparent."
            es [] "Color" "Lo que llena las esquinas; si la foto tiene transparencia, son transparentes.";
        light: LightScale = Gamma, ParamKind::Choice(LightScale::WORDS), ""
            en "Whether values are mixed as they are (gamma), or the light that they stand for (linear)."
            es ["luz"] "Luz" "Si se mezclan los valores tal cual (gamma) o la luz que representan (lineal).";
    }
    Straighten "straighten" ["enderezar"] "straighten=1.5" Resized, Beside, Same
        en "Turns a tilted picture and cuts off the corners; keeps its proportions."
        es "Enderezar" "Gira una foto inclinada y corta las esquinas; conserva la proporción." {
        angle: f32 = 0, ParamKind::Number { min: -45.0, max: 45.0 }, "° clockwise"
            en "How far."
            es ["angulo", "ángulo"] "Ángulo" "Cuánto.";
    }
    Perspective "perspective" ["perspectiva"] "perspective:top_left=0.1:0,top_right=0.9:0"
        Resized, Beside, Other, checked
        en "Makes four places the corners of the picture: what leans stands upright."
        es "Perspectiva" "Hace de cuatro puntos las esquinas de la foto: lo que se inclina queda recto." {
        top_left: Place = TOP_LEFT, ParamKind::Place, ""
            en "What becomes the corner at the top left."
            es ["arriba_izquierda"] "Arriba a la izquierda" "Lo que será la esquina superior izquierda.";
        top_right: Place = TOP_RIGHT, ParamKind::Place, ""
            en "At the top right."
            es ["arriba_derecha"] "Arriba a la derecha" "La superior derecha.";
        bottom_right: Place = BOTTOM_RIGHT, ParamKind::Place, ""
            en "At the bottom right."
            es ["abajo_derecha"] "Abajo a la derecha" "La inferior derecha.";
        bottom_left: Place = BOTTOM_LEFT, ParamKind::Place, ""
            en "At the bottom left."
            es ["abajo_izquierda"] "Abajo a la izquierda" "La inferior izquierda.";
    }
    Trim "trim" ["recortar_bordes"] "trim=0.04" Resized, InPlace, Same
        en "Cuts off borders of one colour, as scans have them."
        es "Recortar bordes" "Corta los bordes de un solo color, como los de un escáner." {
        tolerance: f32 = 0.04, UNIT_RANGE, "of white"
            en "By how much a border may differ from its colour."
            es ["tolerancia"] "Tolerancia" "Cuánto puede diferir un borde de su color.";
        color: Option<Color> = none, ParamKind::Color, ""
            en "Colour of the border; without it that of the pixel at the top left."
            es [] "Color" "Color del borde; sin él, el del píxel superior izquierdo.";
    }
    Round "round" ["redondear"] "round=0.08" Kept, Beside, Other
        en "Rounds the corners."
        es "Redondear" "Redondea las esquinas." {
        radius: f32 = 0.05, ParamKind::Number { min: 0.0, max: 0.5 }, "of the short edge"
            en "Radius of the corners."
            es ["radio"] "Radio" "Radio de las esquinas.";
        color: Option<Color> = none, ParamKind::Color, ""
            en "What is left of the corners; without it they are transparent."
            es [] "Color" "Lo que queda de las esquinas; sin él, son transparentes.";
    }
    Flip "flip" ["voltear", "espejo"] "flip=horizontal" Moved, InPlace, Same
        en "Mirrors the picture."
        es "Voltear" "Refleja la foto." {
        direction: FlipDirection = Horizontal, ParamKind::Choice(FlipDirection::WORDS), ""
            en "Which way."
            es ["direccion", "dirección"] "Dirección" "En qué sentido.";
    }
    Pad "pad" ["rellenar"] "pad:aspect=1:1,color=black" Resized, Beside, Same, checked
        en "Enlarges the canvas to proportions or a size; never cuts."
        es "Ampliar lienzo" "Amplía el lienzo a unas proporciones o un tamaño; nunca corta." {
        aspect: Option<Aspect> = none, ParamKind::Aspect, ""
            en "Proportions of the smallest canvas that holds the picture."
            es ["aspecto", "proporcion"] "Proporción" "Proporciones del menor lienzo en que cabe la foto.";
        width: Option<u32> = none, EDGE, "px"
            en "Width of the canvas, if the picture is not wider."
            es ["ancho"] "Ancho" "Ancho del lienzo, si la foto no es más ancha.";
        height: Option<u32> = none, EDGE, "px"
            en "Height of the canvas, if the picture is not higher."
            es ["alto"] "Alto" "Alto del lienzo, si la foto no es más alta.";
        anchor: Anchor = Center, ParamKind::Choice(Anchor::WORDS), ""
            en "Where the picture stands on it."
            es ["posicion", "posición"] "Ancla" "Dónde queda la foto.";
        color: Color = WHITE, ParamKind::Color, ""
            en "Colour of the canvas."
            es [] "Color" "Color del lienzo.";
    }
    Border "border" ["marco"] "border:width=20,color=black" Resized, Beside, Same
        en "Puts a border around the picture."
        es "Marco" "Pone un marco alrededor de la foto." {
        width: u32 = 10, EDGE, "px"
            en "Width on each side."
            es ["ancho"] "Ancho" "Ancho en cada lado.";
        color: Color = WHITE, ParamKind::Color, ""
            en "Its colour."
            es [] "Color" "Su color.";
    }
    Frame "frame" ["paspartu", "passepartout"] "frame:width=0.08,bottom=0.1" Resized, Beside, Same
        en "Puts a mat around the picture, with a thin line between the two."
        es "Paspartú" "Pone un paspartú alrededor de la foto, con una línea fina entre ambos." {
        width: f32 = 0.06, UNIT_RANGE, "of the short edge"
            en "Width of the mat on each side."
            es ["ancho"] "Ancho" "Ancho del paspartú en cada lado.";
        color: Color = WHITE, ParamKind::Color, ""
            en "Colour of the mat."
            es [] "Color" "Color del paspartú.";
        line: f32 = 0.002, ParamKind::Number { min: 0.0, max: 0.2 }, "of the short edge"
            en "Width of the line; 0 is none."
            es ["linea", "línea"] "Línea" "Ancho de la línea; 0 es ninguna.";
        line_color: Color = BLACK, ParamKind::Color, ""
            en "Colour of the line."
            es ["color_linea", "color_línea"] "Color de la línea" "Color de la línea.";
        bottom: f32 = 0, UNIT_RANGE, "of the short edge"
            en "How much wider the mat is at the bottom, as of an instant photo."
            es ["abajo"] "Abajo" "Cuánto más ancho es abajo, como en una foto instantánea.";
    }
    Watermark "watermark" ["marca_agua"] "watermark:text=© Estudio,opacity=0.5" Kept, InPlace, Same, checked
        en "Puts a text or an image on the picture."
        es "Marca de agua" "Pone un texto o una imagen sobre la foto." {
        text: Option<Template> = none, ParamKind::Text(200), ""
            en "The text. Tokens in it, such as {date:%Y} or {artist}, stand for what the photo says; a line \
                ends at \\n."
            es ["texto"] "Texto" "El texto. Los campos entre llaves, como {date:%Y} o {artist}, son lo que \
                dice la foto; una línea acaba en \\n.";
        image: Option<WirePath> = none, ParamKind::File, ""
            en "The image, with its transparency: any photo format, or SVG whose text has been made paths."
            es ["imagen"] "Imagen" "La imagen, con su transparencia: cualquier formato de foto, o SVG con el \
                texto convertido en trazados.";
        opacity: f32 = 0.5, UNIT_RANGE, ""
            en "0 is invisible, 1 is opaque."
            es ["opacidad"] "Opacidad" "0 es invisible, 1 es opaco.";
        anchor: Anchor = BottomRight, ParamKind::Choice(Anchor::WORDS), ""
            en "Where it stands."
            es ["posicion", "posición"] "Ancla" "Dónde está.";
        x: Option<u32> = none, OFFSET, "px"
            en "Its distance from the left, instead of the anchor."
            es [] "X" "Su distancia desde la izquierda, en lugar del ancla.";
        y: Option<u32> = none, OFFSET, "px"
            en "Its distance from the top, instead of the anchor."
            es [] "Y" "Su distancia desde arriba, en lugar del ancla.";
        scale: f32 = 0.05, ParamKind::Number { min: 0.001, max: 1.0 }, ""
            en "Height of a line of the text, or of the image, as a share of the edge that of names; with \
                of=width the width of it all. Less where it would be wider than the picture between its \
                margins, or higher than the picture."
            es ["escala"] "Escala" "Altura de una línea del texto o de la imagen, como parte del lado que \
                dice of; con of=width, el ancho de todo. Menos si, entre los márgenes, fuera más ancho \
                que la foto, o más alto que ella.";
        margin: f32 = 0.03, ParamKind::Number { min: 0.0, max: 0.5 }, "of the short edge"
            en "Distance from the border."
            es ["margen"] "Margen" "Distancia del borde.";
        tile: bool = false, ParamKind::Switch, ""
            en "Whether it is repeated all over the picture."
            es ["mosaico"] "Repetir" "Si se repite por toda la foto.";
        angle: f32 = 0, ANGLE, "°"
            en "Rotation, counter-clockwise."
            es ["angulo", "ángulo"] "Ángulo" "Giro, en sentido antihorario.";
        color: Color = WHITE, ParamKind::Color, ""
            en "Colour of the text."
            es [] "Color" "Color del texto.";
        font: Option<WirePath> = none, ParamKind::File, ""
            en "A TrueType or OpenType font; without it DejaVu Sans. Letters that it lacks are taken \
                from the fonts of the machine."
            es ["fuente"] "Fuente" "Una fuente TrueType u OpenType; sin ella, DejaVu Sans. Las letras que le \
                faltan se toman de las fuentes del equipo.";
        outline: f32 = 0, ParamKind::Number { min: 0.0, max: 0.5 }, "of the height"
            en "Width of a line around the letters."
            es ["contorno"] "Contorno" "Ancho de una línea alrededor de las letras.";
        outline_color: Color = BLACK, ParamKind::Color, ""
            en "Its colour."
            es ["color_contorno"] "Color del contorno" "Su color.";
        shadow: f32 = 0, ParamKind::Number { min: 0.0, max: 0.5 }, "of the height"
            en "Distance of a soft black shadow, down and to the right."
            es ["sombra"] "Sombra" "Distancia de una sombra negra suave, abajo a la derecha.";
        of: ScaleOf = Short, ParamKind::Choice(ScaleOf::WORDS), ""
            en "What scale is a share of: the short edge, the width or the height."
            es ["escala_de"] "Escala de" "De qué es parte la escala: del lado corto, del ancho o del alto.";
        offset_x: f32 = 0, BOTH_WAYS, "of the short edge"
            en "Moves it to the right of where the anchor puts it; below 0 to the left."
            es ["desplazamiento_x"] "Desplazamiento X" "Lo mueve a la derecha desde el ancla; menos de 0, a \
                la izquierda.";
        offset_y: f32 = 0, BOTH_WAYS, "of the short edge"
            en "Moves it down from where the anchor puts it; below 0 up."
            es ["desplazamiento_y"] "Desplazamiento Y" "Lo mueve hacia abajo desde el ancla; menos de 0, \
                hacia arriba.";
        align: Option<TextAlign> = none, ParamKind::Choice(TextAlign::WORDS), ""
            en "How several lines stand; without it on the anchor's side."
            es ["alineacion", "alineación"] "Alineación" "Cómo quedan varias líneas; sin ella, del lado del \
                ancla.";
        box_color: Option<Color> = none, ParamKind::Color, ""
            en "Colour of a box behind the text; without it there is none."
            es ["color_caja"] "Color de la caja" "Color de una caja tras el texto; sin él no la hay.";
        box_opacity: f32 = 0.5, UNIT_RANGE, ""
            en "Opacity of the box, whatever that of the text."
            es ["opacidad_caja"] "Opacidad de la caja" "Opacidad de la caja, sea cual sea la del texto.";
        box_padding: f32 = 0.3, ParamKind::Number { min: 0.0, max: 5.0 }, "of the height"
            en "Room between the letters and the edge of the box, as a share of a line's height."
            es ["relleno_caja"] "Relleno de la caja" "Espacio entre las letras y el borde de la caja, como \
                parte de la altura de una línea.";
        adapt: bool = false, ParamKind::Switch, ""
            en "Whether the text becomes black where the photo is bright under it and white where it is \
                dark, and its outline the other."
            es ["adaptar"] "Adaptar" "Si el texto se vuelve negro donde la foto es clara y blanco donde es \
                oscura, y su contorno al revés.";
        image_dark: Option<WirePath> = none, ParamKind::File, ""
            en "The image to take instead where the photo is bright under it."
            es ["imagen_oscura"] "Imagen oscura" "La imagen que se toma donde la foto es clara.";
    }
    Caption "caption" ["pie_de_foto", "leyenda"] "caption:text={stem},height=0.08"
        Resized, Beside, Same, checked
        en "Adds a strip with a text to the picture, as proof prints have it."
        es "Pie de foto" "Añade a la foto una franja con un texto, como en las copias de prueba." {
        text: Option<Template> = none, ParamKind::Text(200), ""
            en "The text. Tokens in it, such as {stem} or {date:%Y}, stand for what the photo says; a line \
                ends at \\n."
            es ["texto"] "Texto" "El texto. Los campos entre llaves, como {stem} o {date:%Y}, son lo que \
                dice la foto; una línea acaba en \\n.";
        height: f32 = 0.08, ParamKind::Number { min: 0.01, max: 1.0 }, "of the short edge"
            en "Height of the strip."
            es ["alto"] "Alto" "Alto de la franja.";
        edge: CaptionEdge = Bottom, ParamKind::Choice(CaptionEdge::WORDS), ""
            en "Where the strip is."
            es ["lado"] "Lado" "Dónde está la franja.";
        color: Color = BLACK, ParamKind::Color, ""
            en "Colour of the text."
            es [] "Color" "Color del texto.";
        background: Color = WHITE, ParamKind::Color, ""
            en "Colour of the strip."
            es ["fondo"] "Fondo" "Color de la franja.";
        align: TextAlign = Center, ParamKind::Choice(TextAlign::WORDS), ""
            en "Where the text stands."
            es ["alineacion", "alineación"] "Alineación" "Dónde está el texto.";
        font: Option<WirePath> = none, ParamKind::File, ""
            en "A TrueType or OpenType font, as of a watermark."
            es ["fuente"] "Fuente" "Una fuente TrueType u OpenType, como en la marca de agua.";
    }
}
