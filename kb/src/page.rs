//! An article as a page: HTML that is safe to show, its headings with addresses, and their list.
//!
//! The page's own headline is `h1`, so the highest heading of the text is `h2`. Pictures from other places
//! become links: no page of ours loads anything from another origin.

use std::collections::HashMap;

use pulldown_cmark::{CowStr, Event, HeadingLevel, Tag, TagEnd, html};

use crate::import::slugify;
use crate::markdown;

/// An entry of the table of contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// 2 for the highest.
    pub level: u8,
    /// Names it in the address.
    pub id: String,
    /// Its words.
    pub text: String,
}

/// A page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// HTML.
    pub html: String,
    /// Its headings, in order.
    pub headings: Vec<Heading>,
}

/// Draws an article.
pub fn draw(text: &str) -> Page {
    draw_events(markdown::safe_events(text).collect())
}

/// Draws a text whose links and pictures lead where `target` says, given what stands in the text.
pub fn draw_with(text: &str, target: impl Fn(&str) -> String) -> Page {
    let led = |event| match event {
        Event::Start(Tag::Link {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Link {
            link_type,
            dest_url: target(&dest_url).into(),
            title,
            id,
        }),
        Event::Start(Tag::Image {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Image {
            link_type,
            dest_url: target(&dest_url).into(),
            title,
            id,
        }),
        other => other,
    };
    draw_events(markdown::safe_events(text).map(led).collect())
}

fn draw_events(events: Vec<Event<'_>>) -> Page {
    let highest = highest_of(&events);
    let mut headings: Vec<Heading> = Vec::new();
    let mut taken = HashMap::from([("main".to_owned(), 1)]);
    let mut out: Vec<Event<'_>> = Vec::with_capacity(events.len());
    let mut open: Option<(usize, String)> = None;
    let mut pictures: Vec<bool> = Vec::new();
    for event in events {
        match event {
            Event::Start(Tag::Heading {
                level, classes, attrs, ..
            }) => {
                open = Some((out.len(), String::new()));
                out.push(Event::Start(Tag::Heading {
                    level: shifted(level, highest),
                    id: None,
                    classes,
                    attrs,
                }));
            }
            Event::End(TagEnd::Heading(level)) => {
                if let Some((at, words)) = open.take() {
                    let text = words.split_whitespace().collect::<Vec<_>>().join(" ");
                    let id = free_id(&text, &mut taken);
                    if let Some(Event::Start(Tag::Heading { id: place, .. })) = out.get_mut(at) {
                        *place = Some(CowStr::from(id.clone()));
                    }
                    if !text.is_empty() {
                        headings.push(Heading {
                            level: shifted(level, highest) as u8,
                            id,
                            text,
                        });
                    }
                }
                out.push(Event::End(TagEnd::Heading(shifted(level, highest))));
            }
            Event::Start(Tag::Image {
                link_type,
                dest_url,
                title,
                id,
            }) => {
                let is_ours = dest_url.starts_with('/') && !dest_url.starts_with("//");
                pictures.push(is_ours);
                out.push(Event::Start(if is_ours {
                    Tag::Image {
                        link_type,
                        dest_url,
                        title,
                        id,
                    }
                } else {
                    Tag::Link {
                        link_type: pulldown_cmark::LinkType::Inline,
                        dest_url,
                        title,
                        id,
                    }
                }));
            }
            Event::End(TagEnd::Image) => {
                let is_ours = pictures.pop().unwrap_or(true);
                out.push(Event::End(if is_ours { TagEnd::Image } else { TagEnd::Link }));
            }
            other => {
                if let (Some((_, words)), Event::Text(text) | Event::Code(text)) = (&mut open, &other) {
                    words.push_str(text);
                }
                out.push(other);
            }
        }
    }
    Page {
        html: written(out),
        headings,
    }
}

fn written(events: Vec<Event<'_>>) -> String {
    let mut page = String::new();
    html::push_html(&mut page, events.into_iter());
    // What scrolls is reached from the keyboard, and a heading of a column says something.
    page.replace("<img src=", "<img loading=\"lazy\" src=")
        .replace("<pre>", "<pre tabindex=\"0\">")
        .replace("<th></th>", "<td></td>")
}

/// The level of the highest heading of a text.
fn highest_of(events: &[Event<'_>]) -> u8 {
    events
        .iter()
        .filter_map(|event| match event {
            Event::Start(Tag::Heading { level, .. }) => Some(*level as u8),
            _ => None,
        })
        .min()
        .unwrap_or(1)
}

/// The highest heading of the text becomes `h2`, the others follow.
fn shifted(level: HeadingLevel, highest: u8) -> HeadingLevel {
    match (level as u8).saturating_sub(highest) {
        0 => HeadingLevel::H2,
        1 => HeadingLevel::H3,
        2 => HeadingLevel::H4,
        3 => HeadingLevel::H5,
        _ => HeadingLevel::H6,
    }
}

fn free_id(text: &str, taken: &mut HashMap<String, usize>) -> String {
    let base: String = match slugify(text) {
        made if made.is_empty() => "section".to_owned(),
        made => made.chars().take(60).collect(),
    };
    // Counted on for each name, so that many of one name take no long time.
    let mut number = *taken.get(&base).unwrap_or(&0);
    loop {
        number += 1;
        let id = if number == 1 {
            base.clone()
        } else {
            format!("{base}-{number}")
        };
        if id == base || !taken.contains_key(&id) {
            taken.insert(base, number);
            taken.entry(id.clone()).or_insert(1);
            return id;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_have_addresses_and_begin_below_the_headline() {
        let page = draw("# One\n\ntext\n\n## Two *words*\n\n# One\n\n### Deep `code`");
        let list: Vec<(u8, &str, &str)> = page
            .headings
            .iter()
            .map(|heading| (heading.level, heading.id.as_str(), heading.text.as_str()))
            .collect();
        assert_eq!(
            list,
            [
                (2, "one", "One"),
                (3, "two-words", "Two words"),
                (2, "one-2", "One"),
                (4, "deep-code", "Deep code")
            ]
        );
        assert!(page.html.contains("<h2 id=\"one\">One</h2>"));
        assert!(!page.html.contains("<h1"));
        assert_eq!(draw("## Only\n\n#### Deeper").headings[1].level, 4);
    }

    #[test]
    fn nothing_comes_from_another_origin_and_nothing_runs() {
        let page = draw(
            "![here](/help/files/1)\n\n![there](https://elsewhere.example/x.png)\n\n![also](//elsewhere.example/x.png)\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1))\n\n# <img src=x onerror=alert(1)>",
        );
        assert!(
            page.html
                .contains("<img loading=\"lazy\" src=\"/help/files/1\" alt=\"here\"")
        );
        assert!(
            page.html
                .contains("<a href=\"https://elsewhere.example/x.png\">there</a>")
        );
        assert_eq!(page.html.matches("<img").count(), 1);
        assert!(!page.html.contains("<script") && !page.html.contains("javascript:"));
    }

    #[test]
    fn many_headings_of_one_name_take_no_long_time() {
        let text = "## A\n\n".repeat(5_000);
        assert_eq!(draw(&text).headings.len(), 5_000);
    }
}
