//! The business's colour and logo.

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use billing::settings;
use conversation::color::Color;

use crate::request::{Failed, Page};
use crate::{Portal, files};

/// The style sheet that puts the business's colour in the place of ours, where text stays readable.
fn sheet(color: &str) -> String {
    let Some(color) = Color::parse(color) else {
        return String::new();
    };
    let scheme = |surface: [u8; 3], ground: [u8; 3]| {
        // What is chosen or new lies on a breath of the colour, and its words are readable there, too.
        let plain = color.readable_on(Color(ground));
        let soft = plain.over(Color(surface), 10);
        let line = plain.over(Color(surface), 30);
        let accent = plain.readable_on(soft);
        let on = if Color::WHITE.contrast(accent) >= 4.5 {
            "#ffffff"
        } else {
            "#101418"
        };
        format!(
            "--accent:{0};--accent-strong:{0};--on-accent:{on};--accent-soft:{1};--selected:{1};--accent-line:{2};",
            accent.hex(),
            soft.hex(),
            line.hex()
        )
    };
    format!(
        ":root{{{}}}@media (prefers-color-scheme: dark){{:root{{{}}}}}\n",
        scheme([0xff, 0xff, 0xff], [0xf1, 0xf6, 0xf5]),
        scheme([0x17, 0x1b, 0x1e], [0x1f, 0x28, 0x2c])
    )
}

/// GET `/portal/brand.css`.
pub(super) async fn css(State(portal): State<Portal>) -> Page {
    let business = settings::business(portal.store.db(), &portal.store).await?;
    Ok((
        [
            (header::CONTENT_TYPE, "text/css; charset=utf-8"),
            (header::CACHE_CONTROL, "public, max-age=60"),
        ],
        sheet(&business.color),
    )
        .into_response())
}

/// GET `/portal/logo`.
pub(super) async fn logo(State(portal): State<Portal>) -> Page {
    let business = settings::business(portal.store.db(), &portal.store).await?;
    let logo = business.logo.ok_or(Failed::Status(StatusCode::NOT_FOUND))?;
    let bytes = portal.store.blobs().get(&logo.sha256).await?;
    let mut response = files::file_response("logo", &logo.media_type, bytes);
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_colour_stays_readable() {
        for color in [
            "#000000", "#ffffff", "#ffff00", "#0b6b5d", "#ff0000", "#3355ff", "#808080",
        ] {
            let parsed = Color::parse(color).unwrap();
            for ground in [Color([0xf1, 0xf6, 0xf5]), Color([0x1f, 0x28, 0x2c])] {
                assert!(
                    parsed.readable_on(ground).contrast(ground) >= 4.5,
                    "{color} on {ground:?}"
                );
            }
        }
        assert_eq!(sheet("red;}body{display:none"), "");
    }

    #[test]
    fn what_is_chosen_wears_the_colour_and_stays_readable() {
        for color in [
            "#7c3aed", "#ffff00", "#14532d", "#000000", "#ffffff", "#ff0000", "#808080",
        ] {
            let sheet = sheet(color);
            let values = |name: &str| -> Vec<Color> {
                sheet
                    .split(&format!("{name}:"))
                    .skip(1)
                    .filter_map(|rest| Color::parse(rest.split(';').next()?))
                    .collect()
            };
            let (soft, accent) = (values("--accent-soft"), values("--accent"));
            assert_eq!((soft.len(), accent.len()), (2, 2), "light and dark: {sheet}");
            for (soft, accent) in soft.into_iter().zip(accent) {
                assert!(accent.contrast(soft) >= 4.5, "{color}: {accent:?} on {soft:?}");
            }
        }
    }
}
