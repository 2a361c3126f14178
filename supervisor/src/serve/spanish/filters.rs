//! The filter table in Spanish: the list of filters, and what their parameters are called. Pure.

use recipe::filter::{FILTERS, FilterInfo, ParamInfo, ParamKind};
use serde::Serialize;

/// Every filter.
pub(super) fn filters() -> Vec<Filtro> {
    FILTERS.iter().map(Filtro::of).collect()
}

/// The English name of a filter's parameter.
pub(super) fn parameter(info: &FilterInfo, key: &str) -> Result<&'static str, String> {
    let wanted = key.trim().to_lowercase();
    let means = |param: &&ParamInfo| param.name == wanted || param.spanish_names.contains(&wanted.as_str());
    let found = info.params.iter().find(means).map(|param| param.name);
    found.ok_or_else(|| {
        let names: Vec<&str> = info.params.iter().map(in_spanish).collect();
        let names = if names.is_empty() { "ninguno".to_owned() } else { names.join(", ") };
        format!("{}: no existe el parámetro {key:?}; tiene: {names}", info.name)
    })
}

/// The Spanish name of a parameter; some have none of their own.
fn in_spanish(param: &ParamInfo) -> &'static str {
    param.spanish_names.first().copied().unwrap_or(param.name)
}

/// A filter of the table.
#[derive(Debug, Serialize)]
pub(super) struct Filtro {
    nombre: &'static str,
    alias: &'static [&'static str],
    descripcion: &'static str,
    ejemplo: &'static str,
    parametros: Vec<Parametro>,
}

/// A parameter of a filter.
#[derive(Debug, Serialize)]
struct Parametro {
    nombre: &'static str,
    alias: &'static str,
    defecto: Option<&'static str>,
    unidad: &'static str,
    descripcion: &'static str,
    #[serde(flatten)]
    tipo: Tipo,
}

/// Which values a parameter takes; the words of the types stay English.
#[derive(Debug, Serialize)]
#[serde(tag = "tipo", rename_all = "lowercase")]
enum Tipo {
    Number { minimo: f64, maximo: f64 },
    Integer { minimo: u32, maximo: u32 },
    Choice { opciones: &'static [&'static str] },
    Switch,
    Text,
    Color,
    Aspect,
    Points,
    Place,
    File,
}

impl Filtro {
    fn of(info: &FilterInfo) -> Filtro {
        Filtro {
            nombre: info.name,
            alias: info.aliases,
            descripcion: info.summary,
            ejemplo: info.example,
            parametros: info.params.iter().map(Parametro::of).collect(),
        }
    }
}

impl Parametro {
    fn of(param: &ParamInfo) -> Parametro {
        Parametro {
            nombre: param.name,
            alias: in_spanish(param),
            defecto: param.default,
            unidad: param.unit,
            descripcion: param.summary,
            tipo: Tipo::of(param.kind),
        }
    }
}

impl Tipo {
    fn of(kind: ParamKind) -> Tipo {
        match kind {
            ParamKind::Number { min, max } => Tipo::Number { minimo: min, maximo: max },
            ParamKind::Integer { min, max } => Tipo::Integer { minimo: min, maximo: max },
            ParamKind::Choice(words) => Tipo::Choice { opciones: words },
            ParamKind::Switch => Tipo::Switch,
            ParamKind::Text(_) => Tipo::Text,
            ParamKind::Color => Tipo::Color,
            ParamKind::Aspect => Tipo::Aspect,
            ParamKind::Points => Tipo::Points,
            ParamKind::Place => Tipo::Place,
            ParamKind::File => Tipo::File,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_spanish_name_leads_to_one_parameter() {
        for info in FILTERS {
            for param in info.params {
                for name in param.spanish_names.iter().chain([&param.name]) {
                    assert_eq!(parameter(info, name), Ok(param.name), "{}: {name}", info.name);
                }
            }
        }
    }

    #[test]
    fn the_table_has_spanish_keys() {
        let list = json!(filters());
        let blur = list.as_array().unwrap().iter().find(|filter| filter["nombre"] == "blur").unwrap();
        let mut radius = blur["parametros"][0].clone();
        assert!(radius["descripcion"].take().is_string());
        let expected = json!({
            "nombre": "radius", "alias": "radio", "tipo": "number", "minimo": 0.0, "maximo": 250.0,
            "defecto": "5", "unidad": "px", "descripcion": null,
        });
        assert_eq!(radius, expected);
    }
}
