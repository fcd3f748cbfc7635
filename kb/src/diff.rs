//! What changed between two texts: whole lines first, then the words within lines that stand for each other.
//!
//! The way from one to the other is the shortest (Myers' O(ND) greedy search) as long as that is found within
//! a bound; texts that differ more are shown as replaced, so that no pair of texts takes long.

/// How far the search goes, in differing pieces.
const MOST_EDITS: usize = 1_500;

/// Whether a piece stands in both texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// In both.
    Both,
    /// Only in the older.
    Old,
    /// Only in the newer.
    New,
}

/// A line, in pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where it stands.
    pub side: Side,
    /// Its pieces: the text, and whether that is what changed within the line.
    pub pieces: Vec<(String, bool)>,
}

/// The lines of both texts in the order of the newer, those that went before those that came.
pub fn lines(old: &str, new: &str) -> Vec<Line> {
    let before: Vec<&str> = old.lines().collect();
    let after: Vec<&str> = new.lines().collect();
    let steps = steps(&before, &after);
    let mut found = Vec::with_capacity(steps.len());
    let mut at = 0;
    while at < steps.len() {
        if steps[at].0 == Side::Both {
            found.push(whole(Side::Both, steps[at].1));
            at += 1;
            continue;
        }
        let from = at;
        while at < steps.len() && steps[at].0 != Side::Both {
            at += 1;
        }
        let part = &steps[from..at];
        let of = |side: Side| -> Vec<&str> { part.iter().filter(|one| one.0 == side).map(|one| one.1).collect() };
        pairs(&of(Side::Old), &of(Side::New), &mut found);
    }
    found
}

fn whole(side: Side, text: &str) -> Line {
    Line {
        side,
        pieces: vec![(text.to_owned(), false)],
    }
}

/// Lines that went and lines that came, the first with the first: their words are compared.
fn pairs(old: &[&str], new: &[&str], found: &mut Vec<Line>) {
    let both = old.len().min(new.len());
    let mut came = Vec::with_capacity(new.len());
    for index in 0..both {
        let (went, now) = words(old[index], new[index]);
        found.push(Line {
            side: Side::Old,
            pieces: went,
        });
        came.push(Line {
            side: Side::New,
            pieces: now,
        });
    }
    found.extend(old[both..].iter().map(|line| whole(Side::Old, line)));
    found.extend(came);
    found.extend(new[both..].iter().map(|line| whole(Side::New, line)));
}

type Pieces = Vec<(String, bool)>;

/// The pieces of both lines, with what differs marked; unmarked when hardly anything is left in common.
fn words(old: &str, new: &str) -> (Pieces, Pieces) {
    let (before, after) = (split(old), split(new));
    let steps = steps(&before, &after);
    let same: usize = steps
        .iter()
        .filter(|(side, _)| *side == Side::Both)
        .map(|(_, text)| text.trim().len())
        .sum();
    if same * 3 < old.trim().len().max(new.trim().len()) {
        return (vec![(old.to_owned(), false)], vec![(new.to_owned(), false)]);
    }
    let side = |wanted: Side| {
        let mut pieces: Pieces = Vec::new();
        for (side, text) in &steps {
            if *side != Side::Both && *side != wanted {
                continue;
            }
            let is_changed = *side == wanted;
            match pieces.last_mut() {
                Some((last, marked)) if *marked == is_changed => last.push_str(text),
                _ => pieces.push(((*text).to_owned(), is_changed)),
            }
        }
        pieces
    };
    (side(Side::Old), side(Side::New))
}

/// Words, and what stands between them.
fn split(line: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut from = 0;
    let mut was_word = None;
    for (at, c) in line.char_indices() {
        let is_word = c.is_alphanumeric();
        // Each sign stands for itself.
        if was_word.is_some_and(|was| was != is_word || !is_word) {
            parts.push(&line[from..at]);
            from = at;
        }
        was_word = Some(is_word);
    }
    if from < line.len() {
        parts.push(&line[from..]);
    }
    parts
}

fn steps<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(Side, &'a str)> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let tail = old[head..]
        .iter()
        .rev()
        .zip(new[head..].iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let (middle_old, middle_new) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let mut steps: Vec<(Side, &str)> = old[..head].iter().map(|text| (Side::Both, *text)).collect();
    match shortest(middle_old, middle_new) {
        Some(middle) => steps.extend(middle),
        None => {
            steps.extend(middle_old.iter().map(|text| (Side::Old, *text)));
            steps.extend(middle_new.iter().map(|text| (Side::New, *text)));
        }
    }
    steps.extend(old[old.len() - tail..].iter().map(|text| (Side::Both, *text)));
    steps
}

/// Myers' greedy search; `None` when the texts differ in more than [`MOST_EDITS`] pieces.
fn shortest<'a>(old: &[&'a str], new: &[&'a str]) -> Option<Vec<(Side, &'a str)>> {
    let (n, m) = (old.len() as isize, new.len() as isize);
    let most = (old.len() + new.len()).min(MOST_EDITS);
    let width = 2 * most + 3;
    let middle = most as isize + 1;
    let at = |k: isize| (middle + k) as usize;
    let mut reach = vec![0_isize; width];
    let mut trace: Vec<Vec<isize>> = Vec::new();
    for edits in 0..=most as isize {
        // What each round begins with is needed on the way back; only its own diagonals.
        trace.push(reach[at(-edits - 1)..=at(edits + 1)].to_vec());
        for k in (-edits..=edits).step_by(2) {
            let is_down = k == -edits || (k != edits && reach[at(k - 1)] < reach[at(k + 1)]);
            let mut x = if is_down {
                reach[at(k + 1)]
            } else {
                reach[at(k - 1)] + 1
            };
            let mut y = x - k;
            while x < n && y < m && old[x as usize] == new[y as usize] {
                x += 1;
                y += 1;
            }
            reach[at(k)] = x;
            if x >= n && y >= m {
                return Some(back(&trace, old, new));
            }
        }
    }
    None
}

fn back<'a>(trace: &[Vec<isize>], old: &[&'a str], new: &[&'a str]) -> Vec<(Side, &'a str)> {
    let (mut x, mut y) = (old.len() as isize, new.len() as isize);
    let mut steps = Vec::new();
    for (edits, reach) in trace.iter().enumerate().rev() {
        let edits = edits as isize;
        let at = |k: isize| (k + edits + 1) as usize;
        let k = x - y;
        let is_down = k == -edits || (k != edits && reach[at(k - 1)] < reach[at(k + 1)]);
        let from_k = if is_down { k + 1 } else { k - 1 };
        let from_x = if edits == 0 { 0 } else { reach[at(from_k)] };
        let from_y = if edits == 0 { 0 } else { from_x - from_k };
        while x > from_x && y > from_y {
            x -= 1;
            y -= 1;
            steps.push((Side::Both, old[x as usize]));
        }
        if edits > 0 {
            if is_down {
                y -= 1;
                steps.push((Side::New, new[y as usize]));
            } else {
                x -= 1;
                steps.push((Side::Old, old[x as usize]));
            }
        }
    }
    steps.reverse();
    steps
}

#[cfg(test)]
mod tests;
