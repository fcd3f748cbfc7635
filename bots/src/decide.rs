//! What to do with one message: a pure function of the message, the session and the candidates.

use conversation::menus::Appears;
use conversation::types::Auto;
use kb::Candidate;

use crate::button::CardValue;
use crate::decision::{Decision, Reason, Silence, SmallTalk};
use crate::intent::{self, Sign};
use crate::menu;
use crate::turn::Turn;

/// Candidates closer than this in confidence are worth a question back.
const CLOSE: f32 = 0.35;
/// The first two together must be this probable for a question back to help.
const CLARIFY_AT: f32 = 0.5;
/// A runner-up below this is no choice.
const CHOICE_AT: f32 = 0.12;
/// From this confidence on one article covers a mail with several questions.
const COVERS_AT: f32 = 0.8;
/// How often one is asked what it is about.
const MOST_GREETINGS: u32 = 2;
/// Passages of one article that one after the other may be shown for different questions.
const MOST_PASSAGES: usize = 3;
/// Choices of one clarifying question.
const MOST_CHOICES: usize = 3;

/// Decides one turn. The order of the rules is their rank.
pub fn decide(turn: &Turn<'_>) -> Decision {
    if turn.auto != Auto::None {
        return Decision::Silent {
            why: Silence::Automatic,
        };
    }
    if turn.is_reaction {
        return Decision::Silent { why: Silence::Reaction };
    }
    if turn.is_about_marketing {
        return Decision::Silent {
            why: Silence::Marketing,
        };
    }
    if turn.session.escalated.is_some() {
        return Decision::Silent {
            why: Silence::WithPeople,
        };
    }
    if let Some(picked) = turn.picked {
        return menu::decide(turn, picked);
    }
    if let Some(answer) = &turn.answer {
        return on_button(turn, answer);
    }
    if turn.text.trim().is_empty() {
        let reason = if turn.has_attachments {
            Reason::MediaOnly
        } else {
            Reason::NoText
        };
        return Decision::Escalate { reason };
    }
    if intent::asks_for_person(turn.text) {
        return Decision::Escalate {
            reason: Reason::AskedForPerson,
        };
    }
    if intent::is_angry(turn.text) {
        return Decision::Escalate { reason: Reason::Angry };
    }
    if turn.is_sensitive {
        return Decision::Escalate {
            reason: Reason::Sensitive,
        };
    }
    if turn.menu.is_some_and(|offer| offer.menu.appears == Appears::First)
        && turn.is_beginning()
        && !turn.has_attachments
        && let Some(menu) = menu::greeting(turn)
    {
        return menu;
    }
    match turn.helped() {
        Some(true) => {
            return Decision::SmallTalk {
                kind: SmallTalk::GladItHelped,
            };
        }
        Some(false) => {
            return Decision::Escalate {
                reason: Reason::DidNotHelp,
            };
        }
        None => {}
    }
    if let Some(chosen) = chosen_in_words(turn) {
        return Decision::Answer { candidate: chosen };
    }
    if !turn.has_attachments {
        if let Some(sign) = intent::sign(turn.text) {
            return on_sign(turn, sign);
        }
        if intent::asks_about_bot(turn.text) {
            return Decision::SmallTalk { kind: SmallTalk::About };
        }
        if intent::is_thanks(turn.text) {
            return Decision::SmallTalk {
                kind: SmallTalk::Thanks,
            };
        }
        if intent::is_greeting(turn.text) {
            return greet(turn);
        }
    }
    if let Some(said) = turn.data {
        return Decision::FromData { said: said.clone() };
    }
    if turn.session.is_repeat(turn.text) && !turn.session.answered.is_empty() {
        return Decision::Escalate {
            reason: Reason::Repeated,
        };
    }
    match on_question(turn) {
        unsure @ Decision::Escalate { reason: Reason::Unsure } => menu::unknown(turn).unwrap_or(unsure),
        decision => decision,
    }
}

/// A message of signs alone, where no answer is open.
fn on_sign(turn: &Turn<'_>, sign: Sign) -> Decision {
    match sign {
        Sign::Content => Decision::Silent { why: Silence::Reaction },
        Sign::Discontent | Sign::Nothing if turn.session.questions.is_empty() => greet(turn),
        Sign::Discontent | Sign::Nothing => Decision::Escalate { reason: Reason::NoText },
    }
}

/// Asks what it is about; whoever was asked that before and still names nothing waits for a person.
fn greet(turn: &Turn<'_>) -> Decision {
    if turn.session.times_greeted >= MOST_GREETINGS {
        Decision::Escalate { reason: Reason::NoText }
    } else {
        menu::greeting(turn).unwrap_or(Decision::SmallTalk {
            kind: SmallTalk::Greeting,
        })
    }
}

fn on_button(turn: &Turn<'_>, answer: &CardValue) -> Decision {
    match answer {
        CardValue::HelpedYes(_) => Decision::SmallTalk {
            kind: SmallTalk::GladItHelped,
        },
        CardValue::HelpedNo(_) => Decision::Escalate {
            reason: Reason::DidNotHelp,
        },
        CardValue::Person => Decision::Escalate {
            reason: Reason::AskedForPerson,
        },
        // Those of a menu were picked already.
        CardValue::Other(_) | CardValue::Menu(_) | CardValue::MenuAt(_) => Decision::Silent { why: Silence::NotMine },
        // The caller looks the chosen article up and gives it as a candidate; when it is gone by
        // now, nothing is left to say.
        CardValue::Choose(article) => match turn
            .candidates
            .iter()
            .find(|candidate| candidate.article_id == *article)
        {
            Some(candidate) => Decision::Answer {
                candidate: Candidate {
                    confidence: 1.0,
                    ..candidate.clone()
                },
            },
            None => Decision::Escalate {
                reason: Reason::StillUnclear,
            },
        },
    }
}

/// "2", "the second one" or the headline itself, in answer to an open clarifying question.
fn chosen_in_words(turn: &Turn<'_>) -> Option<Candidate> {
    let offered = &turn.session.offered;
    if offered.is_empty() {
        return None;
    }
    let by_number = intent::chosen_number(turn.text).and_then(|number| offered.get(number));
    let chosen = by_number.or_else(|| {
        offered
            .iter()
            .find(|offer| intent::is_same_question(&offer.title, turn.text))
    })?;
    let candidate = turn
        .candidates
        .iter()
        .find(|candidate| candidate.article_id == chosen.article)?;
    Some(Candidate {
        confidence: 1.0,
        ..candidate.clone()
    })
}

fn on_question(turn: &Turn<'_>) -> Decision {
    let Some(best) = turn.candidates.first() else {
        return Decision::Escalate { reason: Reason::Unsure };
    };
    if intent::questions_in(turn.text) > 1 {
        let is_sure = best.confidence >= COVERS_AT.max(turn.answer_at);
        if let Some(candidates) = all_answered(turn).filter(|all| all.len() > 1 || !is_sure) {
            return Decision::AnswerAll { candidates };
        }
        // Of what is said to be two matters, one article covers both only where it is the best for each.
        let is_best = |part: &Candidate| part.article_id == best.article_id;
        let is_one = !intent::are_separate(turn.text) || !turn.parts.is_empty() && turn.parts.iter().all(is_best);
        if !(is_sure && is_one) {
            return Decision::Escalate {
                reason: Reason::SeveralQuestions,
            };
        }
    }
    let second = turn.candidates.get(1).filter(|second| second.confidence >= CHOICE_AT);
    let is_close = second.is_some_and(|second| best.confidence - second.confidence < CLOSE);

    if best.confidence >= turn.answer_at && !(is_close && turn.session.times_asked == 0) {
        // What was shown once would not help more the second time.
        return match turn.session.unseen(best, MOST_PASSAGES) {
            Some(candidate) => Decision::Answer { candidate },
            None => Decision::Escalate {
                reason: Reason::Repeated,
            },
        };
    }
    let together = best.confidence + second.map_or(0.0, |second| second.confidence);
    if is_close && together >= CLARIFY_AT && turn.session.times_asked == 0 {
        let candidates = turn
            .candidates
            .iter()
            .filter(|candidate| candidate.confidence >= CHOICE_AT)
            .take(MOST_CHOICES)
            .cloned()
            .collect();
        return Decision::Clarify { candidates };
    }
    let reason = if turn.session.times_asked > 0 {
        Reason::StillUnclear
    } else {
        Reason::Unsure
    };
    Decision::Escalate { reason }
}

/// An article for every question, when each is sure and was not shown before; otherwise people answer
/// the whole of it.
fn all_answered(turn: &Turn<'_>) -> Option<Vec<Candidate>> {
    let mut candidates: Vec<Candidate> = Vec::new();
    for part in turn.parts {
        if part.confidence < turn.answer_at {
            return None;
        }
        let part = turn.session.unseen(part, MOST_PASSAGES)?;
        if !candidates.iter().any(|known| known.article_id == part.article_id) {
            candidates.push(part);
        }
    }
    (!candidates.is_empty()).then_some(candidates)
}

#[cfg(test)]
mod tests;
