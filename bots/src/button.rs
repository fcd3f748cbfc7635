//! What a press of one of the bot's buttons says: written into its cards, read from the answers.

/// The value of a pressed button, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CardValue {
    /// `helped:yes:<article>`; the article may be missing.
    HelpedYes(Option<String>),
    /// `helped:no:<article>`; the article may be missing.
    HelpedNo(Option<String>),
    /// `choose:<article>`.
    Choose(String),
    /// `person`.
    Person,
    /// `menu:<entry>`: an entry of the inbox's menu.
    Menu(String),
    /// `menu`, or `menu-at:<submenu>`: a place of it to look at.
    MenuAt(Option<String>),
    /// A value of somebody else's card; the bot leaves it to others.
    Other(String),
}

impl CardValue {
    /// Reads a [`conversation::card::CardAnswer`]'s `value`; anything unknown is `Other`.
    pub fn parse(value: &str) -> CardValue {
        let mut parts = value.splitn(3, ':');
        let article = |part: Option<&str>| part.filter(|part| !part.is_empty()).map(str::to_owned);
        match (parts.next(), parts.next()) {
            (Some("helped"), Some("yes")) => CardValue::HelpedYes(article(parts.next())),
            (Some("helped"), Some("no")) => CardValue::HelpedNo(article(parts.next())),
            (Some("person"), None) => CardValue::Person,
            (Some("menu"), None) => CardValue::MenuAt(None),
            _ => [
                ("choose:", CardValue::Choose as fn(String) -> CardValue),
                ("menu:", CardValue::Menu),
                ("menu-at:", |id| CardValue::MenuAt(Some(id))),
            ]
            .into_iter()
            .find_map(|(prefix, read)| {
                let id = value.strip_prefix(prefix).filter(|id| !id.is_empty())?;
                Some(read(id.to_owned()))
            })
            .unwrap_or_else(|| CardValue::Other(value.to_owned())),
        }
    }
}

impl std::fmt::Display for CardValue {
    /// Writes what [`CardValue::parse`] reads.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CardValue::HelpedYes(article) => {
                write!(f, "helped:yes:{}", article.as_deref().unwrap_or_default())
            }
            CardValue::HelpedNo(article) => {
                write!(f, "helped:no:{}", article.as_deref().unwrap_or_default())
            }
            CardValue::Choose(article) => write!(f, "choose:{article}"),
            CardValue::Person => f.write_str("person"),
            CardValue::Menu(entry) => write!(f, "menu:{entry}"),
            CardValue::MenuAt(None) => f.write_str("menu"),
            CardValue::MenuAt(Some(submenu)) => write!(f, "menu-at:{submenu}"),
            CardValue::Other(value) => f.write_str(value),
        }
    }
}
