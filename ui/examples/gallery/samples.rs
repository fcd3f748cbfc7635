//! What the pages show.

use conversation::card::{Card, CardAction, CardKind};
use conversation::types::{
    ActorKind, Channel, ConversationStatus, DeliveryState, IdentityKind, Language, Level, MatchedBy, MessageKind,
    Priority, TicketStatus,
};
use ui::client_pages::{Frame, Part};
use ui::components::{AttachmentView, ConversationRowView, DeliveryView, MessageView};
use ui::inbox_page::{
    AgentChoice, ComposerView, ContactView, IdentityView, InboxView, ListView, MacroChoice, SideView, Tab, ThreadView,
    TicketChoices, TicketView, WayView,
};
use ui::layout::Section;
use ui::portal_pages::TicketPageView;

use crate::{HOUR, MINUTE, NOW};

pub(super) fn row(
    id: &str,
    name: &str,
    company: Option<&str>,
    subject: Option<&str>,
    preview: &str,
    channel: Channel,
    level: Level,
    age: i64,
) -> ConversationRowView {
    ConversationRowView {
        id: id.into(),
        url: format!("/inbox/c/{id}?tab=all"),
        contact_name: name.into(),
        company: company.map(Into::into),
        subject: subject.map(Into::into),
        preview: preview.into(),
        last_author: ActorKind::Contact,
        channel,
        level,
        status: ConversationStatus::Open,
        is_spam: false,
        priority: conversation::types::Priority::Normal,
        assignee: None,
        last_at: NOW - age,
        is_woken: false,
        waiting_since: None,
        unread: 0,
        has_failed_delivery: false,
        is_selected: false,
        team: None,
        due_at: None,
        labels: vec![],
        found: None,
        is_pickable: true,
    }
}

pub(super) fn rows() -> Vec<ConversationRowView> {
    vec![
        ConversationRowView {
            is_selected: true,
            assignee: Some("Rui Costa".into()),
            waiting_since: Some(NOW - 4 * MINUTE),
            ..row(
                "1",
                "Joana Prado",
                Some("Padaria Estrela"),
                Some("Papel preso na bandeja 2"),
                "Já abri a tampa traseira e continua com o erro E-204",
                Channel::Whatsapp,
                Level::N1,
                4 * MINUTE,
            )
        },
        ConversationRowView {
            unread: 2,
            priority: Priority::Urgent,
            ..row(
                "2",
                "Miguel Ángel Herrero",
                Some("Notaría Herrero"),
                Some("La factura de octubre no cuadra"),
                "Buenos días, el total no coincide con el contador que les envié",
                Channel::Email,
                Level::N2,
                21 * MINUTE,
            )
        },
        ConversationRowView {
            last_author: ActorKind::Bot,
            ..row(
                "3",
                "Visitor 48",
                None,
                None,
                "You can reset the counter from Menu › Device › Meter",
                Channel::Webchat,
                Level::Bot,
                33 * MINUTE,
            )
        },
        ConversationRowView {
            has_failed_delivery: true,
            last_author: ActorKind::Agent,
            assignee: Some("Marta Ruiz".into()),
            ..row(
                "4",
                "Helen Osei",
                Some("Osei Dental"),
                Some("Toner for the front desk"),
                "The new cartridge leaves our warehouse tomorrow",
                Channel::Email,
                Level::N1,
                2 * HOUR,
            )
        },
        ConversationRowView {
            status: ConversationStatus::Snoozed,
            ..row(
                "5",
                "Carlos Nunes",
                Some("Nunes & Filhos"),
                Some("Mudança de endereço do contrato"),
                "Segue em anexo o comprovante",
                Channel::Portal,
                Level::N1,
                20 * HOUR,
            )
        },
        row(
            "6",
            "+34 600 123 456",
            None,
            None,
            "Foto",
            Channel::Whatsapp,
            Level::N1,
            30 * HOUR,
        ),
        ConversationRowView {
            status: ConversationStatus::Resolved,
            last_author: ActorKind::Agent,
            ..row(
                "7",
                "Priya Raman",
                Some("Raman Architects"),
                Some("Scanner stops after ten pages"),
                "Glad it works again!",
                Channel::Email,
                Level::N3,
                80 * HOUR,
            )
        },
        row(
            "8",
            "Ana Beatriz Figueiredo de Albuquerque",
            Some("Colégio São Bento"),
            Some("Orçamento para doze impressoras"),
            "Precisamos de uma proposta até sexta",
            Channel::Phone,
            Level::N1,
            500 * HOUR,
        ),
    ]
}

pub(super) fn ticket_card() -> Card {
    Card {
        kind: CardKind::Ticket,
        reference: "1".into(),
        title: "T-1042 · Papel preso na bandeja 2".into(),
        body: String::new(),
        facts: vec![
            ("Estado".into(), "Em andamento".into()),
            ("Próximo passo".into(), "Um técnico responde até 16:00".into()),
        ],
        actions: vec![CardAction::Open {
            label: "Acompanhar".into(),
            path: "/portal/tickets/1".into(),
        }],
    }
}

pub(super) fn article_card() -> Card {
    Card {
        kind: CardKind::Article,
        reference: "a".into(),
        title: "Como retirar papel preso".into(),
        body: "Desligue a máquina, abra a tampa traseira e puxe a folha no sentido do rolo, sem rasgar.".into(),
        facts: vec![],
        actions: vec![
            CardAction::Open {
                label: "Ler o artigo".into(),
                path: "/help/pt/papel-preso".into(),
            },
            CardAction::Answer {
                label: "Ajudou".into(),
                value: "helped:yes".into(),
            },
            CardAction::Answer {
                label: "Não ajudou".into(),
                value: "helped:no".into(),
            },
        ],
    }
}

pub(super) fn messages() -> Vec<MessageView> {
    let base = MessageView {
        channel: Channel::Webchat,
        author_name: "Joana Prado".into(),
        ..MessageView::default()
    };
    let bot = MessageView {
        kind: MessageKind::Outbound,
        author_kind: ActorKind::Bot,
        author_name: String::new(),
        ..base.clone()
    };
    let line = MessageView {
        kind: MessageKind::Activity,
        author_kind: ActorKind::System,
        ..base.clone()
    };
    vec![
        MessageView { id: "a".into(), at: NOW - 26 * HOUR, text: "Bom dia! A copiadora da recepção prende o papel na bandeja 2 desde ontem.".into(), matched_by: Some(MatchedBy::New), ..base.clone() },
        MessageView {
            id: "b".into(),
            at: NOW - 26 * HOUR + MINUTE,
            text: "Isto costuma resolver: desligue a máquina e abra a tampa traseira.".into(),
            cards: vec![article_card()],
            answered: Some("helped:no".into()),
            delivery: Some(DeliveryView { id: "d1".into(), state: DeliveryState::Read, at: NOW - 25 * HOUR, reason: None, retry_at: None, conversation: Some("1".into()) }),
            ..bot.clone()
        },
        MessageView { id: "c".into(), at: NOW - 25 * HOUR, text: "Robô passou para N1: o artigo não ajudou".into(), ..line.clone() },
        MessageView { id: "d".into(), at: NOW - 25 * HOUR, text: "Abri um chamado para você. Um técnico responde ainda hoje.".into(), cards: vec![ticket_card()], delivery: Some(DeliveryView { id: "d2".into(), state: DeliveryState::Delivered, at: NOW - 25 * HOUR, reason: None, retry_at: None, conversation: Some("1".into()) }), ..bot },
        MessageView {
            id: "e".into(),
            channel: Channel::Email,
            at: NOW - 3 * HOUR,
            text: "Segue a foto do painel. O manual que vocês mandaram (https://alder.example/manual?p=2) fala de outro modelo.\n\nObrigada,\nJoana".into(),
            html_url: Some("about:blank".into()),
            attachments: vec![
                AttachmentView { name: "painel.jpg".into(), media_type: "application/pdf".into(), size: 2_340_000, url: "#".into(), thumbnail_url: None },
                AttachmentView { name: "contador-outubro.pdf".into(), media_type: "application/pdf".into(), size: 84_200, url: "#".into(), thumbnail_url: None },
            ],
            matched_by: Some(MatchedBy::ReplyToken),
            matched_detail: Some("<01J9ZX.abc@alder.example>".into()),
            original_url: Some("#".into()),
            ..base.clone()
        },
        MessageView { id: "f".into(), kind: MessageKind::Note, author_kind: ActorKind::Agent, author_name: "Rui Costa".into(), at: NOW - 2 * HOUR, text: "Mesmo erro da semana passada na filial. Verificar o rolo 3 antes de mandar peça.".into(), ..base.clone() },
        MessageView {
            id: "g".into(),
            kind: MessageKind::Outbound,
            author_kind: ActorKind::Agent,
            author_name: "Rui Costa".into(),
            channel: Channel::Email,
            at: NOW - HOUR,
            text: "Oi Joana, obrigado pela foto. É o sensor do rolo 3. Pode abrir a tampa traseira e dizer se a alavanca verde está para baixo?".into(),
            delivery: Some(DeliveryView { id: "d3".into(), state: DeliveryState::Failed, at: NOW - HOUR, reason: Some("550 5.1.1 mailbox unavailable".into()), retry_at: None, conversation: Some("1".into()) }),
            ..base.clone()
        },
        MessageView { id: "h".into(), channel: Channel::Whatsapp, at: NOW - 4 * MINUTE, text: "Já abri a tampa traseira e continua com o erro E-204".into(), matched_by: Some(MatchedBy::OpenConversation), ..base },
    ]
}

pub(super) fn inbox_view() -> InboxView {
    let side = SideView {
        conversation: "1".into(),
        mail_to: Some(vec!["joana@cliente.example".into()]),
        status: ConversationStatus::Open,
        level: Level::N1,
        checks: Vec::new(),
        is_mine: false,
        can_write: true,
        agents: [
            ("1", "Rui Costa", true),
            ("2", "Marta Ruiz", false),
            ("3", "Dana Whitfield", false),
        ]
        .map(|(id, name, is_current)| AgentChoice {
            id: id.into(),
            name: name.into(),
            is_current,
        })
        .into(),
        teams: vec![],
        labels: vec![],
        contact: ContactView {
            privacy: None,
            name: "Joana Prado".into(),
            company: Some("Padaria Estrela".into()),
            own_name: "Joana Prado".into(),
            language: Some(Language::Pt),
            tz: Some("America/Sao_Paulo".into()),
            local_time: Some("14:05".into()),
            identities: vec![
                IdentityView {
                    no_marketing_since: None,
                    kind: IdentityKind::Email,
                    value: Some("joana@padaria.example".into()),
                    is_verified: true,
                    verified_at: Some(NOW - 9_000 * HOUR),
                    write: Some("#".into()),
                },
                IdentityView {
                    no_marketing_since: None,
                    kind: IdentityKind::Whatsapp,
                    value: Some("+55 11 95555 0142".into()),
                    is_verified: true,
                    verified_at: Some(NOW - 9_000 * HOUR),
                    write: Some("#".into()),
                },
                IdentityView {
                    no_marketing_since: None,
                    kind: IdentityKind::Visitor,
                    value: None,
                    is_verified: false,
                    verified_at: None,
                    write: None,
                },
            ],
            since: NOW - 9_000 * HOUR,
            pages: vec![(
                "Contadores".into(),
                "https://alder.example/contadores".into(),
                NOW - HOUR,
            )],
            fields: vec![],
            company_fields: vec![],
        },
        other_tickets: vec![],
        fields: vec![],
        panels: vec![],
        tickets: vec![TicketView {
            number: "T-1042".into(),
            title: "Papel preso na bandeja 2".into(),
            status: TicketStatus::Open,
            priority: Priority::High,
            url: Some("#".into()),
        }],
        invoices: Vec::new(),
        brief: Some(
            "Papel preso na bandeja 2, erro E-204.\nTentado: artigo “Como retirar papel preso” (não ajudou).".into(),
        ),
        merge_into: Vec::new(),
        earlier_hidden: 1,
        earlier: vec![("Toner para a recepção".into(), NOW - 900 * HOUR, "#".into())],
        priority: conversation::types::Priority::Normal,
        merges: vec![],
        spam: ui::inbox_page::SpamView::default(),
        decisions: vec![],
        ticket_subject: String::new(),
        ticket_choices: TicketChoices::default(),
    };
    InboxView {
        agent_name: "Marta Ruiz".into(),
        sections: vec![Section::Inbox, Section::Tickets, Section::Knowledge, Section::Settings],
        is_administrator: true,
        list: ListView {
            tab: Tab::All,
            tabs: Tab::ALL
                .into_iter()
                .zip([4, 7, 1, 12, 1_243])
                .map(|(tab, count)| (tab, count, "#".to_owned()))
                .collect(),
            mine_waiting: 2,
            rows: rows(),
            selected: Some("1".into()),
            older_url: Some("#".into()),
            can_write: true,
            ..ListView::default()
        },
        bulk: None,
        thread: Some(ThreadView {
            spam: ui::inbox_page::SpamView::default(),
            bounced: None,
            id: "1".into(),
            title: "Papel preso na bandeja 2".into(),
            contact_name: "Joana Prado".into(),
            status: ConversationStatus::Open,
            snoozed_until: None,
            level: Level::N1,
            assignee: Some("Rui Costa".into()),
            assignee_id: Some("rui".into()),
            team: None,
            labels: vec![],
            due_at: None,
            is_mine: false,
            can_write: true,
            messages: messages(),
            older_url: None,
            older: None,
            newer_url: None,
            unread_url: None,
            first_unread: Some("h".into()),
            position: 120,
            list_url: "/inbox?tab=all".into(),
            number: 12,
            refresh_url: "/inbox/c/1/thread".into(),
            composer: ComposerView {
                conversation: "1".into(),
                seen_position: 120,
                ways: vec![
                    WayView {
                        value: "w|5511955550142".into(),
                        channel: Channel::Whatsapp,
                        inbox: "WhatsApp".into(),
                        recipient: "+55 11 95555 0142".into(),
                        is_chosen: true,
                        blocked: None,
                    },
                    WayView {
                        value: "m|marta@example.org".into(),
                        channel: Channel::Email,
                        inbox: "Support".into(),
                        recipient: "marta@example.org".into(),
                        is_chosen: false,
                        blocked: None,
                    },
                ],
                recipient: "+55 11 95555 0142".into(),
                macros: vec![MacroChoice {
                    id: "1".into(),
                    name: "Refund".into(),
                    is_for: true,
                }],
                followers: vec!["Rui".into()],
                ..ComposerView::default()
            },
            side,
        }),
        position: 120,
    }
}

pub(super) fn frame() -> Frame {
    Frame {
        business: "Copiadora Sol".into(),
        logo: None,
        name: "Joana".into(),
        part: Part::Support,
        companies: Vec::new(),
        is_manager: false,
        here: "/portal/tickets/1".into(),
        position: 0,
        chat: None,
        unread: 2,
        said: None,
    }
}

pub(super) fn ticket_view() -> TicketPageView {
    TicketPageView {
        frame: frame(),
        number: "T-1042".into(),
        subject: "Papel preso na bandeja 2".into(),
        status: TicketStatus::Waiting,
        opened_at: NOW - 26 * HOUR,
        messages: messages(),
        url: "/portal/tickets/1?s=x".into(),
        reply_id: "01J9ZX".into(),
        text: String::new(),
        error: None,
        notice: None,
        handler: None,
        is_answered_by_bot: false,
    }
}
