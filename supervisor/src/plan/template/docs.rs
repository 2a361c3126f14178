//! What the page says of tokens, held against their table.

use recipe::template::TOKENS;

#[test]
fn the_page_names_every_token_that_can_stand_there() {
    let texts = include_str!("../../../assets/texts.js");
    let (_, help) = texts.split_once("name_help: [").unwrap();
    let (help, _) = help.split_once("],").unwrap();
    for info in TOKENS.iter().filter(|info| info.name != "output") {
        assert_eq!(help.matches(&format!("{{{}", info.name)).count(), 2, "{}", info.name);
    }
}
