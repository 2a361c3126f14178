//! Light that is too much for one colour of the sensor: it is found by the others.
//!
//! Green ends first, since white balance brightens the others. Where it has ended, red and blue still tell
//! light from more light; green is then taken to lie between them, as it does in every light of the sky, the
//! sun and lamps, and in what they shine on. Cutting off red and blue where green ends makes skies cyan;
//! leaving green as it is makes them magenta. Pulling the colours together as dcraw does (its mode "blend")
//! makes what is partly blown out grey, and its hue is further off than if it were cut off. Where a second
//! colour ends, nothing is known, and all is white. No state.

/// The part of its end from which green begins to be doubted, and that from which it counts for nothing: the
/// makers' levels of white are a little off at times.
const DOUBT: [f32; 2] = [0.92, 0.98];
/// There are no lamps and skies that need more.
const MOST: f32 = 3.0;

/// How much light there is that is known of, where 1 is the end of the colour that ends first: the end of the
/// second. If green is not the first, nothing is known beyond.
pub(super) fn headroom([red, green, blue, _]: [f32; 4]) -> f32 {
    if green <= 1.0 { red.min(blue).clamp(1.0, MOST) } else { 1.0 }
}

/// The green of a pixel of which the colours are balanced and not beyond the headroom.
pub(super) fn green([red, green, blue, _]: [f32; 4]) -> f32 {
    let [begins, ends] = DOUBT;
    let between = (red + blue) * 0.5;
    if green <= begins || between <= green {
        return green;
    }
    let doubt = ((green - begins) / (ends - begins)).min(1.0);
    green + doubt * (between - green)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_where_green_ends_first_there_is_light_beyond() {
        assert_eq!(headroom([2.0, 1.0, 1.6, 1.0]), 1.6);
        assert_eq!(headroom([1.3, 1.0, 2.4, 1.0]), 1.3);
        assert_eq!(headroom([1.0, 1.2, 1.6, 1.2]), 1.0);
        assert_eq!(headroom([9.0, 1.0, 9.0, 1.0]), MOST);
        assert_eq!(headroom([1.0; 4]), 1.0);
    }

    #[test]
    fn green_is_found_where_it_has_ended_and_left_alone_elsewhere() {
        let found = |red, seen, blue| green([red, seen, blue, 0.0]);
        assert_eq!(found(1.3, 1.0, 1.3), 1.3, "white");
        assert!((found(0.9, 1.0, 1.5) - 1.2).abs() < 1e-6, "sky");
        assert_eq!(found(1.2, 1.0, 0.2), 1.0, "less is no answer");
        assert_eq!(found(1.3, 0.9, 1.3), 0.9, "it has not ended");
        let doubted = found(1.3, 0.95, 1.3);
        assert!(0.95 < doubted && doubted < 1.3, "{doubted}");
    }
}
